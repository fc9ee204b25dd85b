"""The loopback Discord as one object: start it, people it, watch it, stop it.

Here: the public interface for tests, benchmarks and `grokbot sandbox`. Not here: any rule of Discord's.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from grokbot.sandbox.discord_server.control import ControlApi
from grokbot.sandbox.discord_server.gateway import SessionBook
from grokbot.sandbox.discord_server.people import Person
from grokbot.sandbox.discord_server.rest.faults import Faults
from grokbot.sandbox.discord_server.rules.protocol import GUILDS
from grokbot.sandbox.discord_server.rules.rules import Rules
from grokbot.sandbox.discord_server.server import API, GatewayTrouble, HttpServer, RestCall
from grokbot.sandbox.discord_server.state import payloads
from grokbot.sandbox.discord_server.state.changes import WorldChanges
from grokbot.sandbox.discord_server.state.clock import Clock
from grokbot.sandbox.discord_server.state.commands import CommandBook
from grokbot.sandbox.discord_server.state.model import Channel, Guild, User
from grokbot.sandbox.discord_server.state.world import Event, World

_SHOWN_IN_DUMP = 15


class DiscordSandbox:
    """A private Discord on a loopback port.

    Use it as `async with`, or call `start` and `close`. Create guilds and people before or after the bot connects.

    Attributes:
        faults: faults injected into coming requests.
        http: requests and limits as they happen.
        people: everyone made with `create_user`, by name.
        world: all state, for inspection.
    """

    def __init__(
        self, rules: Rules | None = None, *, host: str = "127.0.0.1", port: int = 0, bot_name: str = "grokbot"
    ) -> None:
        self._host, self._port = host, port
        self._runner: web.ServerRunner | None = None
        self._site: web.TCPSite | None = None
        self.world = World(rules or Rules(), CommandBook(), bot_name)
        self.faults = Faults()
        self.people: dict[str, Person] = {}
        self._book = SessionBook(self.world)
        self.http = HttpServer(self.world, self._book, self.faults)
        self.http.set_control(ControlApi(self.world, self.people, self.create_user, self.stats).handle)
        self._changes = WorldChanges(self.world)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Start listening.

        Raises:
            OSError: the port is taken.
        """
        runner = web.ServerRunner(web.Server(self.http.handle, access_log=None), shutdown_timeout=1.0)
        await runner.setup()
        self._runner = runner
        await self.listen()
        host, self._port = runner.addresses[0][:2]
        self.world.origin = f"http://{host}:{self._port}"

    async def close(self) -> None:
        """Close every connection and stop listening."""
        for connection in list(self.http.connections):
            connection.abort()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = self._site = None
        for session in list(self._book.sessions.values()):
            self._book.forget(session)

    async def listen(self) -> None:
        """Accept connections, after `refuse_connections` on the same port again.

        Raises:
            OSError: the port is taken.
        """
        if self._runner is not None and self._site is None:
            self._site = web.TCPSite(self._runner, self._host, self._port)
            await self._site.start()
        self.http.refusing = False

    async def refuse_connections(self) -> None:
        """Refuse connections, and drop those on which a request arrives. Open gateway connections stay."""
        self.http.refusing = True
        if self._site is not None:
            await self._site.stop()
            self._site = None

    def shut_gateway(self, *, shut: bool) -> None:
        """Refuse new gateway connections (503) until it is reopened. Existing connections stay."""
        self.http.gateway_trouble = "refuses" if shut else None

    # where it is

    @property
    def api_url(self) -> str:
        """Base of the REST API."""
        return f"{self.world.origin}{API}"

    @property
    def gateway_url(self) -> str:
        """Address of the gateway."""
        return self.world.gateway_url

    @property
    def token(self) -> str:
        """The only token that is accepted."""
        return self.world.token

    @property
    def bot_user(self) -> User:
        """The bot's account."""
        return self.world.bot_user

    @property
    def clock(self) -> Clock:
        """The sandbox's time; `clock.advance(3600)` makes everything an hour older."""
        return self.world.clock

    # making things

    def create_guild(
        self, name: str, owner: User | None = None, *, system_channel: str = "", bot: bool = True
    ) -> Guild:
        """Create a guild with the bot as a member, with its own role; without `owner` its owner is inactive.

        Args:
            name: Its name.
            owner: Its owner.
            system_channel: The name of its channel for system messages; empty: none.
            bot: False: the server has not added the bot.
        """
        return self.world.add_guild(name, owner, system_channel=system_channel, bot=bot)

    def private_channel(self, *people: User) -> Channel:
        """Create direct messages between people, where the bot is not."""
        return self.world.private_channel(*people)

    def create_user(self, name: str, *, display_name: str | None = None) -> Person:
        """Create a person; they join a guild when they first act in it, or with `guild.add_member`."""
        person = self.world.add_user(Person(self.world, name, display_name))
        self.people[name] = person
        return person

    def set_intents_allowed(
        self, *, message_content: bool | None = None, members: bool | None = None, presences: bool | None = None
    ) -> None:
        """Set the developer portal's switches for privileged intents; None leaves one unchanged.

        Args:
            message_content: Texts of messages that do not concern the bot.
            members: Joins, changes and departures of members.
            presences: Who is online.
        """
        given = {"message_content": message_content, "members": members, "presences": presences}
        self.world.portal = replace(self.world.portal, **{k: v for k, v in given.items() if v is not None})

    # watching

    @property
    def requests(self) -> list[RestCall]:
        """REST requests so far, oldest first; only the newest `Rules.keep_requests` are kept."""
        return list(self.http.requests)

    @property
    def unknown_routes(self) -> list[tuple[str, str]]:
        """(method, path) of requests without a route: gaps in this server, or mistakes of the bot."""
        return self.http.unknown_routes

    @property
    def crashes(self) -> list[str]:
        """Requests on which this server itself crashed; always a bug in the sandbox."""
        return self.http.crashes

    @property
    def count_429(self) -> int:
        """Replies with status 429, injected ones included."""
        return self.http.count_429

    @property
    def typing(self) -> list[tuple[int, float]]:
        """(channel id, seconds on the monotonic clock) of every typing indicator."""
        return self.world.typing

    @property
    def connected(self) -> bool:
        """Whether a bot is identified and connected."""
        return any(session.connection is not None for session in self._book.sessions.values())

    @property
    def identified(self) -> int:
        """How often a bot has identified; resuming does not count."""
        return self.world.identified

    @property
    def gateway_connects(self) -> int:
        """How many connections to the gateway were attempted."""
        return self.http.gateway_connects

    def stats(self) -> dict[str, Any]:
        """Counters, for displays."""
        return {
            "requests": self.http.count_requests,
            "by_status": dict(Counter(str(call.status) for call in self.http.requests)),
            "count_429": self.count_429,
            "invalid": self.http.invalid.count,
            "messages": len(self.world.messages),
            "channels": len(self.world.channels),
            "sessions": len(self._book.sessions),
            "connected": self.connected,
            "identified": self.identified,
            "unknown_routes": [f"{method} {path}" for method, path in self.unknown_routes],
            "crashes": self.crashes,
        }

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call `callback` after every change of the world; it must be quick and must not raise."""
        self.world.watchers.append(callback)

    async def until(self, condition: Callable[[], Any], timeout: float = 5.0) -> None:  # noqa: ASYNC109 -- the dump is the point
        """Wait until `condition()` is true; it is checked after every change, and now and then.

        Raises:
            TimeoutError: it was not true within `timeout` seconds; the text shows the last REST calls.
        """
        if not await self._changes.until(condition, timeout):
            raise TimeoutError(f"not true after {timeout} s\n{self.dump()}")

    def dump(self) -> str:
        """The last REST calls and what went wrong, for a person to read."""
        lines = [f"connected: {self.connected}, identified {self.identified} times, {self.count_429} replies 429"]
        lines += [f"unknown route: {method} {path}" for method, path in self.unknown_routes]
        lines += [f"crash: {crash}" for crash in self.crashes]
        lines += [
            f"{call.at:.3f} {call.status} {call.method} {call.path} {str(call.body)[:200]}"
            for call in self.requests[-_SHOWN_IN_DUMP:]
        ]
        return "\n".join(lines)

    # trouble

    def disconnect(self, *, resumable: bool = True, code: int | None = None, abort: bool = False) -> None:
        """Drop the bot's gateway connections; by default they are asked to reconnect (opcode 7).

        Args:
            resumable: False ends the sessions too (opcode 9 for an open connection).
            code: Close with this code; None: without one.
            abort: Drop the connections as a broken network does.
        """
        for connection in list(self.http.connections):
            if not resumable:
                connection.invalidate()
            elif code is None and not abort:
                connection.ask_to_reconnect()
            if code is not None:
                connection.close(code)
            elif abort:
                connection.abort()

    def outage(self, guild: Guild, *, over: bool = False) -> None:
        """Make a guild unavailable, or available again; meanwhile it sends no events, not even at login."""
        if over:
            guild.away = False
            self.world.publish(Event("GUILD_CREATE", payloads.guild_create(guild), GUILDS, guild.id))
        else:
            self.world.publish(Event("GUILD_DELETE", {"id": str(guild.id), "unavailable": True}, GUILDS, guild.id))
            guild.away = True

    def trouble_gateway(self, trouble: GatewayTrouble | None) -> None:
        """Put the gateway into trouble until further notice; None ends it.

        With `silent`, open connections become silent for good; with the others they are dropped.
        """
        self.http.gateway_trouble = trouble
        for connection in list(self.http.connections):
            if trouble == "silent":
                connection.silent = True
            elif trouble is not None:
                connection.abort()
