"""Gateway sessions: what each bot connection has received, and what it missed.

Here: intents, shards, what the MESSAGE_CONTENT intent hides, sequence numbers, the replay buffer, expiry.
Not here: the WebSocket (gateway.py).
"""

import asyncio
import json
import secrets
from collections import deque
from typing import Protocol

from grokbot.sandbox.discord_server.rules.protocol import GUILDS, MESSAGE_CONTENT, Json
from grokbot.sandbox.discord_server.state import payloads
from grokbot.sandbox.discord_server.state.message_content import visible
from grokbot.sandbox.discord_server.state.world import Event, World

_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def encode(data: object) -> str:
    """JSON as sent over the wire."""
    return _ENCODER.encode(data)


class Carrier(Protocol):
    """The methods that a session needs from its connection."""

    def send(self, frame: str) -> None:
        """Queue a frame."""

    def abort(self) -> None:
        """Cut the connection."""


class GatewaySession:
    """One identified shard; it outlives its connections for a while."""

    def __init__(self, world: World, intents: int, shard: tuple[int, int]) -> None:
        self.id = secrets.token_hex(16)
        self.intents = intents
        self.shard = shard
        self.sequence = 0
        self.connection: Carrier | None = None
        self.expiry: asyncio.TimerHandle | None = None
        self._world = world
        self._sent: deque[tuple[int, str]] = deque(maxlen=world.rules.resume_buffer)

    def wants(self, event: Event) -> bool:
        """Whether this shard with its intents receives the event."""
        number, count = self.shard
        home = 0 if event.guild_id is None else (event.guild_id >> 22) % count
        return home == number and (event.intents == 0 or bool(event.intents & self.intents))

    def push(self, name: str, encoded: str) -> None:
        """Give an event the next number, keep it for replay, and send it if connected."""
        self.sequence += 1
        frame = f'{{"op":0,"t":"{name}","s":{self.sequence},"d":{encoded}}}'
        self._sent.append((self.sequence, frame))
        if self.connection is not None:
            self.connection.send(frame)

    def missed(self, after: int) -> list[str] | None:
        """Frames after a sequence number; None if some are no longer kept or the number was never sent."""
        if after > self.sequence or after < 0:
            return None
        if after < self.sequence and (not self._sent or self._sent[0][0] > after + 1):
            return None
        count = self.sequence - after
        return [frame for _, frame in list(self._sent)[len(self._sent) - count :]] if count else []


class SessionBook:
    """All sessions, and the fan-out of events to them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.sessions: dict[str, GatewaySession] = {}
        world.listeners.append(self.dispatch)

    def dispatch(self, event: Event) -> None:
        """Send an event to every session that wants it; its JSON is built once."""
        guild = self._world.guilds.get(event.guild_id or 0)
        if guild is not None and guild.away:
            return
        encoded: dict[bool, str] = {}
        for session in self.sessions.values():
            if session.wants(event):
                sees_all = event.message is None or bool(session.intents & MESSAGE_CONTENT)
                if sees_all not in encoded:
                    encoded[sees_all] = encode(event.data if sees_all else visible(self._world, event.data))
                session.push(event.name, encoded[sees_all])

    def open(self, intents: int, shard: tuple[int, int]) -> GatewaySession:
        """A new session."""
        session = GatewaySession(self._world, intents, shard)
        self.sessions[session.id] = session
        self._world.identified += 1
        return session

    def greet(self, session: GatewaySession) -> None:
        """Send READY, then the session's guilds one by one."""
        world, (number, count) = self._world, session.shard
        mine = [g for g in world.guilds.values() if (g.id >> 22) % count == number and world.bot_user.id in g.members]
        ready: Json = {
            "v": 10,
            "user": payloads.user(world.bot_user) | {"verified": True, "mfa_enabled": True, "email": None, "flags": 0},
            "guilds": [{"id": str(g.id), "unavailable": True} for g in mine],
            "session_id": session.id,
            "resume_gateway_url": world.gateway_url,
            "shard": [number, count],
            "application": {"id": str(world.application_id), "flags": world.application_flags},
        }
        session.push("READY", encode(ready))
        if session.intents & GUILDS:
            for guild in mine:
                if guild.away:
                    continue
                session.push("GUILD_CREATE", encode(payloads.guild_create(guild)))

    def lose(self, session: GatewaySession) -> None:
        """Keep a session for a while after its connection is lost."""
        session.connection = None
        loop = asyncio.get_running_loop()
        session.expiry = loop.call_later(self._world.rules.resume_for, self.forget, session)

    def forget(self, session: GatewaySession) -> None:
        """End a session permanently."""
        if session.expiry is not None:
            session.expiry.cancel()
        self.sessions.pop(session.id, None)
        self._world.changed()
