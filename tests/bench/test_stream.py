"""That a run of the bench measures what it says, of our bot and of the plain one."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.bench.figures import Wishes, figures
from tests.bench.freshness import mean
from tests.bench.plain_bot import cut, plain_process
from tests.bench.stream import daemon, run_once
from tests.bench.table import notes, table
from tests.scrape import Scrape

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from grokbot.sandbox.stage import Stage
    from tests.daemon_process import DaemonProcess


@asynccontextmanager
async def scraped_daemon(scrapes: list[Scrape], stage: Stage, folder: Path) -> AsyncIterator[DaemonProcess]:
    """The daemon, which is scraped before it is ended."""
    async with daemon(stage, folder) as process:
        terminate = process.terminate

        async def scraped_first() -> int:
            scrapes.append(await Scrape.of(f"unix:{folder}/grokbot/monitoring.sock"))
            return await terminate()

        process.terminate = scraped_first  # type: ignore[method-assign]
        yield process


@pytest.mark.parametrize("open_threads", [False, True])
async def test_both_bots_show_the_whole_answer(*, open_threads: bool) -> None:
    wishes = Wishes(tokens=60, open_threads=open_threads)
    scrapes: list[Scrape] = []
    runs = [await run_once(2, wishes, partial(scraped_daemon, scrapes)), await run_once(2, wishes, plain_process)]
    for run in runs:
        assert run.complete == 2
        assert run.count_429 == 0
        assert {figure.name for figure in figures(run) if figure.value is None} == set()
        assert run.direct_messages == 0
        assert notes(run)
    assert [run.told for run in runs] == [2, 0]
    assert table(*runs).row_count == len(figures(runs[0]))
    # The scrape has the answer of the warm-up too.
    measured = mean([stretch for course in runs[0].courses for stretch in course.staleness()])
    assert scrapes[0].mean("grokbot_staleness_seconds") == pytest.approx(measured, abs=0.25)
    assert scrapes[0].by("grokbot_turns_total", "outcome") == {("done",): 3}
    assert scrapes[0].by("grokbot_end_lag_seconds_count") == {(): 3}


def test_a_plain_bot_cuts_between_words() -> None:
    words = "word " * 1000
    assert " ".join(cut(words.strip())) == words.strip()
    assert all(len(part) <= 2000 for part in cut(words))
