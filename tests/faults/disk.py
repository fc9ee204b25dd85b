"""A disk that can be full: a small file system of its own where one may be mounted, else no file that may grow.

Not here: when it is full (`weather`).
"""

from __future__ import annotations

import resource
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .daemon import Daemon

BYTES = 24 * 1024 * 1024
PIECE = b"\0" * 4096


class Disk:
    """What lies under the database.

    Args:
        folder: Where it is.
        mounted: Whether it is a file system of its own.
    """

    def __init__(self, folder: Path, *, mounted: bool) -> None:
        self.folder = folder
        self._mounted = mounted
        self._ballast = folder / "ballast"

    def fill(self, daemon: Daemon) -> None:
        """Leaves no room."""
        if not self._mounted:
            sizes = [path.stat().st_size for path in self.folder.iterdir()]
            _limit(daemon, max(sizes, default=0))
            return
        with self._ballast.open("ab", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(PIECE)
            except OSError:
                pass

    def free(self, daemon: Daemon) -> None:
        """Gives room again."""
        if not self._mounted:
            _limit(daemon, resource.RLIM_INFINITY)
        self._ballast.unlink(missing_ok=True)


def _limit(daemon: Daemon, size: int) -> None:
    if daemon.pid is not None:
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@contextmanager
def small_disk(folder: Path, size: int = BYTES) -> Iterator[Disk]:
    """A disk at `folder`, which is made. At the end a copy of what is on it is left beside it."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0  # noqa: S603 - our own words
    try:
        yield Disk(folder, mounted=mounted)
    finally:
        if mounted:
            shutil.copytree(folder, folder.with_name("database"), ignore=shutil.ignore_patterns("ballast"))
            subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607 - as above
