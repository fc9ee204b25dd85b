from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grokbot.documents.charts import Chart, ChartUnit, by_name
from grokbot.engine.budgets import ChartError, ChartRenderer
from grokbot.engine.budgets.chart_renderer import MOST_WAITING
from grokbot.process.module_run import run_module

CHART = by_name("Tokens by person", ChartUnit.COUNT, [("alice-the-secret", 5), ("bob", 3)])


@pytest.fixture
def drawing() -> ChartRenderer:
    return ChartRenderer(seconds=60.0)  # a busy machine may take longer than people are made to wait


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split())


async def test_a_chart_is_drawn_by_a_process_that_is_gone_afterwards(drawing: ChartRenderer) -> None:
    before = children()
    first = await drawing.drawn(CHART)
    assert first.startswith(b"\x89PNG")
    assert await drawing.drawn(CHART) == first
    assert children() == before


async def test_one_that_takes_too_long_is_killed_and_told_in_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    drawing, before = ChartRenderer(seconds=0.01), children()
    with pytest.raises(ChartError, match="could not be drawn"):
        await drawing.drawn(CHART)
    assert children() == before
    assert [record.message for record in caplog.records] == ["chart.took_too_long seconds=0.01"]


async def test_who_waits_no_longer_leaves_no_process_and_holds_nobody_up(drawing: ChartRenderer) -> None:
    before = children()
    task = asyncio.create_task(drawing.drawn(CHART))
    while children() == before:  # noqa: ASYNC110 -- nothing tells of a new process
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() == before
    assert await drawing.drawn(CHART)


async def test_a_crowd_is_refused_beyond_a_bound_and_drawn_one_at_a_time() -> None:
    drawing = ChartRenderer(seconds=0.01)
    told = await asyncio.gather(*(drawing.drawn(CHART) for _ in range(MOST_WAITING + 2)), return_exceptions=True)
    assert ["Too many charts" in str(each) for each in told].count(True) == 2


async def test_a_failure_in_there_is_logged_without_what_was_to_be_drawn(
    drawing: ChartRenderer, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Chart(title="alice-the-secret", unit="nonsense", bars=CHART.bars, by_day=False)  # type: ignore[arg-type] # on purpose
    with pytest.raises(ChartError):
        await drawing.drawn(broken)
    assert [record.message for record in caplog.records] == ["chart.failed code=1 error=ValueError"]
    assert "secret" not in caplog.text


async def test_no_secret_of_our_environment_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROKBOT_DISCORD__TOKEN", "the-token")
    run = await run_module("code", b"import os\nprint(os.environ)\n", 60.0)
    assert b"PYTHONPATH" in run.output
    assert b"the-token" not in run.output


def test_what_draws_is_not_loaded_here() -> None:
    loaded = "'resvg_py' in sys.modules or 'PIL' in sys.modules"
    script = f"import sys, grokbot.engine.budgets.chart_renderer; sys.exit({loaded})"
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0  # noqa: S603 -- our own
