"""The metrics of freshness are those of the bench, by its own arithmetic."""

from __future__ import annotations

import random

import pytest

from grokbot.discord_bot.answers.freshness import EVERY, Freshness
from grokbot.process.metrics import REGISTRY
from tests.bench.freshness import Course, Look, Piece, mean


def sums() -> dict[str, float]:
    names = ("staleness", "end_lag", "first_text", "first_text_lag")
    return {
        f"{name}_{of}": REGISTRY.get_sample_value(f"grokbot_{name}_seconds_{of}") or 0.0
        for name in names
        for of in ("sum", "count")
    }


@pytest.mark.parametrize("seed", range(5))
def test_what_is_measured_is_what_the_bench_measures(seed: int) -> None:
    chance = random.Random(seed)
    pieces: list[Piece] = []
    looks: list[Look] = []
    at, length = 10.0, 0
    for _ in range(400):
        at += chance.expovariate(20)
        length += chance.randint(1, 9)
        pieces.append(Piece(at, length))
    seen_at = pieces[0].at
    while not looks or looks[-1].length < length:
        seen_at += chance.uniform(0.3, 2.5)
        taken_at = seen_at - 0.1  # the newest text when the request left
        looks.append(Look(seen_at, max((piece.end for piece in pieces if piece.at <= taken_at), default=0)))
    course = Course(9.5, pieces, looks, seen_at)

    now = 9.5
    before, freshness = sums(), Freshness(lambda: now)
    events: list[Piece | Look] = [*pieces, *looks]
    for event in sorted(events, key=lambda each: each.at):
        now = event.at
        if isinstance(event, Piece):
            freshness.received(event.end)
        else:
            freshness.seen(event.length)
        freshness.look()  # a scrape at any time changes nothing
    freshness.ended()
    grown = {name: value - before[name] for name, value in sums().items()}

    assert grown["staleness_sum"] / grown["staleness_count"] == pytest.approx(mean([*course.staleness()]), abs=0.05)
    assert grown["staleness_count"] * EVERY == pytest.approx(seen_at - pieces[0].at, abs=2 * EVERY)
    assert (grown["end_lag_count"], grown["first_text_count"]) == (1, 1)
    assert course.end_lag is not None
    assert course.first_text is not None
    assert grown["end_lag_sum"] == pytest.approx(course.end_lag)
    assert grown["first_text_lag_sum"] == pytest.approx(course.first_text)
    assert grown["first_text_sum"] == pytest.approx(course.first_text_after_asking)


def test_an_answer_of_which_nothing_becomes_visible_grows_old_in_every_scrape() -> None:
    now = 0.0
    before, freshness = sums(), Freshness(lambda: now)
    freshness.look()
    freshness.received(5)
    now = 10.0
    freshness.look()
    freshness.ended()
    grown = {name: value - before[name] for name, value in sums().items()}
    assert grown["staleness_count"] == 40
    assert grown["staleness_sum"] / 40 == pytest.approx(5.0)
    assert grown["end_lag_count"] == grown["first_text_count"] == 0


def test_who_looks_after_hours_makes_up_for_a_minute_of_looks_only() -> None:
    now = 0.0
    before, freshness = sums(), Freshness(lambda: now)
    freshness.received(5)
    now = 10 * 3600.0  # Discord was away, and nobody scraped
    freshness.look()
    grown = {name: value - before[name] for name, value in sums().items()}
    assert grown["staleness_count"] <= 60.0 / EVERY + 1
    assert grown["staleness_sum"] / grown["staleness_count"] == pytest.approx(now, rel=0.01)
