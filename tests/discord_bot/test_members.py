"""What is left of people whom Discord could not be asked about."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from grokbot.conversation.errors import DiscordError
from grokbot.discord_bot.members.membership import asked_of
from tests.alive import alive

if TYPE_CHECKING:
    from grokbot.discord_bot.client import Client


async def test_nothing_is_left_of_people_whom_discord_could_not_be_asked_about() -> None:
    async def refuses(*_: object, **__: object) -> None:
        raise OSError

    guild = SimpleNamespace(id=1, unavailable=False, fetch_member=refuses)
    traffic = SimpleNamespace(channel=lambda _: SimpleNamespace(turn=refuses))
    bot = SimpleNamespace(in_flight=nullcontext, get_guild=lambda _: guild, is_ready=lambda: True, traffic=traffic)
    person, before = asked_of(cast("Client", bot)), alive(asyncio.Lock)
    for user_id in range(20):
        with pytest.raises(DiscordError):
            await person(user_id, 1, 2)
    assert alive(asyncio.Lock) == before
