"""The short form of a soak, and what it takes for growth."""

from __future__ import annotations

import asyncio
import os
from random import Random
from typing import TYPE_CHECKING

import pytest

from .ground import Wishes, ground
from .soak import FIGURES, Sample, measured, trends

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECONDS = float(os.environ.get("FAULTS_SOAK_SECONDS", "8"))
MINUTE = 60.0

AT_REST = {
    "memory but SQLite's": 25.0,
    "objects": 15000,
    "descriptors": 6,
    "threads": 4,
    "asyncio tasks": 5,
    "WAL": 8.0,
    "temporary files": 0,
}
"""By how much a figure may be higher after some talk than before: connections are kept, caches and the WAL fill."""


def leaking(value: Callable[[float], float], figure: str = FIGURES[0].name) -> list[bool]:
    """What is said of a figure in half an hour, sampled every 15 s; memory, if no other is named."""
    names = [each.name for each in FIGURES]
    samples = [
        Sample(at, tuple(value(at) * (name == figure) for name in names)) for at in (15.0 * n for n in range(120))
    ]
    return [trend.leaks for trend in trends(samples) if trend.figure.name == figure]


def test_steady_growth_is_a_leak_and_noise_steps_caches_and_falls_are_none() -> None:
    random = Random(1)

    def noise() -> float:
        return random.gauss(0.0, 2.0)

    assert leaking(lambda at: 150.0 + at / MINUTE + noise()) == [True]
    assert leaking(lambda _: 150.0 + noise()) == [False]
    assert leaking(lambda at: 150.0 + 40.0 * min(1.0, at / 400.0) + noise()) == [False]
    assert leaking(lambda at: 150.0 + (20.0 if at > 1700.0 else 0.0) + noise()) == [False]
    assert leaking(lambda at: 200.0 - at / MINUTE) == [False]
    assert leaking(lambda at: 150.0 + 0.3 * at / MINUTE) == [False]  # 18 MiB an hour: it rises, and may


def test_a_conversation_that_stays_is_a_leak_and_answers_that_run_are_none() -> None:
    random = Random(1)

    def running() -> float:
        return 50_000.0 + random.gauss(0.0, 2_000.0)

    assert leaking(lambda at: running() + 30 * 10 * at / MINUTE, "objects") == [True]  # 30 threads a minute
    assert leaking(lambda _: running(), "objects") == [False]
    assert leaking(lambda at: running() + 15_000 * min(1.0, at / 400.0), "objects") == [False]


@pytest.mark.timeout(SECONDS + 180.0)
async def test_nothing_is_left_of_what_people_talked_about_but_text(tmp_path: Path) -> None:
    """In so short a time no line through noise says anything; what there is at rest does."""
    async with ground("soak", Wishes(members=3, pause=1.0), tmp_path) as here:
        await here.resting()
        before = await measured(here)
        here.crowd.begin()
        await asyncio.sleep(SECONDS)
        count = await here.resting()
        after = await measured(here)
    grown = {
        figure.name: b - a for figure, a, b in zip(FIGURES, before, after, strict=True) if b - a > AT_REST[figure.name]
    }
    assert grown == {}
    assert list(count.sentences()) == []
