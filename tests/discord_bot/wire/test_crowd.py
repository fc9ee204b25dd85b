"""Many conversations at once, with Discord's limits switched on: whatever the bot sends is counted beforehand."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.grok_server import Script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server.rules import Mode

    from .play import Play

CHANNELS, EACH = 6, 5
TEXT = "\n".join(f"Line {number} for one of many." for number in range(24))


@pytest.mark.parametrize("mode", ["leaky", "fixed"])
async def test_thirty_threads_at_once_are_all_answered_whole_and_no_limit_is_met(
    begin: Callable[..., Awaitable[Play]], mode: Mode
) -> None:
    play = await begin(rules=Rules(latency=0.05).with_mode(mode))
    play.grok.script(Script(text=TEXT, reasoning="", tokens_per_second=100.0), times=CHANNELS * EACH)
    channels = [play.guild.create_text_channel(f"channel-{number}") for number in range(CHANNELS)]
    people = [play.discord.create_user(f"person-{number}") for number in range(EACH)]
    for person in people:
        for channel in channels:
            await person.say(channel, "<@BOT> go on")
    await play.until(lambda: all(len(channel.threads) == EACH for channel in channels))
    threads = [thread for channel in channels for thread in channel.threads]
    for thread in threads:
        await play.reads(thread, TEXT)
        await play.whole(thread)
    assert play.discord.count_429 == 0
    assert len(play.asked) == len(threads)
    statuses = Counter(call.status for call in play.discord.requests)
    assert set(statuses) <= {200, 201, 204}
    assert all(len(play.messages(thread)[0].versions) > 1 for thread in threads)  # all of them were seen to grow
