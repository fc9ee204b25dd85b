"""The limits are what a person would work out with pencil and paper."""

from __future__ import annotations

import pytest

from grokbot.sandbox.discord_server import Rules
from tests.bench.limits import (
    Plan,
    Span,
    edit_period,
    lags,
    lags_of_opening,
    most_running,
    requests_per_answer,
    schedule,
    staleness,
)

RULES = Rules(latency=0.06)
AT_ONCE = Span(0.0, 6.7)


def p95(values: list[float]) -> float:
    return sorted(values)[-(-95 * len(values) // 100) - 1]


@pytest.mark.parametrize(
    ("streams", "mean_staleness", "end_lag"), [(1, 0.56, 0.06), (50, 0.56, 0.06), (200, 2.06, 3.06), (500, 5.06, 9.06)]
)
def test_the_limits_of_a_herd_follow_from_fifty_requests_a_second(
    streams: int, mean_staleness: float, end_lag: float
) -> None:
    mean, _ = staleness(RULES, [AT_ONCE] * streams)
    assert mean == pytest.approx(mean_staleness)
    assert p95(lags(RULES, [100.0] * streams)) == pytest.approx(end_lag)


def test_fixed_windows_have_the_same_period_as_leaky_buckets() -> None:
    fixed = RULES.with_mode("fixed")
    assert [edit_period(fixed, n) for n in (1, 50, 200)] == [edit_period(RULES, n) for n in (1, 50, 200)] == [1, 1, 4]


def test_nineteen_in_twenty_moments_are_younger_than_the_limit_of_that_name() -> None:
    _, late = staleness(RULES, [AT_ONCE])
    assert late == pytest.approx(0.06 + 0.95)


def test_answers_one_after_the_other_do_not_share_the_budget() -> None:
    apart = [Span(10.0 * n, 10.0 * n + 6.7) for n in range(200)]
    assert most_running(apart) == 1
    assert staleness(RULES, apart)[0] == pytest.approx(0.56)


def test_a_moment_in_which_many_run_counts_for_each_of_them() -> None:
    alone_first = [Span(0.0, 2.0), *[Span(1.0, 2.0)] * 99]
    mean, _ = staleness(RULES, alone_first)
    assert mean == pytest.approx((1 * 0.56 + 100 * 1.06) / 101)


def test_ends_that_come_slower_than_the_budget_wait_for_nothing() -> None:
    assert lags(RULES, [n / 45 for n in range(200)]) == pytest.approx([0.06] * 200)


def test_ends_that_come_faster_than_the_budget_wait_for_the_next_second() -> None:
    waits = lags(RULES, [n / 100 for n in range(100)])
    assert waits[:50] == pytest.approx([0.06] * 50)
    assert waits[50:] == pytest.approx([0.06 + 1.0 - n / 100 for n in range(50, 100)])


def test_a_window_that_ends_between_two_floats_ends() -> None:
    assert p95(lags(RULES, [6.7] * 200)) == pytest.approx(3.06)


def test_opening_a_thread_costs_a_request_before_the_first_text_does() -> None:
    alone = lags_of_opening(RULES, [0.0], 0.1)
    assert alone == pytest.approx([3 * 0.06 + 0.1])
    herd = lags_of_opening(RULES, [0.0] * 50, 0.1)
    assert max(herd) == pytest.approx(0.06 + 1.0 + 0.06)
    assert min(herd) == pytest.approx(max(herd))


def test_a_channel_takes_one_message_a_full_bucket_of_edits_and_one_more_each_second() -> None:
    assert requests_per_answer(RULES, [AT_ONCE]) == 1 + 5 + 6


def test_many_answers_share_the_requests_of_the_bot() -> None:
    assert requests_per_answer(RULES, [AT_ONCE] * 200) == (7 + 3) * 50 / 200


def test_an_answer_can_begin_when_its_question_has_arrived() -> None:
    spans = schedule(RULES, [0.0, 5.0], Plan(0.1, 6.7))
    assert [span.begin for span in spans] == pytest.approx([0.16, 5.16])
    assert [span.end for span in spans] == pytest.approx([6.76, 11.76])


def test_threads_that_have_to_be_opened_first_make_answers_begin_fifty_a_second() -> None:
    begins = [span.begin for span in schedule(RULES, [0.0] * 120, Plan(0.1, 6.7, opens_thread=True))]
    assert begins[:50] == pytest.approx([0.06 + 0.06 + 0.1] * 50)
    assert begins[50:100] == pytest.approx([1.0 + 0.06 + 0.06 + 0.1] * 50)
    assert begins[100:] == pytest.approx([2.0 + 0.06 + 0.06 + 0.1] * 20)
