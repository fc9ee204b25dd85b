"""How the service is, as values: each bot, and the versions of the program.

Not here: drawing it (`terminal`).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from grokbot.operation.service.layout import ENCRYPTED, BotLayout, ServiceError
from grokbot.operation.service.survey import survey

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.operation.service.machine import Machine, UnitState
    from grokbot.operation.service.survey import Facts


@dataclass(frozen=True, slots=True)
class BotOverview:
    """One bot."""

    layout: BotLayout
    state: UnitState
    enabled: bool
    encrypted: bool
    database: Path | None
    """None: it is no file, or the settings are wrong."""
    database_bytes: int | None
    """None: there is no database yet, or only root may see it."""
    backups: int
    newest_backup: datetime | None

    @property
    def word(self) -> str:
        """How it is, in a word or two."""
        if self.state.active:
            return "reloading" if self.state.found.get("ActiveState") == "reloading" else "ready"
        if self.state.found.get("SubState") == "auto-restart":
            return "waiting for a restart"
        if self.state.starting:
            return "starting"
        return f"failed ({self.state.found.get('Result', '')})" if self.state.failed else "stopped"


@dataclass(frozen=True, slots=True)
class ServiceOverview:
    """All bots that were asked for, and the program."""

    version: str
    folder: str
    kept: tuple[str, ...]
    """The folders' names of the other versions, the newest first."""
    bots: tuple[BotOverview, ...]


def overview(machine: Machine, name: str | None) -> ServiceOverview:
    """How the service is.

    Args:
        machine: Where.
        name: The bot; None: all of this machine.

    Raises:
        ServiceError: There is no such bot.
    """
    asked = BotLayout(name or "")
    facts = survey(machine, asked)
    bots = [asked] if name is not None else list(facts.bots)
    current = facts.current
    if current is None or not bots or (name is not None and asked not in facts.bots):
        raise ServiceError("No such service is installed here. `grokbot service install` installs one.", absent=True)
    kept = tuple(each.folder.rpartition("/")[2] for each in facts.versions if each != current)
    found = tuple(_bot(machine, facts, bot) for bot in bots)
    return ServiceOverview(current.release.version, current.folder, kept, found)


def _bot(machine: Machine, facts: Facts, layout: BotLayout) -> BotOverview:
    from grokbot.operation.service.database import database_of  # noqa: PLC0415 - it loads the settings and SQL

    path, size, copies = None, None, list[float]()
    with suppress(OSError, ServiceError):  # not for everybody to see, or the settings are wrong, which the log says
        if (found := database_of(machine, layout)) is not None:
            path = found.path
            copies = [copy.stat().st_mtime for copy in found.backups.folder.glob("*.sqlite3")]
            size = path.stat().st_size
    return BotOverview(
        layout,
        facts.units[layout.unit],
        enabled=layout.unit in facts.enabled,
        encrypted=f"{layout.drop_ins}/{ENCRYPTED}" in facts.texts,
        database=path,
        database_bytes=size,
        backups=len(copies),
        newest_backup=datetime.fromtimestamp(max(copies), UTC) if copies else None,
    )
