"""The gateway of the loopback Discord: WebSockets, resumable sessions, compressed frames."""

from __future__ import annotations

from grokbot.sandbox.discord_server.gateway.compression import packing
from grokbot.sandbox.discord_server.gateway.gateway import Connection
from grokbot.sandbox.discord_server.gateway.sessions import SessionBook, encode

__all__ = ["Connection", "SessionBook", "encode", "packing"]
