"""A long time of ordinary talk: whether anything of the daemon grows that should not.

What is taken for growth: Mann and Kendall's test says that a figure rises from sample to sample (chance says so once in
a thousand times), and the line through its samples (Theil and Sen: the median of all slopes) rises by more than the
figure may in an hour, and by more than it goes up and down. So neither noise nor a single step is called a leak. The
first third, and at least six minutes, is left out: caches fill.

What fills for longer is known, and all of it has a limit: SQLite's pages (2 MiB for each of three connections, as the
database grows) are measured and taken off the memory; 10,000 digests of messages, as many places and 20,000 members'
roles are a few hundred bytes each, which is part of what memory may grow by. Part is what people do here: each has
one conversation in direct messages, which gets longer and is read whole for each of its turns. With the caches cut
short, and at rest, objects stayed the same from 250 to 1,230 questions, and memory but SQLite's rose by 1 KiB each in
the end: whose that is, is not known. A leak shows sooner in the number of objects that the garbage collector knows:
a thread that stays is dozens of them, those caches are none.

Not here: the ground (`ground`), what goes wrong otherwise (`weather`).
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from .launcher import INSIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .ground import Ground

WARM_UP = 1 / 3
"""Part of the time that is not judged."""

LEAST_WARM_UP = 360.0
"""In seconds: discord.py keeps what it knows of a channel's limits for five minutes, and the bot caches for less."""

SURE = 3.29
"""The normal deviate that chance passes once in a thousand times."""

SAMPLES = 120
"""Over the whole time."""

OPEN_THREADS = 30
"""Older ones are archived, as Discord does after a while: a bot keeps all open threads in memory."""

HOUR = 3600.0


@dataclass(frozen=True)
class Figure:
    """One of the things that are measured."""

    name: str
    unit: str
    hourly: float
    """By how much it may grow in an hour without being a leak."""
    least: float
    """By how much it has to have grown: what goes up and down with what people do, is at one moment higher by that."""


FIGURES = (
    Figure("memory but SQLite's", "MiB", 24.0, 6.0),
    Figure("objects", "", 6000.0, 2000.0),  # an answer that runs is hundreds of them
    Figure("descriptors", "", 2.0, 6.0),
    Figure("threads", "", 2.0, 4.0),
    Figure("asyncio tasks", "", 2.0, 25.0),
    Figure("WAL", "MiB", 1.0, 1.0),  # it grows to what a checkpoint takes away
    Figure("temporary files", "", 0.0, 3.0),
)


@dataclass(frozen=True)
class Sample:
    """All figures at one moment."""

    at: float
    values: tuple[float, ...]


@dataclass(frozen=True)
class Trend:
    """What became of one figure."""

    figure: Figure
    first: float
    last: float
    most: float
    hourly: float
    """The slope, for an hour."""
    grown: float
    """The same, for the time that is judged."""
    deviate: float
    """How surely it rises: Mann and Kendall's."""

    @property
    def leaks(self) -> bool:
        """Whether it grows, and by more than it may."""
        figure = self.figure
        return self.deviate > SURE and self.hourly > figure.hourly and self.grown > figure.least

    def __str__(self) -> str:
        cells = (f"{value:10.1f}" for value in (self.first, self.last, self.most, self.hourly, self.deviate))
        name = f"{self.figure.name} {f'({self.figure.unit})' if self.figure.unit else ''}"
        return f"{name:24}{''.join(cells)}  {'GROWS' if self.leaks else 'flat'}"


HEAD = f"{'':24}{'first':>10}{'last':>10}{'most':>10}{'an hour':>10}{'sure':>10}"


def trends(samples: Sequence[Sample]) -> Sequence[Trend]:
    """What became of each figure. Minutes have to pass for that to mean anything. Pure."""
    begun, over = samples[0].at, samples[-1].at
    warm = min(max(WARM_UP * (over - begun), LEAST_WARM_UP), (over - begun) / 2)
    judged = [sample for sample in samples if sample.at >= begun + warm]
    return [
        _trend(figure, [(sample.at, sample.values[index]) for sample in judged]) for index, figure in enumerate(FIGURES)
    ]


def _trend(figure: Figure, series: Sequence[tuple[float, float]]) -> Trend:
    pairs = list(combinations(series, 2))
    rises = sum((later > earlier) - (later < earlier) for (_, earlier), (_, later) in pairs)
    slope = statistics.median((b - a) / (t - s) for (s, a), (t, b) in pairs) if pairs else 0.0
    number, values = len(series), [value for _, value in series]
    ties = (values.count(value) for value in {*values})
    variance = (number * (number - 1) * (2 * number + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    deviate = (rises - (rises > 0) + (rises < 0)) / sqrt(variance) if variance else 0.0
    grown = slope * (series[-1][0] - series[0][0])
    return Trend(figure, values[0], values[-1], max(values), slope * HOUR, grown, deviate)


async def soak(here: Ground, seconds: float) -> Sequence[Trend]:
    """Lets people talk for so long, and measures."""
    clock = asyncio.get_running_loop().time
    begun, samples = clock(), []
    while clock() - begun < seconds:
        await asyncio.sleep(seconds / SAMPLES)
        _archive(here)
        samples.append(Sample(clock(), await measured(here)))
    return trends(samples)


def _archive(here: Ground) -> None:
    world = here.stage.discord.world
    threads = [each for each in world.channels.values() if each.is_thread and not each.archived and not each.deleted]
    for thread in sorted(threads, key=lambda each: each.id)[:-OPEN_THREADS]:
        thread.archive()


async def measured(here: Ground) -> tuple[float, ...]:
    """All figures now."""
    pid = here.daemon.pid
    assert pid is not None
    process = Path(f"/proc/{pid}")
    lines = (process / "status").read_text(encoding="ascii").splitlines()
    status = dict(line.split(":", 1) for line in lines)
    wal = here.database.with_name(here.database.name + "-wal")
    tasks, objects, pages = await _inside(here, pid)
    return (
        float(status["VmRSS"].split()[0]) / 1024 - pages,
        objects,
        float(sum(1 for _ in (process / "fd").iterdir())),
        float(status["Threads"]),
        tasks,
        wal.stat().st_size / 2**20 if wal.exists() else 0.0,
        float(sum(1 for _ in here.daemon.temporary.rglob("*"))),
    )


async def _inside(here: Ground, pid: int) -> tuple[float, float, float]:
    """Tasks, objects, and MiB of SQLite's: see `launcher`."""
    file = here.daemon.folder / INSIDE
    file.unlink(missing_ok=True)
    os.kill(pid, signal.SIGUSR2)
    async with asyncio.timeout(10.0):
        while True:
            with suppress(OSError, ValueError):
                tasks, objects, pages = json.loads(file.read_text(encoding="ascii"))
                return float(tasks), float(objects), float(pages)
            await asyncio.sleep(0.02)
