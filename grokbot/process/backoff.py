"""Pauses between tries: each longer than the last, up to a limit, and never the same for two processes. Pure.

For tries that need a new decision each time. Where none is needed, stamina tries again by itself.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SURE = 0.75
"""Of each pause so much is sure; the rest is chance."""


class Backoff:
    """The pauses of one thing that is tried.

    Args:
        first: Seconds of the first pause.
        longest: Seconds of the longest.
        growth: Each pause is so many times as long as the one before.
        chance: Gives a number between two others.
    """

    def __init__(
        self,
        first: float,
        longest: float,
        *,
        growth: float = 2.0,
        chance: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._first = self._next = first
        self._longest = longest
        self._growth = growth
        self._chance = chance

    def pause(self) -> float:
        """Seconds until the next try. Ask once for each try that failed."""
        whole = min(self._next, self._longest)
        self._next = whole * self._growth
        return self._chance(whole * SURE, whole)

    def reset(self) -> None:
        """A try went well: the next pause is the first again."""
        self._next = self._first
