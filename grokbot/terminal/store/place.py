"""Where the database of a command is: as the settings say, or the machine's service has it.

Not here: reading settings (`settings`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokbotError
from grokbot.operation.service.layout import BotLayout, ServiceError
from grokbot.settings import SettingsError, load
from grokbot.store.maintenance import database_file
from grokbot.terminal.exits import CommandFailedError, Exit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.settings import Settings

SECRETS = "xai.api_key"
NOT_ALLOWED = "{path} belongs to the service. Run this as root: sudo grokbot store …"


def settings_of(config: Path | None, name: str, *, discord: bool = False) -> Settings:
    """The settings of a bot, of which only those of the database need be complete.

    Args:
        config: The TOML file; None: as `grokbot run`.
        name: Of one of several bots; "": the only one, or the person's own.
        discord: Whether Discord's token is needed.

    Raises:
        CommandFailedError: A setting is wrong.
    """
    try:
        layout = BotLayout(name)
    except ServiceError as error:
        raise CommandFailedError(str(error), Exit.USAGE) from None
    service = {**os.environ, "STATE_DIRECTORY": layout.state}
    if name:
        return _loaded(config or Path(layout.config), service, discord=discord)
    own = _loaded(config, os.environ, discord=discord)
    if os.environ.get("STATE_DIRECTORY") or _is_there(Path(database_file(own.store.url))):
        return own
    of_service = _loaded(config, service, discord=discord)  # a store.url that is set is the same in both
    return of_service if _is_there(Path(layout.state)) else own


def database_of(settings: Settings) -> Path:
    """The database's file.

    Raises:
        CommandFailedError: It is another kind of database, or this user may not look there.
    """
    try:
        path = database_file(settings.store.url)
    except GrokbotError as error:
        raise CommandFailedError(str(error)) from None
    try:
        path.exists()
    except PermissionError:
        raise CommandFailedError(NOT_ALLOWED.format(path=path), Exit.REFUSED) from None
    return path


def _loaded(config: Path | None, environ: Mapping[str, str], *, discord: bool) -> Settings:
    try:
        return load(config, environ=environ, overrides={SECRETS: "none"}, discord=discord)
    except SettingsError as problem:
        raise CommandFailedError(str(problem), Exit.SETTINGS) from None


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return True
