"""The folder of the backups that the bot makes by itself: their names, which is due, which are kept.

Two kinds lie there: those of the schedule, and one from before each change of the tables. Backups with other names are
never touched. Not here: making one (`backup`), when the daemon looks (`daemon.backups`).
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from grokbot.conversation.errors import ConfigurationError, StoreError
from grokbot.store.maintenance.backup import make_backup, never, nobody_listens
from grokbot.store.maintenance.files import database_file, explained, make_folder, remove_leftovers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from grokbot.settings import StoreSettings
    from grokbot.store.maintenance.backup import Backup, Progress

log = logging.getLogger(__name__)

MIGRATIONS_KEPT = 3
"""How many backups from before a change of the tables are kept."""

FOLDER = "backups"
"""Its name beside the database, if no other is set."""

_TIME = "%Y%m%dT%H%M%SZ"
NO_FOLDER = "The backups' folder cannot be used"
NOT_UPDATED = (
    "This version changes the database's tables, and the backup that it makes first failed. Nothing was changed. {why}"
)


@dataclass(frozen=True, slots=True)
class BackupFolder:
    """Where the backups of one database are.

    Args:
        database: The database's file.
        folder: The backups' folder. It is made when it is needed.
        keep: How many of the schedule are kept, 1 or more.
    """

    database: Path
    folder: Path
    keep: int = 7

    @classmethod
    def of(cls, settings: StoreSettings) -> BackupFolder:
        """As the settings say.

        Raises:
            StoreError: The database is of another kind.
        """
        database = database_file(settings.url)
        return cls(database, settings.backup_dir or database.parent / FOLDER, settings.backup_keep)

    @property
    def stem(self) -> str:
        """How the names of this database's backups begin. In a folder elsewhere those of other bots may lie, too."""
        own = self.folder.parent == self.database.parent
        return self.database.stem if own else f"{self.database.parent.name}-{self.database.stem}"

    def scheduled(self) -> Sequence[Path]:
        """The backups of the schedule, the newest first."""
        return self._named(r"")

    def newest(self, now: datetime) -> datetime | None:
        """When the newest of the schedule was made, by its name; None if there is none.

        One from the future, by a clock that was wrong, does not count: it must neither put the next one off nor have
        one made at each look, which would soon have driven out all that are older.

        Args:
            now: UTC.

        Raises:
            StoreError: The folder cannot be read.
        """
        found = self._until(now)
        return _time_of(found[0]) if found else None

    def due(self, every: timedelta, now: datetime, newest: datetime | None) -> datetime:
        """When the next one is due.

        Args:
            every: From one to the next.
            now: UTC.
            newest: When the last one was made; None: never.
        """
        return now if newest is None else newest + every

    def make(
        self, now: datetime, *, progress: Progress = nobody_listens, stopped: Callable[[], bool] = never
    ) -> Backup:
        """Make the schedule's next backup, and remove those that are too many.

        Args:
            now: UTC; names it.
            progress: As of `make_backup`.
            stopped: As of `make_backup`.

        Raises:
            StoreError: It failed. None was removed.
        """
        made = self._made(f"{now:{_TIME}}", now, progress, stopped)
        for old in self._until(now)[self.keep :]:
            old.unlink(missing_ok=True)
        return made

    def make_before_migration(self, revision: str, newer: str) -> None:
        """Make a backup before the tables change. Those of the last changes are kept.

        Args:
            revision: Of the tables as they are.
            newer: What they become.

        Raises:
            ConfigurationError: It failed: then nothing may be changed.
        """
        now = datetime.now(UTC)
        try:
            made = self._made(f"before-{newer}-{now:{_TIME}}", now, nobody_listens, never)
        except StoreError as error:
            raise ConfigurationError("store.backup_dir", NOT_UPDATED.format(why=error)) from error
        log.info("store.backed_up before=%s from=%s bytes=%d path=%s", newer, revision, made.size, made.path)
        for old in self._named(r"before-\w+-")[MIGRATIONS_KEPT:]:
            old.unlink(missing_ok=True)

    def _until(self, now: datetime) -> Sequence[Path]:
        """The backups of the schedule that a clock as now could have made, the newest first."""
        return [path for path in self.scheduled() if _time_of(path) <= now]

    def _made(self, name: str, now: datetime, progress: Progress, stopped: Callable[[], bool]) -> Backup:
        with explained(NO_FOLDER, self.folder):
            make_folder(self.folder)
            remove_leftovers(self.folder, f"{self.stem}-")
        target = self.folder / f"{self.stem}-{name}.sqlite3"
        return make_backup(self.database, target, progress=progress, stopped=stopped, moment=now)

    def _named(self, kind: str) -> Sequence[Path]:
        """The backups of one kind, the newest first."""
        form = re.compile(rf"{re.escape(self.stem)}-{kind}\d{{8}}T\d{{6}}Z\.sqlite3")
        with explained(NO_FOLDER, self.folder):
            found = (
                [path for path in self.folder.iterdir() if form.fullmatch(path.name)] if self.folder.exists() else []
            )
        return sorted(found, key=_time_of, reverse=True)


def _time_of(path: Path) -> datetime:
    return datetime.strptime(path.stem.rpartition("-")[2], _TIME).replace(tzinfo=UTC)
