"""The bots' databases at the time of a switch between versions: which are there, and which backup a version can read.

Not here: making and restoring backups (`store.maintenance`), when (`plan`).
"""

from __future__ import annotations

from contextlib import chdir
from dataclasses import dataclass
from glob import escape
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.operation.service.layout import SECRETS, ServiceError
from grokbot.settings import SettingsError, load
from grokbot.store.maintenance import BackupFolder, look_at, losses, revision_of

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.operation.service.layout import BotLayout
    from grokbot.operation.service.machine import Machine
    from grokbot.settings import Settings

UPDATES_KEPT = 4
"""How many backups from before a switch are kept: one for each old version, and the newest."""

NO_COPY = (
    "{version} cannot read the database {path}, which a newer version has changed, nor any backup in {folder}. Stay "
    "with the newer version, or stop the bot, restore a backup that it can read (grokbot store restore), and try again."
)
LOST = (
    "{version} cannot read the database {path}, which a newer version has changed. It gets the backup of "
    "{moment:%Y-%m-%d %H:%M}, without the {questions} questions and {answers} answers since then: they stay in "
    "Discord, but the bot no longer knows them. The database of now is kept beside it."
)


@dataclass(frozen=True, slots=True)
class BotDatabase:
    """The database of one bot."""

    backups: BackupFolder

    @property
    def path(self) -> Path:
        """Its file."""
        return self.backups.database

    @property
    def exists(self) -> bool:
        """Whether the bot has made it already."""
        return self.path.is_file()

    def copy_before(self, version: str, stamp: str) -> Path:
        """Where the backup from before a switch goes."""
        return self.backups.folder / f"{self.backups.stem}-update-{version}-{stamp}.sqlite3"

    def too_many_copies(self) -> list[Path]:
        """Backups from before earlier switches that are not kept."""
        made = self.backups.folder.glob(f"{escape(self.backups.stem)}-update-*.sqlite3")
        return sorted(made, key=lambda path: path.stat().st_mtime, reverse=True)[UPDATES_KEPT - 1 :]

    def readable_with(self, schema: int) -> bool:
        """Whether a version that knows the tables up to a revision can open it; a damaged one is no newer version's."""
        try:
            return not self.exists or revision_of(self.path) <= schema
        except StoreError:  # the bot itself says what is wrong with it
            return True

    def copy_for(self, version: str, schema: int) -> tuple[Path, str]:
        """The newest backup that a version can read, and what the operator has to know before it is restored.

        Args:
            version: Its number.
            schema: The newest revision that it knows.

        Raises:
            ServiceError: There is none.
        """
        folder = self.backups.folder
        own = folder.glob(f"{escape(self.backups.stem)}-*.sqlite3")  # other bots' may be there
        copies = sorted(own, key=lambda path: path.stat().st_mtime, reverse=True)
        for copy in copies:
            try:
                if 0 < revision_of(copy) <= schema:
                    backup = look_at(copy)
                    lost = losses(self.path, backup)
                    moment = backup.moment.astimezone()
                    said = {"version": version, "path": self.path, "questions": lost.questions, "answers": lost.answers}
                    return copy, LOST.format(moment=moment, **said)
            except StoreError:  # another file, or a damaged one
                continue
        raise ServiceError(NO_COPY.format(version=version, path=self.path, folder=folder))


def database_of(machine: Machine, layout: BotLayout) -> BotDatabase | None:
    """A bot's database, by its settings. None: it is none of SQLite, and its server has its own backups.

    Raises:
        ServiceError: The settings are wrong.
    """
    try:
        return BotDatabase(BackupFolder.of(settings_of(machine, layout, dict.fromkeys(SECRETS, "none")).store))
    except StoreError:
        return None


def settings_of(machine: Machine, layout: BotLayout, secrets: dict[str, str]) -> Settings:
    """The settings with which the unit runs a bot, as root can put them together.

    Args:
        machine: Where.
        layout: The bot.
        secrets: Its credentials.

    Raises:
        ServiceError: They are wrong.
    """
    config = machine.real(layout.config)
    places = {"STATE_DIRECTORY": layout.state, "RUNTIME_DIRECTORY": layout.runtime}
    environ = {name: str(machine.real(path)) for name, path in places.items()}
    try:
        with chdir("/"):  # no .env of whoever runs this
            return load(config if config.is_file() else None, overrides=secrets, environ=environ)
    except SettingsError as problem:
        raise ServiceError(f"Nothing was changed: {problem}") from None
