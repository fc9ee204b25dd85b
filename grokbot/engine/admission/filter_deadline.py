"""How long filters may take, and where: a moderator's pattern and somebody's text can make each other slow.

Looking for one pattern is bounded (`policy.filters.patterns`), and gives the interpreter's lock away; between two looks
the time is asked. Not here: what holds where the time is over (`policy.filters.filters`, `answer_filter`).
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
"""Of all patterns together. Where they make no more, a short text is looked at where it is: a thread takes longer."""

SECONDS_ASKED = 2.0
"""Of one processor, for all filters of a server and what a person asks or brings at once."""

SECONDS_A_PIECE = 10.0
"""The same for what arrives of an answer at once."""

SECONDS_AN_ANSWER = 60.0
"""And for all of an answer."""


def within(seconds: float) -> Watch:
    """A watch of this thread, from now on. A busy machine does not make it go faster."""
    until = time.thread_time() + seconds

    def watch() -> None:
        if time.thread_time() > until:
            raise TooSlowError

    return watch


def light(filters: Iterable[Filter], characters: int, most: int) -> bool:
    """Whether the filters are so cheap for so long a text that they may run on the event loop.

    Args:
        filters: Those that would look at it.
        characters: How long the text is.
        most: Above so many characters it is never cheap.
    """
    return characters <= most and sum(one.pattern.steps for one in filters) <= LIGHT_STEPS


async def in_thread(work: Callable[[], _T]) -> _T:
    """Work in a thread, which is over when this returns, be it by cancellation: nobody else may touch its things."""
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait([working])
        raise
