"""A daemon started by the command if none is running, with the settings' key or the sandbox's Grok; or one that reads.

Not here: what it consists of (`daemon`).
"""

from __future__ import annotations

import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from grokbot.conversation.errors import ConfigurationError, GrokbotError
from grokbot.process import logs
from grokbot.settings import DiscordSettings, Settings, SettingsError, StoreSettings, XaiSettings, load
from grokbot.store import IN_USE
from grokbot.terminal.exits import CommandFailedError, Exit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SQLITE = "sqlite+aiosqlite:///"
DATABASE_TAKEN = (
    "Another grokbot is using the database, but does not answer here. If it is a daemon, pass its address with "
    "--target; if it is another `grokbot chat`, end that first."
)


@asynccontextmanager
async def own(config: Path | None) -> AsyncIterator[str]:
    """Start a daemon with the settings' key and database; yields its target.

    Raises:
        CommandFailedError: A setting is wrong, or another process has the database.
    """
    logs.configure("error", "terminal")
    try:
        settings = load(config, discord=False)
    except SettingsError as problem:
        raise CommandFailedError(str(problem), Exit.SETTINGS) from None
    async with _begun(settings) as target:
        yield target


@asynccontextmanager
async def played() -> AsyncIterator[str]:
    """Start a daemon with a loopback Grok and a temporary database; yields its target."""
    from grokbot.sandbox.grok_server import GrokRules, GrokSandbox  # noqa: PLC0415 - an operator may not have it

    logs.configure("error", "terminal")
    with tempfile.TemporaryDirectory(prefix="grokbot-") as folder:
        async with GrokSandbox(GrokRules()) as grok:
            settings = Settings(
                discord=DiscordSettings(token=SecretStr("none")),
                xai=XaiSettings(api_key=SecretStr(grok.api_key), target=grok.target, insecure=True),
                store=StoreSettings(url=f"{folder}/grokbot.sqlite3"),
            )
            async with _begun(settings) as target:
                yield target


@asynccontextmanager
async def reading(config: Path | None) -> AsyncIterator[str | None]:
    """Serve the settings' database to read it, also beside a daemon that does not answer; yields the target.

    It is None if there is no database.

    Raises:
        CommandFailedError: A setting is wrong, or the database cannot be read.
    """
    logs.configure("critical", "terminal")  # one sentence says what is wrong
    settings = _with_a_database(config)
    if settings is None:
        yield None
        return
    async with _begun(settings, reads=True) as target:
        yield target


def _with_a_database(config: Path | None) -> Settings | None:
    """The settings, if there is a database where they say. No key is needed: nothing is asked of xAI."""
    try:
        settings = load(config, discord=False, overrides={"xai.api_key": "none"})
    except SettingsError as problem:
        raise CommandFailedError(str(problem), Exit.SETTINGS) from None
    return settings if Path(settings.store.url.removeprefix(SQLITE)).exists() else None


@asynccontextmanager
async def _begun(settings: Settings, *, reads: bool = False) -> AsyncIterator[str]:
    """Translate only errors at startup; later ones are not translated here."""
    from grokbot import daemon  # noqa: PLC0415 - large: only once the settings are valid

    begun = (daemon.reading if reads else daemon.embedded)(settings)
    try:
        target = await begun.__aenter__()
    except ConfigurationError as error:
        raise CommandFailedError(str(error), Exit.SETTINGS) from None
    except GrokbotError as error:
        taken = str(error) == IN_USE
        raise CommandFailedError(
            DATABASE_TAKEN if taken else str(error), Exit.NO_DAEMON if taken else Exit.FAILED
        ) from None
    try:
        yield target
    finally:
        await begun.__aexit__(None, None, None)
