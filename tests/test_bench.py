"""The stream bench itself: one short run from the question to the table."""

from __future__ import annotations

import io

from rich.console import Console

from tests.bench.figures import Wishes, figures
from tests.bench.stream import run_once
from tests.bench.table import as_json, notes, table


async def test_a_short_answer_is_seen_whole_and_word_for_word_and_every_figure_has_a_value() -> None:
    run = await run_once(1, Wishes(tokens=40, tokens_per_second=100.0))
    assert run.complete == run.streams == len(run.courses) == 1
    assert run.count_429 == 0
    assert run.courses[0].pieces[-1].end == max(look.length for look in run.courses[0].looks)
    values = {figure.name: figure.value for figure in figures(run)}
    assert None not in values.values()
    assert values["answers complete and exact"] == 1

    shown = io.StringIO()
    Console(file=shown, width=100).print(table(run))
    lines = shown.getvalue().splitlines()
    assert max(map(len, lines)) <= 100
    for name in values:
        assert any(name in line for line in lines)
    assert not [note for note in notes(run) if "never reached" in note]
    assert [figure["name"] for figure in as_json(run)["figures"]] == list(values)


async def test_a_mention_is_measured_from_the_mention_on() -> None:
    run = await run_once(1, Wishes(tokens=20, tokens_per_second=100.0, open_threads=True))
    assert run.complete == 1
    first = run.courses[0].first_text
    since_asked = run.courses[0].first_text_after_asking
    assert first is not None
    assert since_asked is not None
    assert since_asked - first > 2 * run.wishes.latency  # the event came, and the thread was opened, before any token
    assert "first text after the mention, p95" in [figure.name for figure in figures(run)]
