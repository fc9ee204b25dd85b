"""That nothing is answered is said once in an hour and a channel."""

from __future__ import annotations

from grokbot.discord_bot.notices import Closings
from grokbot.discord_bot.notices.throttle import AGAIN_SECONDS


def test_a_channel_is_told_once_an_hour_and_of_each_reason_by_itself() -> None:
    closings = Closings()
    asked = [(1, "locked", 0.0), (1, "locked", 10.0), (1, "paused", 20.0), (2, "locked", 30.0), (1, "locked", 3599.0)]
    assert [closings.due(*each) for each in asked] == [True, False, True, True, False]
    assert closings.due(1, "locked", AGAIN_SECONDS)
    assert not closings.due(1, "locked", AGAIN_SECONDS + 1.0)


def test_what_is_long_ago_is_forgotten() -> None:
    closings = Closings()
    for channel_id in range(1000):
        closings.due(channel_id, "locked", 0.0)
    closings.due(1, "locked", 2 * AGAIN_SECONDS)
    assert len(closings) == 1
