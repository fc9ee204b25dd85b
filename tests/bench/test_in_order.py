"""The best scheduler that keeps to the order: within what the buckets allow, and as good as they allow where it can."""

from __future__ import annotations

import pytest

from grokbot.sandbox.discord_server import Rules
from tests.bench.in_order import play
from tests.bench.limits import Span, lags, staleness

RULES = Rules(latency=0.06)


def herd(streams: int, ramp: float, seconds: float = 6.7) -> list[Span]:
    return [Span(begin, begin + seconds) for begin in (ramp * number / streams for number in range(streams))]


@pytest.mark.parametrize("ramp", [0.0, 10.0])
@pytest.mark.parametrize("streams", [1, 50, 200])
def test_no_second_holds_more_than_the_bucket_gives_and_each_answer_is_sent_to_its_end(
    streams: int, ramp: float
) -> None:
    answers = play(RULES, herd(streams, ramp))
    times = sorted(at for answer in answers for at in answer.sends)
    assert all(later - earlier >= 1.0 - 0.002 for earlier, later in zip(times, times[100:], strict=False))
    assert all(answer.sends[-1] >= answer.span.end for answer in answers)


def test_two_hundred_ends_after_a_busy_time_wait_for_a_used_bucket() -> None:
    answers = play(RULES, herd(200, 0.0))
    waits = sorted(answer.sends[-1] - answer.span.end for answer in answers)
    unused = sorted(lags(RULES, [0.0] * 200))
    assert waits[189] + RULES.latency > unused[189] + 0.2, "the window in which they end was begun before"
    assert waits[189] < 190 / 50


def test_where_most_requests_are_ends_and_first_texts_the_steady_limit_cannot_be_reached() -> None:
    spans = herd(200, 10.0)
    best = sum(answer.staleness(RULES.latency) for answer in play(RULES, spans)) / len(spans)
    steady, _ = staleness(RULES, spans)
    assert 1.3 * steady < best < 1.7 * steady


def test_a_steady_herd_comes_near_the_steady_limit() -> None:
    spans = herd(200, 0.0, 60.0)
    best = sum(answer.staleness(RULES.latency) for answer in play(RULES, spans)) / len(spans)
    steady, _ = staleness(RULES, spans)
    assert best == pytest.approx(steady, rel=0.05)
