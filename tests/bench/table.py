"""The figures of a run for a person, in at most 100 columns, or for a program.

Not here: which figures there are (`figures`).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from tests.bench.figures import Figure, Run, figures
from tests.bench.load import KIB_IN_MIB

TOO_BUSY = 0.9
"""Above this share of a core, what the bench's own event loop does late is told as the daemon's lateness."""


def table(run: Run, plain: Run | None = None) -> Table:
    """A table of the figures of one run, beside those of a plain bot.

    `begun`: the limit with the answers as they began and ended in this run. `in order`: what the best scheduler
    reaches that lets ends and first texts go before all other edits.
    """
    wishes = run.wishes
    asked = f"asked through {wishes.ramp:g} s" if wishes.ramp else "all asked at once"
    where = "from the mention on" if wishes.open_threads else "in open threads"
    windows = "fixed" if wishes.fixed_windows else "leaky"
    title = (
        f"{run.streams} {'stream' if run.streams == 1 else 'streams'}, {asked}, {where}: {wishes.tokens} tokens at "
        f"{wishes.tokens_per_second:g}/s, {windows}, L = {wishes.latency:g} s"
    )
    shown = Table(title=title, title_justify="left", min_width=90, box=SIMPLE_HEAD, pad_edge=False)
    shown.add_column("figure")
    for column in ("measured", "limit", "ratio", "target", "begun", "in order", *(("plain bot",) if plain else ())):
        shown.add_column(column, justify="right")
    beside = _values(plain)
    for figure in figures(run):
        others = (_number(beside[figure.name]) if figure.name in beside else "",) if plain else ()
        shown.add_row(*_row(figure), *others)
    return shown


def notes(run: Run) -> list[str]:
    """What has to be known to judge the figures."""
    spans, busy = run.spans, run.busy
    seconds = sum(span.end - span.begin for span in spans)
    pace = (run.wishes.tokens - run.wishes.tokens_per_chunk) * len(spans) / seconds if seconds else 0.0
    rest = run.load.daemon_kib_at_rest / KIB_IN_MIB
    said = [
        f"sent {pace:.1f} tokens/s per stream; resident at rest {rest:.0f} MiB",
        f"of one core: daemon {busy.daemon:.0%}, bench {busy.bench:.0%}, the bench's event loop {busy.bench_loop:.0%}",
        f"requests in the busiest second: {run.busiest_second}",
        f"direct messages opened: {run.direct_messages}; answers with the line of a first one: {run.told}",
    ]
    said += [f"429: {count} x {route}" for route, count in sorted(run.refused.items())]
    if busy.bench_loop > TOO_BUSY:
        said.append("WARNING: the bench's own event loop was busy nearly all the time: these figures are its own.")
    if len(run.courses) < run.streams:
        said.append(f"WARNING: {run.streams - len(run.courses)} questions never reached the model.")
    return said


def as_json(run: Run, plain: Run | None = None) -> dict[str, Any]:
    """The same for a program; None where nothing could be measured."""
    beside = _values(plain)
    return {
        "streams": run.streams,
        "figures": [
            {**asdict(figure), "ratio": figure.ratio, "plain": beside.get(figure.name)} for figure in figures(run)
        ],
        "notes": notes(run),
    }


def _values(plain: Run | None) -> dict[str, float | None]:
    return {} if plain is None else {figure.name: figure.value for figure in figures(plain)}


def _row(figure: Figure) -> tuple[str, ...]:
    name = f"{figure.name}, {figure.unit}" if figure.unit else figure.name
    target = "" if figure.allowed is None else f"≤ {figure.allowed:g}"
    if figure.ratio is not None and figure.allowed is not None:
        target += " met" if figure.ratio <= figure.allowed else " NOT"
    others = ["" if limit is None else _number(limit) for limit in (figure.limit_as_begun, figure.in_order)]
    return name, _number(figure.value), _number(figure.limit), _number(figure.ratio), target, *others


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if value == int(value) else f"{value:.3f}" if value < 10 else f"{value:.1f}"
