"""Limits the work spent on a text: parser steps, and seconds by a given clock.

Here: counting. Not here: what is counted, and what is shown instead of unfinished text (`render`).
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    Clock: TypeAlias = Callable[[], float]

LOOK_EVERY = 32
"""Steps between two readings of the clock."""


class WorkBudgetError(Exception):
    """A text takes too much work; it is shown plain."""


class Budget:
    """The work allowed for one task. Without a clock only steps count, so that the result depends on the text alone.

    Args:
        steps: How many may be used.
        seconds: Time limit by `clock`.
        clock: A clock in seconds that never goes back, from any start.
        within: The budget of the task that this is part of: when it is used up, so is this one.
    """

    def __init__(
        self, *, steps: float = inf, seconds: float = inf, clock: Clock | None = None, within: Budget | None = None
    ) -> None:
        self._most = steps
        self._spent = 0
        self._clock = within.clock if within else clock
        now = self._clock() if self._clock else 0.0
        self.until: float = min(now + seconds, within.until if within else inf)
        self._next_look = 0

    @property
    def clock(self) -> Clock | None:
        """The clock it uses."""
        return self._clock

    def spend(self, steps: int = 1) -> None:
        """Count work before it is done.

        Raises:
            WorkBudgetError: The budget is used up.
        """
        self._spent += steps
        if self._spent > self._most:
            raise WorkBudgetError
        if self._clock and self._spent >= self._next_look:
            self._next_look = self._spent + LOOK_EVERY
            if self._clock() >= self.until:
                raise WorkBudgetError
