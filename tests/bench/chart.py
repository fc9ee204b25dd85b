"""What a chart takes: in a process of its own, as the daemon draws it, and where the libraries are loaded already.

Not here: reading the numbers (`store`), sending the picture.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from grokbot.documents.charts import Chart, ChartUnit, by_day, by_name
from grokbot.engine.budgets import ChartRenderer

LIMIT = 1.5
"""Seconds: what the issue asks for."""

_WARM = """
import sys, time
from tests.bench.chart import charts
from grokbot.documents.charts.image import png
chart = charts()[sys.argv[1]]
png(chart)
for _ in range(int(sys.argv[2])):
    began = time.perf_counter()
    png(chart)
    print(time.perf_counter() - began)
"""


@dataclass
class Taken:
    """Seconds of each run."""

    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    kilobytes: float = 0.0


def charts() -> dict[str, Chart]:
    """As large as they come."""
    days = [(f"{day % 30 + 1} Nov", 10**9 * (day * 37 % 100)) for day in range(90)]
    people = [(f"person-{number} with a long name", 10**5 * number) for number in range(500)]
    return {
        "by day": by_day("Cost by day", ChartUnit.COST, days),
        "by person": by_name("Tokens", ChartUnit.COUNT, people),
    }


def measure(runs: int) -> None:
    """Prints what drawing takes beside the limit."""
    taken = asyncio.run(_measured(runs))
    table = Table(title="A chart, in seconds", title_justify="left", min_width=90)
    for column in ("chart", "first", "cold p50", "cold max", "limit", "warm p50", "kB", "memory, MiB"):
        table.add_column(column, justify="left" if column == "chart" else "right")
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    for name, seconds in taken.items():
        first, *cold = seconds.cold
        worst = max(cold)
        limit = f"{LIMIT:g} {'met' if max(first, worst) <= LIMIT else 'NOT'}"
        table.add_row(
            name, f"{first:.2f}", f"{statistics.median(cold):.2f}", f"{worst:.2f}", limit,
            f"{statistics.median(seconds.warm):.2f}", f"{seconds.kilobytes:.0f}", f"{memory:.0f}",
        )  # fmt: skip
    Console(width=100).print(table)


async def _measured(runs: int) -> dict[str, Taken]:
    taken = {}
    for name, chart in charts().items():
        taken[name] = each = Taken(warm=_warm(name, runs))
        for _ in range(1 + runs):
            began = time.perf_counter()
            picture = await ChartRenderer().drawn(chart)
            each.cold.append(time.perf_counter() - began)
            each.kilobytes = len(picture) / 1000
    return taken


def _warm(name: str, runs: int) -> list[float]:
    done = subprocess.run(  # noqa: S603 -- our own script
        [sys.executable, "-c", _WARM, name, str(runs)], check=True, capture_output=True, text=True
    )
    return [float(line) for line in done.stdout.split()]
