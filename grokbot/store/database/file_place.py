"""Checks that an open database's file is still in its place, and restores it if it was deleted.

A process can keep writing to a deleted file without noticing, and all of it is lost when the process ends. Not
here: when to check (`daemon`), when writing stops (`database`).
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.store.dialect import copy_into, wipe

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

log = logging.getLogger(__name__)

DELETED = (
    "The database file {path} was deleted or moved while the bot was running. The bot stops, and tries to restore the "
    "file."
)
REPLACED = (
    "The database file {path} was replaced while the bot was running. The bot stops, and saves the old database beside "
    "it, in a file whose name ends in .displaced and a number."
)
EMPTIED = (
    "The database file {path} was emptied while the bot was running. The bot stops. Restore the file from a backup."
)


class FilePlace:
    """The file of one open database. Every method may wait for a disk: not on the event loop."""

    def __init__(self, url: URL) -> None:
        self._path = Path(url.database or "").absolute()
        self._opened = _identity(self._path)

    def check(self) -> None:
        """Check that the opened file is still in its place.

        Raises:
            StoreError: It is not, or it was emptied.
        """
        found = _identity(self._path)
        if found is None:
            raise StoreError(DELETED.format(path=self._path))
        if found != self._opened:
            raise StoreError(REPLACED.format(path=self._path))
        if not self._path.stat().st_size:
            raise StoreError(EMPTIED.format(path=self._path))

    def sizes(self) -> tuple[int, int, int]:
        """Bytes of the file, of its write-ahead log, and free on their disk for this user."""
        log = self._path.with_name(f"{self._path.name}-wal")
        free = os.statvfs(self._path.parent)
        return self._path.stat().st_size, log.stat().st_size if log.exists() else 0, free.f_bavail * free.f_frsize

    def kept(self, engine: Engine) -> Path | None:
        """A copy of the database next to its place, if the file is not there. Nothing may be writing."""
        found = _identity(self._path)
        if found == self._opened:
            return None
        copy = self._path.with_name(f"{self._path.name}.displaced-{time.time_ns()}")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            copy_into(engine, copy)
            wipe(engine)  # else SQLite would replay our journal into the file that is there now
        except (OSError, sqlite3.Error):
            log.exception("store.not_kept path=%s", self._path)
            copy.unlink(missing_ok=True)
            return None
        log.warning("store.kept path=%s", copy)
        return copy

    def put_back(self, copy: Path) -> None:
        """Move a copy to the place of the deleted file. Nobody may have that open; an existing file there stays."""
        if self._path.exists():
            return
        for end in ("-wal", "-shm"):  # left by the deleted file: SQLite would replay them into this one
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)
        copy.rename(self._path)
        log.warning("store.put_back path=%s", self._path)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
