"""The path of a daemon's socket, for serving and for finding it. Only the standard library.

Not here: reading the environment (the caller passes it), opening the socket.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SYSTEM = Path("/run/grokbot/api.sock")
"""The socket of the service in deploy/grokbot.service."""

FOLDER = "grokbot"
NAME = "api.sock"
MONITORING = "monitoring.sock"
"""Beside the API's socket: where Prometheus scrapes."""

LONGEST_PATH = 107
"""Maximum length of a Unix socket's path in Linux, in bytes (sun_path in sys/un.h has 108, including the final NUL)."""


def socket_to_serve(environ: Mapping[str, str]) -> Path | None:
    """The default socket of a daemon with this environment. None: it names no place for one.

    From systemd ($RUNTIME_DIRECTORY), else from the XDG base directories, else beside the database.
    """
    runtime = environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return Path(runtime, NAME) if runtime else next(_of_person(environ), None)


def socket_to_reach(environ: Mapping[str, str]) -> str | None:
    """The gRPC target of this machine's daemon: the first existing socket, the person's own first."""
    for path in (*_of_person(environ), SYSTEM):
        if path.is_socket():
            return f"unix:{path}"
    return None


def _of_person(environ: Mapping[str, str]) -> Iterator[Path]:
    """Possible sockets of a daemon started by hand. XDG paths count only if they are absolute."""
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    if runtime.startswith("/"):
        yield Path(runtime, FOLDER, NAME)
    state = environ.get("XDG_STATE_HOME", "")
    if state.startswith("/"):
        yield Path(state, FOLDER, NAME)
    home = environ.get("HOME", "")
    if home:
        yield Path(home, ".local", "state", FOLDER, NAME)
