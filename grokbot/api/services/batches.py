"""Batches items into one message: the more answers run at once, the longer each batch.

A message costs the daemon and its client far more than its few letters. With one answer every piece is sent
at once; with a hundred, pieces within 50 ms are sent together, which no reader notices, and both sides do a third
of the work. Not here: a message's contents (`messages.deltas`).
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

T = TypeVar("T")

SECONDS_FOR_EACH = 0.0005
"""Batch time added by each running answer."""

MOST_SECONDS = 0.1


def gathering_seconds(running: int) -> float:
    """Batch time while so many answers run. Pure."""
    return min(MOST_SECONDS, SECONDS_FOR_EACH * running)


async def gathered(source: AsyncGenerator[T, None], seconds: Callable[[], float]) -> AsyncGenerator[list[T], None]:
    """Items from `source`: the first alone, then batches of so many seconds; never empty.

    Reads `source` in its own task, however slow the reader. `source` is closed when this ends, also when it is closed
    early. Its errors are raised here, after the items before them.
    """
    came: list[T] = []
    news = asyncio.Event()

    async def read() -> None:
        try:
            async with aclosing(source):
                async for each in source:
                    came.append(each)
                    news.set()
        finally:
            news.set()

    reading = asyncio.create_task(read())
    try:
        while came or not reading.done():
            await news.wait()
            news.clear()
            if came:
                joined = came.copy()
                came.clear()
                yield joined
            if not reading.done():
                await asyncio.wait([reading], timeout=seconds())
        await reading
    finally:
        reading.cancel()
        await asyncio.wait([reading])
