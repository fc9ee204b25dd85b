"""The one command that is left once everything is set up.

Not here: running it (`cli`, `operation.service`).
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

UNIT_FOLDERS = ("/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system")
UNIT = "grokbot.service"
WANTED = Path("/etc/systemd/system/multi-user.target.wants", UNIT)


def next_command(environ: Mapping[str, str], config: Path | None, *, root: bool, sealed: bool = False) -> str:
    """As it can be typed where setup was.

    Args:
        environ: The environment's variables.
        config: The TOML file that was named; None: the default one.
        root: Whether it is the machine's service that was set up.
        sealed: Whether that keeps its secrets encrypted: then they have to be encrypted anew.
    """
    if config is not None or not root:
        named = f" --config {shlex.quote(str(config))}" if config is not None else ""
        return f"{_program(environ)} run{named}"
    if not sealed and any(Path(folder, UNIT).exists() for folder in UNIT_FOLDERS):
        return "systemctl restart grokbot" if WANTED.is_symlink() else "systemctl enable --now grokbot"
    return f"{_program(environ)} service install"


def _program(environ: Mapping[str, str]) -> str:
    """How this program was called: by its name, or by uv in a clone."""
    uv = environ.get("UV", "")
    if not uv or "UV_RUN_RECURSION_DEPTH" not in environ:
        return "grokbot"
    near = os.path.relpath(uv)
    return f"{uv if near.startswith('..') else near} run grokbot"
