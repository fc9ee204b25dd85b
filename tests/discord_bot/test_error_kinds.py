"""Every error that a request to Discord can end in, and what is done about it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from grokbot.discord_bot.rate_limits import SEND_ERRORS, Fate, fate_of


def refused(status: int, code: int = 0) -> discord.HTTPException:
    response: Any = SimpleNamespace(status=status, reason="")
    kinds = {403: discord.Forbidden, 404: discord.NotFound, 500: discord.DiscordServerError}
    return kinds.get(status, discord.HTTPException)(response, {"code": code, "message": ""})


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        (refused(500), Fate.AGAIN),
        (refused(503), Fate.AGAIN),
        (refused(524), Fate.AGAIN),
        (refused(429), Fate.AGAIN),
        (refused(400, 30046), Fate.AGAIN),
        (discord.RateLimited(90.0), Fate.AGAIN),
        (aiohttp.ServerDisconnectedError(), Fate.AGAIN),
        (ConnectionResetError(104, "reset"), Fate.AGAIN),
        (TimeoutError(), Fate.AGAIN),
        (refused(400, 50083), Fate.ARCHIVED),
        (refused(403, 50083), Fate.ARCHIVED),
        (refused(404, 10008), Fate.MESSAGE_GONE),
        (refused(404, 10003), Fate.CHANNEL_GONE),
        (refused(403, 50013), Fate.BARRED),
        (refused(403, 50001), Fate.BARRED),
        (refused(403, 160005), Fate.BARRED),
        (refused(401), Fate.BARRED),
        (refused(400, 50035), Fate.REFUSED),
        (discord.InvalidData(), Fate.REFUSED),
    ],
    ids=str,
)
def test_every_error_has_its_fate_and_is_caught(error: BaseException, fate: Fate) -> None:
    assert fate_of(error) is fate
    assert isinstance(error, SEND_ERRORS)
