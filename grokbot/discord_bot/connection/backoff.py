"""Pauses between one try and the next, while Discord is away: growing, bounded, never the same for two bots.

Not here: what is tried (`resilient_client`, `startup`).
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_SECONDS = 30.0
FIRST_SECONDS = 1.0
GROWTH = 1.5
HEALTHY_SECONDS = 60.0
"""After so long without a pause the next is the first again."""


class Pauses:
    """For one thing that is tried. It stands in for discord.py's own, which grows to 17 minutes and stays so for 34.

    Args:
        longest: Seconds.
        clock: Gives seconds.
        chance: Gives a number between two others.
    """

    def __init__(
        self,
        longest: float = LONGEST_SECONDS,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._longest = longest
        self._clock = clock
        self._chance = chance
        self._next = FIRST_SECONDS
        self._over = float("-inf")

    def delay(self) -> float:
        """Seconds until the next try; half of them at least are sure. To be asked once for each try that failed."""
        now = self._clock()
        if now - self._over >= HEALTHY_SECONDS:
            self._next = FIRST_SECONDS
        whole = min(self._next, self._longest)
        self._next = whole * GROWTH
        pause = self._chance(whole / 2, whole)
        self._over = now + pause
        return pause
