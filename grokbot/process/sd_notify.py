"""systemd's notification protocol: one datagram with `KEY=VALUE` lines (sd_notify(3)).

Twenty lines here rather than a library: the existing packages were last released years ago. Not here: the messages.
"""

from __future__ import annotations

import logging
import socket
import time

log = logging.getLogger(__name__)

SEND_SECONDS = 1.0
"""How long to wait for the service manager's full queue; the event loop is blocked meanwhile."""


class Notifier:
    """Reports the process's state to the service manager. Silent without one.

    Args:
        address: `$NOTIFY_SOCKET`; a leading @ names an abstract socket.
    """

    def __init__(self, address: str | None) -> None:
        self._is_ready = False
        self._address = f"\0{address[1:]}" if address and address.startswith("@") else address

    def starting(self, status: str, seconds: float) -> None:
        """Still starting; the next report comes within so many seconds, so do not kill it before."""
        one_line = " ".join(status.split())  # a second line would be another message to the manager
        self._send(f"STATUS={one_line}\nEXTEND_TIMEOUT_USEC={round(seconds * 1_000_000)}")

    def ready(self) -> None:
        """Ready for use."""
        self._is_ready = True
        self._send("READY=1\nSTATUS=Ready")

    def reloading(self) -> None:
        """Reading the settings again; `reloaded` follows. The time is what `Type=notify-reload` waits for."""
        if self._is_ready:
            now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            self._send(f"RELOADING=1\nMONOTONIC_USEC={now}")

    def reloaded(self, note: str) -> None:
        """The settings were read again; `note` is what the operator should know, empty if nothing."""
        if self._is_ready:
            self._send(f"READY=1\nSTATUS=Ready{'; ' * bool(note)}{' '.join(note.split())}")

    def stopping(self, status: str) -> None:
        """Shutting down."""
        self._is_ready = False
        self._send(f"STOPPING=1\nSTATUS={status}")

    def _send(self, text: str) -> None:
        """Send it. The manager may be gone; that is no reason to fail."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
                channel.settimeout(SEND_SECONDS)
                channel.sendto(text.encode(), self._address)
        except OSError as error:
            log.warning("notify.failed error=%s", error)
