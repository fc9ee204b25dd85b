"""What systemd hears of the daemon: that it is ready, what it does, and that its watchdog need not bite.

Not here: starting and killing it (`daemon`).
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class ServiceManager:
    """The manager of one daemon.

    Args:
        listening: Its socket.
        path: Where that is.
        watchdog: WatchdogSec of the unit.
    """

    def __init__(self, listening: socket.socket, path: Path, watchdog: float) -> None:
        self.watchdog = watchdog
        self.status = ""
        self._listening = listening
        self._path = path
        self._heard: float | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """What the daemon is to know of it."""
        return {"NOTIFY_SOCKET": str(self._path), "WATCHDOG_USEC": str(round(self.watchdog * 1_000_000))}

    def begin(self) -> None:
        """The daemon is being started: until it says that it is ready, the watchdog waits."""
        self.read()
        self._heard = None

    @property
    def is_ready(self) -> bool:
        """Whether the daemon has said so since its start."""
        return self._heard is not None

    @property
    def late(self) -> bool:
        """Whether the watchdog has heard nothing for too long."""
        return self._heard is not None and asyncio.get_running_loop().time() - self._heard > self.watchdog

    def read(self) -> None:
        """Takes in what has come."""
        with suppress(BlockingIOError):
            while True:
                for line in self._listening.recv(4096).decode().splitlines():
                    if line == "READY=1" or (line == "WATCHDOG=1" and self.is_ready):
                        self._heard = asyncio.get_running_loop().time()
                    elif line.startswith("STATUS="):
                        self.status = line.removeprefix("STATUS=")


@contextmanager
def service_manager(folder: Path, watchdog: float) -> Iterator[ServiceManager]:
    """One that hears what comes within the block.

    Args:
        folder: Where its socket is; the path must be short.
        watchdog: WatchdogSec of the unit.
    """
    path = folder / "notify"
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(path))
        listening.setblocking(False)
        manager = ServiceManager(listening, path, watchdog)
        loop.add_reader(listening, manager.read)
        try:
            yield manager
        finally:
            loop.remove_reader(listening)
            path.unlink()
