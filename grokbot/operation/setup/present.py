"""What is set before setup writes, where, and the settings together with what was answered so far.

Not here: writing (`files`), how settings are read (`settings`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grokbot.operation.setup.errors import SetupFailedError
from grokbot.settings import SettingsError, all_settings, load
from grokbot.settings.sources import given_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.operation.setup.files import ConfigFiles
    from grokbot.settings import Settings
    from grokbot.settings.sources import FoundValue

TOKEN, KEY = "discord.token", "xai.api_key"
NOTHING_YET = Path(os.devnull)
"""Read as an empty TOML file while there is none."""


class Present:
    """The values as they are found when this is made.

    Raises:
        SetupFailedError: A file holds something that is no setting.
    """

    def __init__(self, files: ConfigFiles, environ: Mapping[str, str]) -> None:
        self._files = files
        self._environ = environ
        self._now = self._found()

    def value(self, key: str) -> Any:
        """As it was written; None if it is not set."""
        return self._now[key].value if key in self._now else None

    def is_new(self, key: str, secret: str) -> bool:
        """Whether a secret is to be written: it is not in our files yet, or others can read it there.

        What stands only in a .env or a variable is written, too.
        """
        elsewhere = self.value(key) != secret or self._now[key].place not in self._own_places(key)
        return elsewhere or self._files.is_open(key)

    def settings(self, answered: Mapping[str, Any]) -> Settings:
        """All settings, with the secrets that were answered so far; one that is missing opens nothing.

        Raises:
            SetupFailedError: A setting is wrong.
        """
        secrets = {key: answered.get(key, self.value(key) or "none") for key in (TOKEN, KEY)}
        try:
            return load(self._config(), overrides=secrets, environ=self._environ)
        except SettingsError as problem:
            raise SetupFailedError(str(problem), 78) from None

    def stronger(self, wanted: Mapping[str, object]) -> Mapping[str, str]:
        """What is set otherwise, after all was written, in a place that wins; and where."""
        return {
            key: found.place
            for key, found in self._found().items()
            if key in wanted and found.place not in self._own_places(key) and not _same(found.value, wanted[key])
        }

    def _found(self) -> Mapping[str, FoundValue]:
        known = {setting.key: setting.secret for setting in all_settings()}
        try:
            return given_values(known, config=self._config(), overrides={}, environ=self._environ)
        except SettingsError as problem:
            raise SetupFailedError(str(problem), 78) from None

    def _config(self) -> Path:
        return self._files.config if self._files.exists() else NOTHING_YET

    def _own_places(self, key: str) -> tuple[str, str]:
        return str(self._files.config), str(self._files.folder / key)


def _same(found: object, wanted: object) -> bool:
    """Whether a value as it was written, which in a variable is text, is the wanted one."""
    try:
        return (type(wanted)(found) if wanted is not None else found or None) == wanted  # type: ignore[call-arg]
    except (TypeError, ValueError):
        return False
