"""Pauses between tries: each longer than the last, up to a limit, from the first again after a reset."""

from __future__ import annotations

from grokbot.process.backoff import SURE, Backoff


def longest(_low: float, high: float) -> float:
    return high


def test_pauses_double_up_to_the_limit() -> None:
    backoff = Backoff(0.5, 3.0, chance=longest)
    assert [backoff.pause() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_a_first_pause_above_the_limit_is_the_limit() -> None:
    assert Backoff(5.0, 3.0, chance=longest).pause() == 3.0


def test_the_first_pause_comes_again_after_a_reset() -> None:
    backoff = Backoff(1.0, 10.0, chance=longest)
    for _ in range(1_000):
        backoff.pause()
    backoff.reset()
    assert backoff.pause() == 1.0


def test_no_two_wait_alike_and_none_waits_longer_than_told() -> None:
    pauses = {Backoff(1.0, 10.0).pause() for _ in range(100)}
    assert len(pauses) > 90
    assert all(SURE <= pause <= 1.0 for pause in pauses)
