"""The gateway: one bot's WebSocket.

Here: hello, identify, resume, heartbeats, member requests, close codes (documented under "Gateway"). Not here: event
payloads (payloads.py), their recipients (sessions.py), compression (compression.py).
"""

import asyncio
import json
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from grokbot.sandbox.discord_server.gateway.compression import Pack
from grokbot.sandbox.discord_server.gateway.sessions import GatewaySession, SessionBook, encode
from grokbot.sandbox.discord_server.rules.protocol import GUILD_MEMBERS, Json
from grokbot.sandbox.discord_server.state import payloads
from grokbot.sandbox.discord_server.state.model import Guild, Member
from grokbot.sandbox.discord_server.state.world import World

HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, REQUEST_MEMBERS, INVALID, HELLO, ACK = (
    1,
    2,
    3,
    4,
    6,
    7,
    8,
    9,
    10,
    11,
)

CLOSE_UNKNOWN_OPCODE, CLOSE_DECODE, CLOSE_NOT_AUTHENTICATED, CLOSE_TOKEN, CLOSE_ALREADY = 4001, 4002, 4003, 4004, 4005
CLOSE_RATE, CLOSE_TIMEOUT, CLOSE_SHARD, CLOSE_INTENTS, CLOSE_DISALLOWED = 4008, 4009, 4010, 4013, 4014
_FATAL = {CLOSE_TOKEN, CLOSE_SHARD, 4011, 4012, CLOSE_INTENTS, CLOSE_DISALLOWED}
"""Close codes after which a client must not reconnect."""

_PAYLOAD_MAX = 4096
_KNOWN_INTENTS = (1 << 26) - 1
_CHUNK = 1000
_QUERY_MAX = 100


class Connection:
    """One WebSocket and, once identified, the session it carries."""

    def __init__(
        self,
        world: World,
        book: SessionBook,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        *,
        pack: Pack | None,
    ) -> None:
        self._world = world
        self._book = book
        self._socket = socket
        self._transport = transport
        self._pack = pack
        self._outbox: asyncio.Queue[tuple[float, str | int | None]] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._last_beat = self._loop.time()
        self._minute, self._received = self._loop.time(), 0
        self._closing = False
        self._fatal = False
        self._watcher: asyncio.TimerHandle | None = None
        self.session: GatewaySession | None = None
        self.silent = False
        """True to send nothing more, not even a close: it looks like a dead network."""

    def send(self, frame: str) -> None:
        """Queue a frame; it leaves after the latency, in order."""
        if not self._closing:
            self._outbox.put_nowait((self._loop.time() + self._world.rules.latency, frame))

    def close(self, code: int) -> None:
        """Close after all queued frames are sent."""
        self._fatal = self._fatal or code in _FATAL
        if not self._closing:
            self._closing = True
            self._outbox.put_nowait((self._loop.time(), code))

    def abort(self) -> None:
        """Drop the connection as a broken network does."""
        self._closing = True
        self._outbox.put_nowait((self._loop.time(), None))

    def ask_to_reconnect(self) -> None:
        """Opcode 7: reconnect and resume."""
        self.send(encode({"op": RECONNECT, "d": None}))

    def invalidate(self) -> None:
        """Opcode 9: the session is gone, identify again."""
        if self.session is not None:
            self._book.forget(self.session)
            self.session.connection = None
            self.session = None
        self.send(encode({"op": INVALID, "d": False}))

    async def run(self) -> None:
        """Serve until the socket is closed."""
        writer = asyncio.create_task(self._write())
        interval = self._world.rules.heartbeat
        self._watcher = self._loop.call_later(interval * 1.5, self._watch)
        self.send(encode({"op": HELLO, "d": {"heartbeat_interval": int(interval * 1000), "_trace": ["sandbox"]}}))
        try:
            await self._read()
        finally:
            if self._watcher is not None:
                self._watcher.cancel()
            if not self._closing:
                writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer
            self._ended()

    async def _read(self) -> None:
        while True:
            received = await self._socket.receive()
            if received.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                self._receive(received.data)
                continue
            if received.type is WSMsgType.CLOSE and not self._closing:
                # A client close with 1000 or 1001 ends the session; after any other code it can resume.
                self._fatal = received.data in {1000, 1001}
            if received.type is WSMsgType.CLOSE:
                await self._answer_farewell()
            return

    async def _answer_farewell(self) -> None:
        while self.silent and self._transport is not None and not self._transport.is_closing():  # noqa: ASYNC110 -- there is no event for it
            await asyncio.sleep(0.02)
        await self._socket.close()

    def _ended(self) -> None:
        session = self.session
        if session is None or session.connection is not self:
            return
        if self._fatal:
            session.connection = None
            self._book.forget(session)
        else:
            self._book.lose(session)
        self._world.changed()

    async def _write(self) -> None:
        while True:
            due, item = await self._outbox.get()
            if self.silent and item is not None:
                continue
            if due > self._loop.time():
                await asyncio.sleep(due - self._loop.time())
            if isinstance(item, str):
                if not await self._write_frame(item):
                    return
            elif item is None:
                if self._transport is not None:
                    self._transport.abort()
                return
            else:
                await self._socket.close(code=item)
                return

    async def _write_frame(self, frame: str) -> bool:
        try:
            if self._pack is None:
                await self._socket.send_str(frame)
            else:
                await self._socket.send_bytes(self._pack(frame.encode()))
        except ConnectionError:
            return False
        return True

    def _watch(self) -> None:
        interval = self._world.rules.heartbeat
        silent = self._loop.time() - self._last_beat
        if silent > interval * 1.5:
            self.close(CLOSE_TIMEOUT)
        elif not self._socket.closed:
            self._watcher = self._loop.call_later(interval * 1.5 - silent + 0.01, self._watch)

    def _receive(self, raw: str | bytes) -> None:
        if self._closing:
            return
        now = self._loop.time()
        if now - self._minute >= 60:  # noqa: PLR2004 -- a minute
            self._minute, self._received = now, 0
        self._received += 1
        if self._received > self._world.rules.gateway_sends:
            self.close(CLOSE_RATE)
            return
        try:
            payload = json.loads(raw)
            op, data = payload["op"], payload.get("d")
        except (ValueError, TypeError, KeyError):
            self.close(CLOSE_DECODE)
            return
        if len(raw) > _PAYLOAD_MAX:
            self.close(CLOSE_DECODE)
            return
        self._handle(op, data)

    def _handle(self, op: int, data: Any) -> None:
        if op == HEARTBEAT:
            self._last_beat = self._loop.time()
            self.send(encode({"op": ACK}))
        elif op == IDENTIFY:
            self._identify(data or {})
        elif op == RESUME:
            self._resume(data or {})
        elif self.session is None:
            self.close(CLOSE_NOT_AUTHENTICATED)
        elif op == REQUEST_MEMBERS:
            self._members(data or {})
        elif op not in {PRESENCE, VOICE, 31}:
            self.close(CLOSE_UNKNOWN_OPCODE)

    def _identify(self, data: Json) -> None:
        if self.session is not None:
            self.close(CLOSE_ALREADY)
            return
        intents = data.get("intents")
        shard = data.get("shard") or [0, 1]
        if str(data.get("token", "")).removeprefix("Bot ") != self._world.token:
            self.close(CLOSE_TOKEN)
        elif not isinstance(intents, int) or intents < 0 or intents > _KNOWN_INTENTS:
            self.close(CLOSE_INTENTS)
        elif intents & self._world.portal.denied:
            self.close(CLOSE_DISALLOWED)
        elif len(shard) != 2 or not 0 <= shard[0] < shard[1]:  # noqa: PLR2004 -- number and count
            self.close(CLOSE_SHARD)
        else:
            self.session = self._book.open(intents, (shard[0], shard[1]))
            self.session.connection = self
            self._book.greet(self.session)
            self._world.changed()

    def _resume(self, data: Json) -> None:
        if str(data.get("token", "")).removeprefix("Bot ") != self._world.token:
            self.close(CLOSE_TOKEN)
            return
        session = self._book.sessions.get(str(data.get("session_id")))
        missed = None if session is None else session.missed(int(data.get("seq") or 0))
        if session is None or missed is None:
            self.send(encode({"op": INVALID, "d": False}))
            return
        if session.expiry is not None:
            session.expiry.cancel()
        if session.connection is not None and session.connection is not self:
            session.connection.abort()
        self.session, session.connection = session, self
        for frame in missed:
            self.send(frame)
        session.push("RESUMED", encode({"_trace": ["sandbox"]}))
        self._world.changed()

    def _members(self, data: Json) -> None:
        guild_id = data.get("guild_id")
        guild = self._world.guilds.get(int(guild_id[0] if isinstance(guild_id, list) else guild_id or 0))
        if guild is None or self.session is None:
            return
        found, missing = _selected(guild, data, all_allowed=bool(self.session.intents & GUILD_MEMBERS))
        chunks = [found[i : i + _CHUNK] for i in range(0, len(found), _CHUNK)] or [[]]
        for index, chunk in enumerate(chunks):
            body: Json = {
                "guild_id": str(guild.id),
                "members": [payloads.member(who) for who in chunk],
                "chunk_index": index,
                "chunk_count": len(chunks),
                "not_found": missing,
            }
            if data.get("presences"):
                body["presences"] = []
            if data.get("nonce") is not None:
                body["nonce"] = data["nonce"]
            self.session.push("GUILD_MEMBERS_CHUNK", encode(body))


def _selected(guild: Guild, data: Json, *, all_allowed: bool) -> tuple[list[Member], list[str]]:
    wanted = data.get("user_ids")
    if wanted is not None:
        ids = [str(i) for i in (wanted if isinstance(wanted, list) else [wanted])][:_QUERY_MAX]
        known = [guild.members[int(i)] for i in ids if int(i) in guild.members]
        return known, [i for i in ids if int(i) not in guild.members]
    query, limit = (data.get("query") or "").lower(), int(data.get("limit") or 0)
    members = list(guild.members.values())
    if query:
        members = [m for m in members if (m.nick or m.user.name).lower().startswith(query) or query in m.user.name][
            :_QUERY_MAX
        ]
    elif not all_allowed:
        members = []  # the whole list needs the members intent (documented)
    return (members[:limit] if limit else members), []
