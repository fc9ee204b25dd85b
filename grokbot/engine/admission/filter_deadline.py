"""How long filters may take, and where: a moderator's pattern and somebody's text can make each other slow.

One search is bounded (`policy.filters.patterns`), and releases the interpreter's lock; between two searches the watch
checks the time. Not here: what happens when time is up (`policy.filters.filters`, `answer_filter`).
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

from grokbot.policy.filters import TooSlowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from grokbot.policy.filters import Filter, Watch

_T = TypeVar("_T")

LIGHT_STEPS = 1_000
"""Of all patterns together. With no more, a short text is checked on the event loop: a thread takes longer."""

SECONDS_ASKED = 2.0
"""Processor time for all filters of a server on one question or import."""

SECONDS_A_PIECE = 10.0
"""The same for one arriving piece of an answer."""

SECONDS_AN_ANSWER = 60.0
"""The same for a whole answer."""


def within(seconds: float) -> Watch:
    """A watch of this thread's processor time, from now on: other load on the machine does not count."""
    until = time.thread_time() + seconds

    def watch() -> None:
        if time.thread_time() > until:
            raise TooSlowError

    return watch


def light(filters: Iterable[Filter], characters: int, most: int) -> bool:
    """Whether the filters are cheap enough for a text of this length to run on the event loop.

    Args:
        filters: Those that would check it.
        characters: How long the text is.
        most: A longer text is never cheap.
    """
    return characters <= most and sum(one.pattern.steps for one in filters) <= LIGHT_STEPS


async def in_thread(work: Callable[[], _T]) -> _T:
    """Runs work in a thread and waits for its end, even when cancelled: nobody else may touch its data meanwhile."""
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait([working])
        raise
