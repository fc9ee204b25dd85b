"""The page of the first world, with nobody behind the bot, or with the real daemon."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.first_world import first_world
from grokbot.sandbox.page import PageServer
from grokbot.sandbox.stage import servers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from grokbot.sandbox.discord_server import Channel
    from grokbot.sandbox.page import BotState
    from grokbot.sandbox.stage import Stage
    from tests.sandbox.page.browser import Json


@dataclass
class Nobody:
    """A bot that is not there."""

    web: str | None = None
    real_grok: bool = False
    state: BotState = "stopped"
    watchers: list[Callable[[], None]] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    turned: list[str] = field(default_factory=list)

    async def forest(self, channel_id: int) -> Json | None:
        self.asked.append(channel_id)
        return None

    async def start(self) -> None:
        self.turned.append("start")

    async def stop(self) -> None:
        self.turned.append("stop")


@dataclass(frozen=True)
class Place:
    """A world with a page."""

    here: Stage
    served: PageServer
    bot: Nobody

    def channel(self, name: str) -> Channel:
        return next(c for c in self.here.discord.world.channels.values() if c.name == name)


@asynccontextmanager
async def placed(*, real_grok: bool = False) -> AsyncIterator[Place]:
    rules = replace(Rules().unlimited(), acknowledge_within=0.3)
    async with servers(rules) as both:
        here, bot = first_world(*both), Nobody(real_grok=real_grok)
        async with PageServer(here.discord, None if real_grok else here.grok, bot) as served:
            yield Place(here, served, bot)
        assert here.discord.crashes == []


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with placed() as found:
        yield found
