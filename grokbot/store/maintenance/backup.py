"""One backup: a copy of the database as it is at one moment, made while a daemon uses it, and proven.

The copy is read in one transaction, a megabyte at a time, with pauses. Readers do not hold up a writer in SQLite's WAL
mode; but as long as one reads, the write-ahead log only grows. So there are no pauses once it is large, and if it gets
huge the backup gives up. Not here: which backups are kept and when they are made (`backup_folder`).
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from grokbot.conversation.errors import StoreError
from grokbot.store.maintenance.damage import damage_of, stopping
from grokbot.store.maintenance.files import (
    explained,
    journal_bytes,
    looking,
    new_file,
    pragma,
    refuse_links,
    tables_of,
    with_end,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PAGES = 256
"""Pages in a step: a megabyte."""

SYNCED = 32
"""Steps after which what is written goes to the disk: in one piece at the end it would hold up the daemon's commits."""

LONGEST_PAUSE = 0.05
"""Seconds between two steps, at most: as long as a step took, so that half of the disk's time is left."""

UNHURRIED = 32 * 1024**2
"""Bytes of the write-ahead log up to which there are pauses."""

HUGE = 1024**3
"""Bytes of the write-ahead log beyond the database's own size at which a backup gives up."""

SPARE = 64 * 1024**2
"""Bytes to leave free on the disk, or as much as the database has if that is less."""

NOTE = "backup"
"""The row of `settings` in which a backup says from which moment it is."""

NOT_MADE = "The backup was not made"
NO_ROOM = (
    "There is no room for a backup in {folder}: it takes {needed} MB, {free} MB are free. Free some, or set "
    "store.backup_dir to a folder on another disk."
)
NO_DATABASE = "There is no database at {path}. Name the settings with --config, or the bot with --name."
THE_SAME = "{path} is the database itself. Name another file for the backup."
ANOTHER_FILE = "{path} exists and is no backup of grokbot. Name another file, or remove that one."
IN_USE = "{path} is a database that a bot uses, and no backup. Name another file."
NO_FOLDER = "The folder {folder} does not exist. Make it first."
DAMAGED = "The database is damaged, so no backup was made: {what}. Restore an earlier one with grokbot store restore."
BAD_COPY = "The backup does not have what the database has ({table}: {copied} of {there} rows). Check the disk."
TOO_FAST = "The backup was given up: the database changes faster than the disk copies it. Try again at a quieter time."
STOPPED = "The backup was stopped."
NOT_A_BACKUP = "{path} is not a database of grokbot."

Progress: TypeAlias = "Callable[[str, int, int], object]"
"""Told what is done now, how much of it, and of how much."""


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup.

    Attributes:
        path: The file.
        moment: UTC, from when it is. If it does not say so itself: the time of its newest row.
        size: Bytes.
        revision: Which version of the tables it has.
        conversations: How many there are.
        responses: How many there are.
    """

    path: Path
    moment: datetime
    size: int
    revision: str
    conversations: int
    responses: int


def nobody_listens(*_: object) -> None:
    """Progress that nobody is shown."""


def never() -> bool:
    """Goes on to the end."""
    return False


def make_backup(
    database: Path,
    target: Path,
    *,
    progress: Progress = nobody_listens,
    stopped: Callable[[], bool] = never,
    moment: datetime | None = None,
) -> Backup:
    """Copy a database into a file, also beside a running daemon, and check the copy. Blocks: not on the event loop.

    The file (mode 0600) appears only once it is complete, checked and on the disk. An earlier backup there is replaced.

    Args:
        database: The file; `database_file` finds it from store.url.
        target: The file to make.
        progress: Told how far it is.
        stopped: Asked often; True ends it.
        moment: UTC, now; None: by the machine's clock.

    Raises:
        StoreError: It failed, and nothing has changed. The text says what to do.
    """
    _check_places(database, target)
    moment = moment or datetime.now(UTC)
    with (
        explained(NOT_MADE, target),
        closing(looking(database)) as source,
        new_file(target) as (partial, to_disk),
        closing(sqlite3.connect(partial, isolation_level=None)) as copy,
    ):
        source.execute("BEGIN")
        there = counts_of(source)  # from this first read on, everything is of one moment
        check_room(target.parent, pragma(source, "page_count") * pragma(source, "page_size"))
        copied_into(source, copy, _Pace(database, progress, to_disk, stopped))
        source.execute("ROLLBACK")
        _prove(copy, there, progress, stopped)
        _note_moment(copy, moment)
        copy.execute("PRAGMA journal_mode=DELETE").close()  # one file, which can be read from anywhere
    return look_at(target)


def copied_into(source: sqlite3.Connection, copy: sqlite3.Connection, pace: Callable[[int, int, int], object]) -> None:
    """Copy all pages, in steps.

    Args:
        source: In a transaction, or of a database that nobody writes to.
        copy: An empty file.
        pace: Called after each step.
    """
    copy.execute("PRAGMA synchronous=OFF").close()  # `new_file` brings it to the disk
    source.backup(copy, pages=PAGES, progress=pace)


def look_at(path: Path) -> Backup:
    """What a backup says of itself, without a check of all of it.

    Raises:
        StoreError: It is no backup, or cannot be read.
    """
    with explained("The backup cannot be read", path):
        size = path.stat().st_size
    with explained("The backup cannot be read", path), closing(looking(path, at_rest=True)) as connection:
        tables = tables_of(connection)
        if "alembic_version" not in tables or "responses" not in tables:
            raise StoreError(NOT_A_BACKUP.format(path=path))
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        counts = [connection.execute(f"SELECT count(*) FROM {each}").fetchone()[0] for each in _SAID]  # noqa: S608 - ours
        return Backup(path, _moment_of(connection, path), size, revision, *counts)


def revision_of(path: Path) -> int:
    """Which version of the tables a database has that nobody has open; 0 if it is none of grokbot.

    Raises:
        StoreError: It cannot be read.
    """
    with explained("The database cannot be read", path), closing(looking(path, at_rest=True)) as connection:
        if "alembic_version" not in tables_of(connection):
            return 0
        return int(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def check_room(folder: Path, size: int) -> None:
    """Check that so many bytes fit, and some are left.

    Raises:
        StoreError: They do not.
    """
    free, needed = shutil.disk_usage(folder).free, size + min(size, SPARE)
    if free < needed:
        raise StoreError(NO_ROOM.format(folder=folder, needed=-(-needed // 10**6), free=free // 10**6))


def counts_of(connection: sqlite3.Connection) -> Mapping[str, int]:
    """The number of rows of each table."""
    counted = "SELECT count(*) FROM {}"
    return {name: connection.execute(counted.format(name)).fetchone()[0] for name in tables_of(connection)}


_SAID = ("conversations", "responses")


class _Pace:
    """What happens after each step of a copy: progress, pauses, and limits."""

    def __init__(
        self, database: Path, progress: Progress, to_disk: Callable[[], None], stopped: Callable[[], bool]
    ) -> None:
        self._database = database
        self._progress = progress
        self._to_disk = to_disk
        self._stopped = stopped
        self._steps = 0
        self._since = time.monotonic()

    def __call__(self, _status: int, remaining: int, total: int) -> None:
        if self._stopped():
            raise StoreError(STOPPED)
        self._progress("Copying", total - remaining, total)
        self._steps += 1
        if self._steps % SYNCED == 0:
            self._to_disk()
        journal = journal_bytes(self._database)
        if journal > HUGE + self._database.stat().st_size:
            raise StoreError(TOO_FAST)
        if journal <= UNHURRIED and remaining:
            time.sleep(min(LONGEST_PAUSE, time.monotonic() - self._since))
        self._since = time.monotonic()


def _check_places(database: Path, target: Path) -> None:
    """Check that there is a database, and that the target is another file that may be replaced."""
    if not database.is_file():
        raise StoreError(NO_DATABASE.format(path=database))
    if not target.parent.is_dir():
        raise StoreError(NO_FOLDER.format(folder=target.parent))
    if target.exists():
        if database.samefile(target):
            raise StoreError(THE_SAME.format(path=target))
        if any(with_end(target, end).exists() for end in (".lock", "-wal")):
            raise StoreError(IN_USE.format(path=target))
        try:
            look_at(target)
        except StoreError as error:
            raise StoreError(ANOTHER_FILE.format(path=target)) from error
    refuse_links(database)


def _prove(copy: sqlite3.Connection, there: Mapping[str, int], progress: Progress, stopped: Callable[[], bool]) -> None:
    progress("Checking", 0, 0)
    stopping(copy, stopped)
    try:
        damage = damage_of(copy)
        copied = counts_of(copy)
    except sqlite3.OperationalError:
        if stopped():
            raise StoreError(STOPPED) from None
        raise
    if damage:
        raise StoreError(DAMAGED.format(what=damage[0]))
    for table, rows in there.items():
        if copied.get(table) != rows:
            raise StoreError(BAD_COPY.format(table=table, copied=copied.get(table, 0), there=rows))


def _note_moment(copy: sqlite3.Connection, moment: datetime) -> None:
    if "settings" in tables_of(copy):
        copy.execute(
            "INSERT OR REPLACE INTO settings (scope, scope_id, name, value, changed_by, changed_at)"
            " VALUES ('guild', 0, ?, ?, 0, ?)",
            (NOTE, json.dumps(moment.isoformat()), int(moment.timestamp() * 10**6)),
        )


def _moment_of(connection: sqlite3.Connection, path: Path) -> datetime:
    if "settings" in tables_of(connection):
        note = connection.execute("SELECT value FROM settings WHERE scope_id = 0 AND name = ?", (NOTE,)).fetchone()
        if note is not None:
            return datetime.fromisoformat(json.loads(note[0]))
    newest = connection.execute("SELECT max(modified_at) FROM conversations").fetchone()[0]
    if newest is None:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=newest)
