"""`grokbot store verify --discord` against the loopback Discord: what is gone there, and a Discord that is away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from grokbot.discord_bot.bot import DiscordUnreachableError, shown_check
from grokbot.discord_bot.bot.shown_check import not_shown
from grokbot.sandbox.stage import stage

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _at_once_and_addresses_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown_check, "PAUSE", 0.0)
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)


async def test_what_is_gone_from_discord_is_counted_and_named(tmp_path: Path) -> None:
    async with stage() as here:
        settings = here.settings(tmp_path).discord
        said = [(await here.alice.say(here.general, f"number {each}")).id for each in range(3)]
        assert await not_shown(settings, {here.general.id: said}) == []
        faults = await not_shown(settings, {here.general.id: [*said, said[-1] + 1], said[0]: [1]})
    assert [fault.text for fault in faults] == [
        f"1 of 4 messages of the conversation in channel {here.general.id} are not in Discord.",
        f"The channel {said[0]} of a conversation is gone from Discord.",
    ]


async def test_a_discord_that_is_away_meanwhile_is_one_error_of_ours(tmp_path: Path) -> None:
    async with stage() as here:
        here.discord.faults.add("GET", "/channels/*/messages", status=503)
        with pytest.raises(DiscordUnreachableError, match="HTTP 503"):
            await not_shown(here.settings(tmp_path).discord, {here.general.id: [1]})
