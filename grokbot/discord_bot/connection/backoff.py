"""Pauses between tries to reach Discord; after a healthy minute they start small again.

Not here: what is tried (`resilient_client`, `startup`).
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from grokbot.process.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_SECONDS = 30.0
FIRST_SECONDS = 1.0
GROWTH = 1.5
HEALTHY_SECONDS = 60.0
"""After this long without a pause, the next one is the first again."""


class ReconnectPauses:
    """Replaces discord.py's own pauses, which grow to 17 minutes and stay there for 34.

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
        self._backoff = Backoff(FIRST_SECONDS, longest, growth=GROWTH, chance=chance)
        self._clock = clock
        self._over = float("-inf")

    def delay(self) -> float:
        """Seconds until the next try; discord.py asks once for each failed try."""
        now = self._clock()
        if now - self._over >= HEALTHY_SECONDS:
            self._backoff.reset()
        pause = self._backoff.pause()
        self._over = now + pause
        return pause
