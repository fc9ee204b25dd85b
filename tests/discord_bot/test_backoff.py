"""Pauses before Discord is tried again: they grow, are bounded, differ, and begin anew after a minute without any."""

from __future__ import annotations

import itertools

from grokbot.discord_bot.connection import ReconnectPauses
from grokbot.discord_bot.connection.backoff import FIRST_SECONDS, HEALTHY_SECONDS, LONGEST_SECONDS
from grokbot.process.backoff import SURE


def longest(_low: float, high: float) -> float:
    return high


def test_they_grow_to_half_a_minute_and_no_further() -> None:
    pauses = ReconnectPauses(clock=lambda: 0.0, chance=longest)
    got = [pauses.delay() for _ in range(100)]
    assert got[0] == FIRST_SECONDS
    assert all(later >= earlier for earlier, later in itertools.pairwise(got))
    assert got[-1] == max(got) == LONGEST_SECONDS
    assert sum(got[:5]) > 8.0 > sum(got[:3])  # a short outage is not waited for much longer than it lasts


def test_a_minute_without_any_and_the_next_is_the_first_again() -> None:
    now = 0.0
    pauses = ReconnectPauses(clock=lambda: now, chance=longest)
    for _ in range(50):
        now += pauses.delay()
    now += HEALTHY_SECONDS - 1
    assert pauses.delay() == LONGEST_SECONDS
    now += LONGEST_SECONDS + HEALTHY_SECONDS
    assert pauses.delay() == FIRST_SECONDS


def test_four_outages_of_eight_seconds_in_seven_minutes_cost_hardly_more_than_they_last() -> None:
    now, deaf = 0.0, 0.0
    pauses = ReconnectPauses(clock=lambda: now, chance=longest)
    for outage in (0.0, 105.0, 210.0, 315.0):
        now = outage
        while now < outage + 8.0:
            now += pauses.delay()
        deaf += now - outage
    assert deaf < 4 * 15.0


def test_no_two_bots_come_back_in_the_same_moment() -> None:
    assert len({ReconnectPauses().delay() for _ in range(50)}) > 40
    assert all(SURE * FIRST_SECONDS <= ReconnectPauses().delay() <= FIRST_SECONDS for _ in range(50))
