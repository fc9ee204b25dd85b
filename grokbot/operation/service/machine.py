"""The machine that is worked on: real paths under a root, and its systemd.

Not here: reading (`survey`) and changing it (`executor`).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from grokbot.operation.service.errors import ServiceError
from grokbot.operation.service.layout import MAIN_UNIT, OPT, PACKAGED_UNITS
from grokbot.operation.service.systemd import Systemd

PACKAGED = (
    "Debian's package grokbot looks after the service of this machine: `apt-get install ./grokbot_….deb` updates it, "
    "`apt-get remove grokbot` removes it, and `grokbot setup` asks for token and key."
)


class Machine:
    """This machine, or a folder that stands for one.

    Args:
        root: What systemd's paths are below.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self.root = root
        self.systemd = Systemd(runs=(root / "run" / "systemd" / "system").is_dir())  # as sd_booted(3) finds it out

    def real(self, path: str) -> Path:
        """Where a path of systemd's is."""
        return self.root / path.removeprefix("/")

    def check_root(self) -> None:
        """Check that this program may change the machine.

        Raises:
            ServiceError: It may not; says how to run it again. sudo does not search the caller's own PATH.
        """
        if self.root == Path("/") and os.geteuid() != 0:
            again = " ".join([str(Path(sys.argv[0]).absolute()), *sys.argv[1:]])
            raise ServiceError(f"Only root can do this. Run: sudo {again}")

    def check_not_packaged(self) -> None:
        """Check that the service is not dpkg's. One in /opt/grokbot goes before a package's, and can be removed.

        Raises:
            ServiceError: It is; says what to do instead.
        """
        if self.real(f"{PACKAGED_UNITS}/{MAIN_UNIT}").is_file() and not self.real(OPT).exists():
            raise ServiceError(PACKAGED)
