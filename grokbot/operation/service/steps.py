"""What is wanted, and the steps of a plan as values: what is now, what is to be, and a line for the operator. Pure.

Not here: which steps there are (`plan`), doing them (`executor`).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from grokbot.operation.service.packages import Recipe
    from grokbot.operation.service.release import Release

MADE, CHANGED, GONE, DOES = "+", "~", "-", "·"
"""Marks of the lines: something new, something that changes, something that goes, something that happens."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file with a text that everybody may read."""

    path: str
    text: str
    before: str | None = None

    @property
    def line(self) -> tuple[str, str]:
        """For the operator."""
        return (MADE if self.before is None else CHANGED), self.path

    @property
    def diff(self) -> tuple[str, ...]:
        """What changes, line by line; nothing for a new file."""
        before = (self.before or "").splitlines()
        found = difflib.unified_diff(before, self.text.splitlines(), "now", "then", lineterm="", n=1)
        return tuple(found)[2:] if self.before is not None else ()


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A credential that root alone can read."""

    path: str
    key: str
    value: str = field(repr=False)
    encrypted: bool = False
    replaces: bool = False

    @property
    def line(self) -> tuple[str, str]:
        """For the operator."""
        return (CHANGED if self.replaces else MADE), f"{self.path} ({'encrypted' if self.encrypted else 'root only'})"


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link, switched in one moment."""

    path: str
    target: str
    before: str | None = None

    @property
    def line(self) -> tuple[str, str]:
        """For the operator."""
        was = f" (before: {self.before})" if self.before else ""
        return (CHANGED if self.before else MADE), f"{self.path} → {self.target}{was}"


@dataclass(frozen=True, slots=True)
class Environment:
    """A version's folder with the program and all packages that it needs. It is complete once its wheel is in it."""

    path: str
    release: Release
    recipe: Recipe
    extras: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What is installed, as a requirement names it."""
        return f"grokbot[{','.join(self.extras)}]" if self.extras else "grokbot"

    @property
    def line(self) -> tuple[str, str]:
        """For the operator."""
        return MADE, f"{self.path}/ ({self.name} {self.release.version} and its packages, by {self.recipe.tool})"


@dataclass(frozen=True, slots=True)
class Removal:
    """A file, a link or a whole folder that goes."""

    path: str

    @property
    def line(self) -> tuple[str, str]:
        """For the operator."""
        return GONE, self.path


@dataclass(frozen=True, slots=True)
class Systemctl:
    """A command to systemd."""

    arguments: tuple[str, ...]

    @property
    def line(self) -> tuple[str, str]:
        """For the operator."""
        return DOES, f"systemctl {' '.join(self.arguments)}"


@dataclass(frozen=True, slots=True)
class AwaitReady:
    """Wait until the daemon says that it is ready."""

    unit: str
    seconds: float

    @property
    def line(self) -> tuple[str, str]:
        """For the operator."""
        return DOES, f"wait until {self.unit} is ready, {self.seconds:.0f} s at most"


@dataclass(frozen=True, slots=True)
class DatabaseBackup:
    """A copy of a bot's database, while the bot is stopped. Those that become too many go."""

    database: Path
    path: Path
    too_many: tuple[Path, ...] = ()

    @property
    def line(self) -> tuple[str, str]:
        """For the operator."""
        return MADE, f"{self.path} (backup of {self.database})"


@dataclass(frozen=True, slots=True)
class DatabaseRestore:
    """A backup takes the place of a bot's database, which is kept beside it."""

    database: Path
    path: Path

    @property
    def line(self) -> tuple[str, str]:
        """For the operator."""
        return CHANGED, f"{self.database} becomes what {self.path} holds"


Step = TextFile | SecretFile | Link | Environment | Removal | Systemctl | AwaitReady | DatabaseBackup | DatabaseRestore


@dataclass(frozen=True, slots=True)
class WantedService:
    """What the operator wants.

    Args:
        release: The version.
        recipe: How its environment is made.
        secrets: New values of credentials, by setting. Others are kept.
        extras: Extras of grokbot, beside those that are installed already.
        webhook: The address to which failures are posted; "": as it is.
        encrypt: Whether credentials are encrypted with a key of this machine.
        start: Whether the bot is started.
        seconds: How long to wait until it is ready.
    """

    release: Release
    recipe: Recipe
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    extras: tuple[str, ...] = ()
    webhook: str = field(default="", repr=False)
    encrypt: bool = False
    start: bool = True
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """Steps in their order, and sentences about what is left as it is."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()
