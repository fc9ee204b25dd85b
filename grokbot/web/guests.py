"""Limits connections to a socket: how many, from where, and how long one may take to send a request.

Here: accepting, counting, closing. Not here: sockets and settings (`listener`), pages (`share_site`, `operator_site`).
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.process.listen_addresses import network_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

log = logging.getLogger(__name__)

MOST = 500
"""Maximum number of connections."""

MOST_OF_ONE = 40
"""Per address; a browser opens six. This machine's own addresses and Unix sockets are not counted: there the reverse
proxy connects for everyone."""

ASK_SECONDS = 20.0
"""Time for the first request to arrive."""

STAY_SECONDS = 180.0
"""Time a connection may stay after its last request arrived: the longest that sending a page may take."""

LOOK_SECONDS = 1.0
TOLD_SECONDS = 60.0
"""Minimum time between two log lines about the same problem."""

NO_ROOM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""The process or the machine is out of resources. An immediate retry would only burn CPU time."""

NO_ROOM_SECONDS = 1.0
OF_THIS_MACHINE = ("127.", "::", "unix")


@dataclass(slots=True)
class Guest:
    """One connection."""

    network: str
    until: float
    """When to close it, by the loop's clock."""


class Guests:
    """The connections to one socket.

    Args:
        protocols: Makes the protocol of one connection.
    """

    def __init__(self, protocols: Callable[[], asyncio.BaseProtocol]) -> None:
        self._protocols = protocols
        self._loop = asyncio.get_running_loop()
        self._guests: dict[asyncio.BaseTransport, Guest] = {}
        self._told: dict[str, float] = {}

    async def accept(self, listener: socket.socket) -> None:
        """Accept connections one by one until cancelled. The socket listens and does not block."""
        sending_away = asyncio.create_task(self._send_away(), name="web guests")
        try:
            while True:
                try:
                    connection, peer = await self._loop.sock_accept(listener)
                except OSError as error:  # the client's, which has gone already, or ours
                    if error.errno in NO_ROOM:
                        self._tell("web.no_room number=%s", error.errno)
                        await asyncio.sleep(NO_ROOM_SECONDS)
                    continue
                await self._let_in(connection, network_of(peer[0]) if peer and isinstance(peer, tuple) else "unix")
        finally:
            sending_away.cancel()

    def asked(self, transport: asyncio.BaseTransport | None) -> None:
        """Note that a connection has sent a whole request."""
        guest = self._guests.get(transport) if transport is not None else None
        if guest is not None:
            guest.until = self._loop.time() + STAY_SECONDS

    async def _let_in(self, connection: socket.socket, network: str) -> None:
        held = Counter(guest.network for transport, guest in self._guests.items() if not transport.is_closing())
        counts = not network.startswith(OF_THIS_MACHINE)
        if held.total() >= MOST or (counts and held[network] >= MOST_OF_ONE):
            self._tell("web.too_many_connections number=%s", held.total())
            connection.close()
            return
        try:
            transport, _ = await self._loop.connect_accepted_socket(self._protocols, connection)
        except OSError:
            connection.close()
            return
        self._guests[transport] = Guest(network, self._loop.time() + ASK_SECONDS)

    async def _send_away(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = self._loop.time()
            for transport, guest in tuple(self._guests.items()):
                if not transport.is_closing() and guest.until > now:
                    continue
                del self._guests[transport]
                if isinstance(transport, asyncio.WriteTransport):
                    transport.abort()

    def _tell(self, event: str, number: int | None) -> None:
        now = self._loop.time()
        if now - self._told.get(event, -TOLD_SECONDS) >= TOLD_SECONDS:
            self._told[event] = now
            log.warning(event, number)
