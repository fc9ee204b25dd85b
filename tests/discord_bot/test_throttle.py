"""That nothing is answered is said once in an hour and a channel."""

from __future__ import annotations

from grokbot.discord_bot.notices import Throttle
from grokbot.discord_bot.notices.refusal_policy import AGAIN_SECONDS


def test_a_channel_is_told_once_an_hour_and_of_each_reason_by_itself() -> None:
    throttle = Throttle()
    asked = [(1, "locked", 0.0), (1, "locked", 10.0), (1, "paused", 20.0), (2, "locked", 30.0), (1, "locked", 3599.0)]
    assert [throttle.due(*each) for each in asked] == [True, False, True, True, False]
    assert throttle.due(1, "locked", AGAIN_SECONDS)
    assert not throttle.due(1, "locked", AGAIN_SECONDS + 1.0)


def test_what_is_long_ago_is_forgotten() -> None:
    throttle = Throttle()
    for channel_id in range(1000):
        throttle.due(channel_id, "locked", 0.0)
    throttle.due(1, "locked", 2 * AGAIN_SECONDS)
    assert len(throttle) == 1
