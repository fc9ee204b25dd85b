"""How much work laying an answer out is, and whether it grows with the answer's length only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from grokbot.discord_bot.markdown import GrowingAnswer, split
from grokbot.discord_bot.markdown.message_texts import to_discord

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
PIECE = 4
"""Characters that a stream brings at once."""
LOOK_EVERY = 60
"""Pieces between two looks at the answer."""
LINEAR = 1.5
"""A ratio of the work per character, 100 kB to 10 kB, that still is linear."""
RUNS = 3

SECTION = """## A section with a table

Some words of **an answer**, with `code` and [a link](https://example.org/page), in one line as models write them. \
They go on for a while, so that the line is as long as a paragraph is, with *emphasis* and \\(x_1^2\\) in between.

| Name | Value | Unit |
|:-----|------:|------|
| speed | 12 | m/s |
| length | 300 | m |

1. First, a list:
   - with an item
   - and ![a picture](https://example.org/picture.png)

~~~python
def area(width: float, height: float) -> float:
    return width * height
~~~

"""


def measure() -> None:
    """Prints microseconds per character for each way through, and how they change with the length."""
    ways: dict[str, Callable[[str], object]] = {
        "split, at once": split,
        "to_discord, at once": to_discord,
        "Answer, at once": _at_once,
        f"Answer, {PIECE} characters a feed, shown() every {LOOK_EVERY}": _streamed,
    }
    table = Table(title=f"Laying an answer out: microseconds of CPU per character, best of {RUNS}")
    table.add_column("way")
    for size in SIZES:
        table.add_column(f"{size // 1000} kB", justify="right")
    table.add_column(f"100 kB / 10 kB (limit {LINEAR})", justify="right")
    for name, way in ways.items():
        costs = {size: _cost(way, _text(size)) for size in SIZES}
        ratio = costs[100_000] / costs[10_000]
        table.add_row(name, *(f"{costs[size]:.2f}" for size in SIZES), f"{ratio:.2f}")
    Console().print(table)


def _text(size: int) -> str:
    return (SECTION * (size // len(SECTION) + 1))[:size]


def _cost(way: Callable[[str], object], text: str) -> float:
    best = float("inf")
    for _ in range(RUNS):
        start = time.process_time()
        way(text)
        best = min(best, time.process_time() - start)
    return best / len(text) * 1e6


def _at_once(text: str) -> list[str]:
    answer = GrowingAnswer()
    answer.feed(text)
    return answer.finished()


def _streamed(text: str) -> list[str]:
    answer = GrowingAnswer()
    for number, start in enumerate(range(0, len(text), PIECE)):
        answer.feed(text[start : start + PIECE])
        if number % LOOK_EVERY == 0:
            answer.shown()
    return answer.finished()
