"""That a run of the bench measures what it says, of our bot and of the plain one."""

from __future__ import annotations

import pytest

from tests.bench.figures import Wishes, figures
from tests.bench.plain_bot import cut, plain_process
from tests.bench.stream import run_once
from tests.bench.table import notes, table


@pytest.mark.parametrize("open_threads", [False, True])
async def test_both_bots_show_the_whole_answer(*, open_threads: bool) -> None:
    wishes = Wishes(tokens=60, open_threads=open_threads)
    runs = [await run_once(2, wishes), await run_once(2, wishes, plain_process)]
    for run in runs:
        assert run.complete == 2
        assert run.count_429 == 0
        assert {figure.name for figure in figures(run) if figure.value is None} == set()
        assert run.direct_messages == 0
        assert notes(run)
    assert [run.told for run in runs] == [2, 0]
    assert table(*runs).row_count == len(figures(runs[0]))


def test_a_plain_bot_cuts_between_words() -> None:
    words = "word " * 1000
    assert " ".join(cut(words.strip())) == words.strip()
    assert all(len(part) <= 2000 for part in cut(words))
