"""systemd's notification protocol: one datagram with `KEY=VALUE` lines (sd_notify(3)), and its watchdog.

Twenty lines here rather than a library: the existing packages were last released years ago. Not here: the messages.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

SEND_SECONDS = 1.0
"""How long a report that comes once waits for the service manager's full queue; the event loop is blocked meanwhile."""

MICROSECONDS = 1_000_000


class Notifier:
    """Reports the process's state to the service manager. Silent without one.

    Args:
        address: `$NOTIFY_SOCKET`; a leading @ names an abstract socket.
        watchdog_seconds: The service manager kills the process when `alive` was not said for so long; None: never.
    """

    def __init__(self, address: str | None, watchdog_seconds: float | None = None) -> None:
        self._is_ready = False
        self._address = f"\0{address[1:]}" if address and address.startswith("@") else address
        self.watchdog_seconds = watchdog_seconds

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Notifier:
        """The one of this process's service manager, as the environment names it."""
        return cls(environ.get("NOTIFY_SOCKET"), watchdog_of(environ, os.getpid()))

    def starting(self, status: str, seconds: float) -> None:
        """Still starting; the next report comes within so many seconds, so do not kill it before."""
        self._send(f"STATUS={_line(status)}", _extended(seconds))

    def ready(self, status: str) -> None:
        """Ready for use."""
        self._is_ready = True
        self._send("READY=1", f"STATUS={_line(status)}")

    def reloading(self) -> None:
        """Reading the settings again; `reloaded` follows. The time is what `Type=notify-reload` waits for."""
        if self._is_ready:
            now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            self._send("RELOADING=1", f"MONOTONIC_USEC={now}")

    def reloaded(self, status: str) -> None:
        """The settings were read again."""
        if self._is_ready:
            self._send("READY=1", f"STATUS={_line(status)}")

    def status(self, status: str) -> bool:
        """What it does now, or what is wrong. Returns whether the manager has room for it now."""
        return self._send(f"STATUS={_line(status)}", seconds=0.0)

    def alive(self) -> bool:
        """It works, so do not kill it for the next `watchdog_seconds`. Returns as `status` does."""
        return self._send("WATCHDOG=1", seconds=0.0)

    def stopping(self, status: str, seconds: float) -> None:
        """Shutting down; the next report comes within so many seconds."""
        self._is_ready = False
        self._send("STOPPING=1", f"STATUS={_line(status)}", _extended(seconds))

    def _send(self, *lines: str, seconds: float | None = None) -> bool:
        """Send it, and return whether it went. The manager may be gone; that is no reason to fail."""
        if not self._address:
            return True
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
                channel.settimeout(SEND_SECONDS if seconds is None else seconds)
                channel.sendto("\n".join(lines).encode(), self._address)
        except BlockingIOError:
            return False
        except OSError as error:
            log.warning("notify.failed error=%s", error)
        return True


def watchdog_of(environ: Mapping[str, str], pid: int) -> float | None:
    """The seconds within which the service manager wants to hear from this process; None: it does not.

    Args:
        environ: Its environment: `$WATCHDOG_USEC`, and `$WATCHDOG_PID` if that is for one process alone.
        pid: The process.
    """
    if environ.get("WATCHDOG_PID") not in {None, str(pid)}:
        return None
    try:
        return int(environ.get("WATCHDOG_USEC", "")) / MICROSECONDS or None
    except ValueError:
        return None


def _line(status: str) -> str:
    """In one line: a second one would be another message to the manager."""
    return " ".join(status.split())


def _extended(seconds: float) -> str:
    return f"EXTEND_TIMEOUT_USEC={round(seconds * MICROSECONDS)}"
