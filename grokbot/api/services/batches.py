"""Joining what comes close together into one message: the more answers run at once, the longer a message is gathered.

A message costs the daemon and its client far more than the few letters in it. With one answer every piece goes out as
it comes; with a hundred, what has come within 50 ms goes together, which no reader notices, and both sides do a third
of the work. Not here: what a message holds (`messages.deltas`).
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

T = TypeVar("T")

SECONDS_FOR_EACH = 0.0005
"""For each answer under way, its share of the time in which messages may be made."""

MOST_SECONDS = 0.1


def gathering_seconds(running: int) -> float:
    """How long a message is gathered while so many answers run. Pure."""
    return min(MOST_SECONDS, SECONDS_FOR_EACH * running)


async def gathered(source: AsyncGenerator[T, None], seconds: Callable[[], float]) -> AsyncGenerator[list[T], None]:
    """What comes from `source`, the first by itself, then what came within so many seconds together; never nothing.

    `source` is read in a task of its own, however slowly this is read. It has been closed when this has ended, also
    where this is closed early. What it raises is raised here, after what came before it.
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
