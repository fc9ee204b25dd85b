"""How much work a text is worth: steps of the parser, and seconds by a clock that is given.

Here: counting. Not here: what is counted, and what is shown in place of what was not finished (`render`).
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    Clock: TypeAlias = Callable[[], float]

LOOK_EVERY = 32
"""Steps between two looks at the clock."""


class WorkBudgetError(Exception):
    """A text is made to take long; it is shown plain."""


class Budget:
    """What one piece of work may take. Without a clock only steps count, so that the result depends on the text alone.

    Args:
        steps: How many may be spent.
        seconds: How long it may take by `clock`.
        clock: Seconds that only grow, from any beginning.
        within: The budget of the work that this is a part of: its end is this one's too.
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
        """What it is measured by."""
        return self._clock

    def spend(self, steps: int = 1) -> None:
        """Counts work before it is done.

        Raises:
            WorkBudgetError: There is nothing left.
        """
        self._spent += steps
        if self._spent > self._most:
            raise WorkBudgetError
        if self._clock and self._spent >= self._next_look:
            self._next_look = self._spent + LOOK_EVERY
            if self._clock() >= self.until:
                raise WorkBudgetError
