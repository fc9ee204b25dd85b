"""Which servers the bot greets: those that it joined lately and did not know, once each."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from grokbot.engine.moderation.servers import STILL_NEW

if TYPE_CHECKING:
    from .house import House


async def test_a_server_is_new_once_and_again_after_the_bot_had_left_it(house: House) -> None:
    servers, now = house.engine.moderation.servers, house.engine.context.now()
    just_now, long_ago = now - timedelta(minutes=1), now - STILL_NEW - timedelta(minutes=1)
    assert await servers.met({1: just_now, 2: just_now, 3: long_ago, 4: None}) == {1, 2}
    assert await servers.known() == {1, 2, 3, 4}
    assert await servers.met({1: just_now, 3: just_now, 4: just_now, 5: just_now}) == {5}
    await servers.left(1)
    await servers.left(1)
    assert await servers.known() == {2, 3, 4, 5}
    assert await servers.met({1: just_now, 2: just_now}) == {1}
    assert await servers.met({}) == frozenset()
