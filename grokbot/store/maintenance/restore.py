"""Puts a backup in the place of the database, while no bot runs. What was there is kept beside it.

Not here: what is changed in the copy, so that nothing is answered twice and nothing deleted comes back
(`restored_copy`).
"""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.store.database import IN_USE, ErasureLog, SoleUse
from grokbot.store.maintenance.backup import check_room, copied_into, look_at, nobody_listens
from grokbot.store.maintenance.damage import damage_of
from grokbot.store.maintenance.erased_again import erase_again
from grokbot.store.maintenance.files import (
    explained,
    fsync_folder,
    journal_bytes,
    looking,
    make_folder,
    new_file,
    pragma,
    refuse_links,
    url_of,
    with_end,
    writing,
)
from grokbot.store.maintenance.restored_copy import cut_open, rewound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from grokbot.store.database import NotedErasure
    from grokbot.store.maintenance.backup import Backup, Progress

log = logging.getLogger(__name__)

NOT_RESTORED = "The database was not restored"
RUNNING = (
    "The bot is running with this database, {path}. Stop it first: systemctl stop grokbot (or grokbot@NAME), or Ctrl-C "
    "where it runs."
)
BAD_BACKUP = "The backup {path} is damaged, so nothing was changed: {what}. Take an earlier one."
THE_SAME = "{path} is the database itself. Name a backup."
ASIDE = ".before-restore-"
SLACK_SECONDS = 3600.0
"""What was deleted so long before the backup is dropped again, too: clocks are set, and nothing is dropped twice."""

_AFTER = """
SELECT count(*) FILTER (WHERE sender = 'human'), count(*) FILTER (WHERE sender = 'model'), max(created_at)
FROM responses WHERE created_at > ?
"""


@dataclass(frozen=True, slots=True)
class Losses:
    """What the present database has that came after a backup.

    Attributes:
        readable: Whether it could be read; if not, the numbers are 0.
        questions: People's messages.
        answers: Grok's.
        newest: UTC, when the newest of them came; None: there is none.
    """

    readable: bool
    questions: int = 0
    answers: int = 0
    newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done.

    Attributes:
        backup: What was restored.
        aside: Where the database lies that was there; None if there was none.
        cut: How many questions and answers were left out, since they were not done at the backup's moment.
        erased: How many things were left out that people had deleted since.
    """

    backup: Backup
    aside: Path | None
    cut: int
    erased: int


def losses(database: Path, backup: Backup) -> Losses:
    """What a restore would lose. Reads only, also beside a daemon."""
    if not database.exists():
        return Losses(readable=True)
    after = int(backup.moment.timestamp() * 10**6)
    try:
        with closing(looking(database)) as connection:
            questions, answers, newest = connection.execute(_AFTER, (after,)).fetchone()
    except (sqlite3.Error, OSError, StoreError):
        return Losses(readable=False)
    return Losses(True, questions, answers, newest and datetime.fromtimestamp(newest / 10**6, UTC))


def check_stopped(database: Path) -> None:
    """Check that no bot runs with a database.

    Raises:
        StoreError: One does; the text says how to stop it.
    """
    if database.parent.is_dir():
        with sole_use(database):
            pass


def restore(
    database: Path, source: Path, *, progress: Progress = nobody_listens, now: datetime | None = None
) -> Restored:
    """Put a backup in the place of the database; the bot must be stopped. Blocks: not on the event loop.

    The backup is checked first. The present database stays beside the new one, under a dated name. Questions and
    answers that were not done at the backup's moment are left out: Discord shows how they ended, and the next start
    catches up with what came after. The tables keep the backup's version; a start of the bot updates them.

    Args:
        database: The file; `database_file` finds it from store.url.
        source: The backup.
        progress: Told how far it is.
        now: UTC, for the name; None: by the machine's clock.

    Raises:
        StoreError: It failed, and nothing has changed. The text says what to do.
    """
    now = now or datetime.now(UTC)
    backup = look_at(source)
    with explained(NOT_RESTORED, database):
        if database.exists() and database.samefile(source):
            raise StoreError(THE_SAME.format(path=source))
        make_folder(database.parent)
        with sole_use(database):
            check_room(database.parent, backup.size)
            aside = _free_name(database, now)
            with new_file(database) as (partial, _):
                gone = ErasureLog(database).since(backup.moment.timestamp() - SLACK_SECONDS)
                cut, erased = _copy(source, partial, gone, progress)
                _set_aside(database, aside)
            with_end(database, "-shm").unlink(missing_ok=True)
    kept = aside if aside.exists() else None
    log.info("store.restored moment=%s from=%s aside=%s", backup.moment.isoformat(), source, kept)
    return Restored(backup, kept, cut, erased)


@contextmanager
def sole_use(database: Path) -> Iterator[None]:
    """Keeps every bot from using the database meanwhile.

    Raises:
        StoreError: One uses it.
    """
    refuse_links(database)
    try:
        held = SoleUse(url_of(database))
    except StoreError as error:
        raise StoreError(RUNNING.format(path=database)) if str(error) == IN_USE else error from None
    try:
        yield
    finally:
        held.release()


def _copy(source: Path, partial: Path, gone: Sequence[NotedErasure], progress: Progress) -> tuple[int, int]:
    """A copy of the backup, checked and made ready. Returns how much was cut, and how much erased."""
    with (
        closing(looking(source, at_rest=True)) as given,
        closing(sqlite3.connect(partial, isolation_level=None)) as copy,
    ):
        copied_into(given, copy, lambda _, left, total: progress("Copying", total - left, total))
        progress("Checking", 0, 0)
        try:
            damage = damage_of(copy)
        except sqlite3.DatabaseError as error:
            damage = [str(error)]
        if damage:
            raise StoreError(BAD_BACKUP.format(path=source, what=damage[0]))
        copy.execute("PRAGMA journal_mode=DELETE").close()
    with closing(writing(partial)) as copy:
        copy.execute("BEGIN IMMEDIATE")
        cut = cut_open(copy)
        rewound(copy, cut)
        erased = erase_again(copy, gone)
        copy.execute("COMMIT")
        if erased:  # no trace of it in what lies between the rows
            copy.execute("VACUUM").close()
        pragma(copy, "wal_checkpoint(TRUNCATE)")
    return cut.responses, erased


def _set_aside(database: Path, aside: Path) -> None:
    """Give the present database a second name, under which it stays when the restored one takes its place."""
    if not database.exists():
        for end in ("-wal", "-journal"):  # of one that was moved away: SQLite would replay it into the restored one
            with suppress(FileNotFoundError):
                with_end(database, end).rename(with_end(aside, end))
        return
    if journal_bytes(database):
        with suppress(sqlite3.Error), closing(writing(database)) as connection:  # damaged: then both files go aside
            pragma(connection, "wal_checkpoint(TRUNCATE)")
    try:
        os.link(database, aside, follow_symlinks=False)
    except OSError:  # a file system without links
        database.rename(aside)
    wal = with_end(database, "-wal")
    if journal_bytes(database):
        wal.rename(with_end(aside, "-wal"))
    wal.unlink(missing_ok=True)
    fsync_folder(database.parent)


def _free_name(database: Path, now: datetime) -> Path:
    """A name that nothing has yet: two restores can be of the same second."""
    first = with_end(database, f"{ASIDE}{now:%Y%m%dT%H%M%SZ}")
    found, number = first, 1
    while any(os.path.lexists(with_end(found, end)) for end in ("", "-wal", "-journal")):
        number += 1
        found = with_end(first, f"-{number}")
    return found
