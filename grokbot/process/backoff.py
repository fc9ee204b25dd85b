"""Pauses between retries: each longer than the last, up to a maximum, with random jitter. Pure.

For retries that need a new decision each time. Otherwise use stamina.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SURE = 0.75
"""The fixed part of each pause; the rest is random."""


class Backoff:
    """The pauses between retries of one operation.

    Args:
        first: Seconds of the first pause.
        longest: Seconds of the longest.
        growth: How many times longer each pause is than the one before.
        chance: Returns a random number between its two arguments.
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
        """Seconds until the next try. Call once per failed try."""
        whole = min(self._next, self._longest)
        self._next = whole * self._growth
        return self._chance(whole * SURE, whole)

    def reset(self) -> None:
        """Start over with the first pause, after a success."""
        self._next = self._first
