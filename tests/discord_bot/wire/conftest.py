"""A stage with the daemon on it, and what must be true after every test, whatever it was about."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.discord_bot.bot import bot
from grokbot.store import Store
from grokbot.xai.client import GrokClient

from .play import Play, playing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once; every test works on a copy."""
    path = tmp_path_factory.mktemp("database") / "grokbot.sqlite3"

    async def make() -> None:
        store = await Store.open(f"sqlite+aiosqlite:///{path}")
        await store.close()

    asyncio.run(make())
    return path


@pytest.fixture
async def begin(
    tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[..., Awaitable[Play]]]:
    """Sets a stage and starts the daemon on it. Pauses before xAI is asked again are short here, and so is the wait for
    further guilds, which discord.py ends by itself some time after the connection is closed.
    """
    monkeypatch.setattr(bot, "GUILD_QUIET_SECONDS", 0.02)
    monkeypatch.setattr(
        "grokbot.daemon.composition.GrokClient", partial(GrokClient, first_pause=0.01, outage_seconds=0.0)
    )
    shutil.copy(empty_database, tmp_path / "grokbot.sqlite3")
    before = asyncio.all_tasks()
    async with AsyncExitStack() as stack:

        async def set_up(**wishes: Any) -> Play:
            return await stack.enter_async_context(playing(tmp_path, **wishes))

        yield set_up
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    if left:  # what the servers still have to put away
        await asyncio.wait(left, timeout=2.0)
    assert [task for task in left if not task.done()] == []


@pytest.fixture
async def play(begin: Callable[..., Awaitable[Play]]) -> Play:
    return await begin()
