"""A version of grokbot that can be installed: one wheel, and what it holds for the service beside the program.

Not here: where a wheel comes from (`source`), installing it (`packages`).
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from grokbot.operation.service.layout import MAIN_UNIT, ServiceError, of_instance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SHIPPED = "grokbot/operation/service/shipped/"
"""Where a wheel has the files of deploy/ that the service needs; pyproject.toml puts them there."""

REQUIREMENTS = "requirements.txt"
EXTRAS = "extras"
"""The file of a version's folder that names the extras in it."""

EXAMPLE = "grokbot.toml"
_WHEEL = re.compile(r"grokbot-([^-]+)-[^-]+-[^-]+-[^-]+\.whl")
_REVISION = re.compile(r"grokbot/store/migrations/versions/v(\d+)_\w+\.py")
_MAN = re.compile(r"grokbot-[^/]+\.data/data/share/man/man1/([^/]+)")


@dataclass(frozen=True)
class Release:
    """A wheel of grokbot."""

    wheel: Path

    @classmethod
    def of(cls, wheel: Path) -> Release:
        """The release in a wheel.

        Raises:
            ServiceError: The file is no wheel of grokbot that can be a service.
        """
        release = cls(wheel)
        try:
            known = _WHEEL.fullmatch(wheel.name) and SHIPPED + MAIN_UNIT in release._texts
        except (OSError, zipfile.BadZipFile) as error:
            raise ServiceError(f"{wheel} cannot be read: {error}. Name a wheel of grokbot.") from None
        if not known:
            raise ServiceError(f"{wheel} is no wheel of grokbot with a service in it. Name another file.")
        return release

    @property
    def version(self) -> str:
        """Its version, from the name of the file."""
        return self.wheel.name.split("-")[1]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what it holds, however it was packed. The same content needs no second installation."""
        found = hashlib.sha256()
        with zipfile.ZipFile(self.wheel) as held:
            for name in sorted(name for name in held.namelist() if not name.endswith((".dist-info/RECORD", "/"))):
                found.update(name.encode() + b"\0" + hashlib.sha256(held.read(name)).digest())
        return found.hexdigest()

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        with zipfile.ZipFile(self.wheel) as held:
            return {name: held.read(name).decode() if name.startswith(SHIPPED) else "" for name in held.namelist()}

    def text(self, name: str) -> str:
        """A file that it has for the service; empty if it has none of that name."""
        return self._texts.get(SHIPPED + name, "")

    @property
    def unit(self) -> str:
        """Its unit for the first bot."""
        return self.text(MAIN_UNIT)

    @property
    def template(self) -> str:
        """Its unit for further bots."""
        return of_instance(self.unit)

    @property
    def man_pages(self) -> tuple[str, ...]:
        """The names of its man pages of section 1."""
        return tuple(sorted(found[1] for name in self._texts if (found := _MAN.fullmatch(name))))

    @property
    def schema(self) -> int:
        """The newest revision of the database that it can read."""
        return max((int(found[1]) for name in self._texts if (found := _REVISION.fullmatch(name))), default=0)

    @property
    def requirements(self) -> int:
        """How many other packages it needs, of which some may be for other machines."""
        return self.text(REQUIREMENTS).count("==")
