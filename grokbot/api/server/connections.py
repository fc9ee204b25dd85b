"""Limits the API's connections per address. gRPC only limits their total (`server`).

gRPC does not expose its sockets, so they are found among the process's files. When there are too many, the newest are
shut down, which gRPC sees as a client's disconnect. Not here: calls (`calls.unauthenticated`).
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import stat
from collections import defaultdict
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from grokbot.process.listen_addresses import network_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

log = logging.getLogger(__name__)

MOST = 100
"""Per address. Each carries hundreds of calls."""

LOOK_SECONDS = 1.0
TOLD_SECONDS = 60.0
"""Minimum time between two log lines."""

FILES = "/proc/self/fd"


class Connections:
    """The connections to some ports, and when each was first seen.

    Args:
        addresses: Where the API listens. Unix sockets are not counted; without /proc nothing is.
        most: Maximum per address.
    """

    def __init__(self, addresses: Collection[str], most: int = MOST) -> None:
        self._ports = {int(address.rpartition(":")[2]) for address in addresses if not address.startswith("unix:")}
        self._most = most
        self._known: dict[int, int] = {}
        """The check that first saw each, by the kernel's inode numbers, which do not grow with time."""
        self._looks = 0

    async def keep(self) -> None:
        """Enforce the limit until cancelled."""
        clock = asyncio.get_running_loop().time
        told = -TOLD_SECONDS
        while self._ports:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                closed = self.thin()
            except OSError:  # no file descriptor is left for the check, or this system has no /proc
                closed = 0
            if closed and clock() - told >= TOLD_SECONDS:
                told = clock()
                log.warning("api.too_many_connections closed=%d", closed)

    def thin(self) -> int:
        """Shut down the newest connections of every address that has too many. Returns how many."""
        held: defaultdict[str, list[tuple[int, int, socket.socket]]] = defaultdict(list)
        self._looks += 1
        with ExitStack() as doubles:
            for number, connection in _sockets():
                doubles.enter_context(connection)
                if peer := _peer(connection, self._ports):
                    held[network_of(peer)].append((self._known.get(number, self._looks), number, connection))
            self._known = {number: since for group in held.values() for since, number, _ in group}
            crowd = [one for group in held.values() for _, _, one in sorted(group, key=lambda c: c[:2])[self._most :]]
            for one in crowd:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        return len(crowd)


def _sockets() -> Iterator[tuple[int, socket.socket]]:
    """Duplicates of this process's sockets, with the inode number of each. The caller closes them."""
    for name in os.listdir(FILES):  # noqa: PTH208 - names alone, every second
        with suppress(OSError):  # it was closed meanwhile, and the number may be reused: only the duplicate counts
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                continue
            double = os.dup(int(name))
            try:
                connection = socket.socket(fileno=double)
            except OSError:
                os.close(double)
                continue
            yield os.fstat(double).st_ino, connection


def _peer(connection: socket.socket, ports: Collection[int]) -> str:
    """The peer's address if the connection came to one of these ports; "" for others, and closed or listening ones."""
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return ""
    try:
        return str(connection.getpeername()[0]) if connection.getsockname()[1] in ports else ""
    except OSError:
        return ""
