"""systemd's notification protocol: one datagram with `KEY=VALUE` lines (sd_notify(3)).

Twenty lines here rather than a library: the packages that exist were last released years ago. Not here: what is said.
"""

from __future__ import annotations

import logging
import socket

log = logging.getLogger(__name__)

SEND_SECONDS = 1.0
"""How long a full queue of the service manager is waited for; the event loop stands still meanwhile."""


class Notifier:
    """Tells the service manager how the process is. Silent where none listens.

    Args:
        address: `$NOTIFY_SOCKET`; a leading @ names an abstract socket.
    """

    def __init__(self, address: str | None) -> None:
        self._address = f"\0{address[1:]}" if address and address.startswith("@") else address

    def starting(self, status: str, seconds: float) -> None:
        """The process cannot be used yet, and says more within so long: until then it is not to be ended."""
        one_line = " ".join(status.split())  # a second one would be another message to the manager
        self._send(f"STATUS={one_line}\nEXTEND_TIMEOUT_USEC={round(seconds * 1_000_000)}")

    def ready(self) -> None:
        """The process can be used."""
        self._send("READY=1\nSTATUS=Ready")

    def stopping(self, status: str) -> None:
        """The process is on its way out."""
        self._send(f"STOPPING=1\nSTATUS={status}")

    def _send(self, text: str) -> None:
        """Whoever listens may have gone; that is no reason to go down with them."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
                channel.settimeout(SEND_SECONDS)
                channel.sendto(text.encode(), self._address)
        except OSError as error:
            log.warning("notify.failed error=%s", error)
