"""Where a daemon's socket is: where one serves, and where others look for it. Only the standard library.

Not here: reading the environment (who calls hands it over), opening the socket.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SYSTEM = Path("/run/grokbot/api.sock")
"""Of the service that deploy/grokbot.service starts."""

FOLDER = "grokbot"
NAME = "api.sock"


def socket_to_serve(environ: Mapping[str, str]) -> Path | None:
    """The socket that a daemon with this environment listens at by itself. None: nothing says where it may be.

    Where systemd says ($RUNTIME_DIRECTORY), else where the XDG base directories say, else beside the database.
    """
    runtime = environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return Path(runtime, NAME) if runtime else next(_of_person(environ), None)


def socket_to_reach(environ: Mapping[str, str]) -> str | None:
    """The gRPC target of the daemon of this machine: the first socket that is there, the person's own first."""
    for path in (*_of_person(environ), SYSTEM):
        if path.is_socket():
            return f"unix:{path}"
    return None


def _of_person(environ: Mapping[str, str]) -> Iterator[Path]:
    """Where a daemon that a person has started by hand may listen. XDG's count where they are absolute."""
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    if runtime.startswith("/"):
        yield Path(runtime, FOLDER, NAME)
    state = environ.get("XDG_STATE_HOME", "")
    if state.startswith("/"):
        yield Path(state, FOLDER, NAME)
    home = environ.get("HOME", "")
    if home:
        yield Path(home, ".local", "state", FOLDER, NAME)
