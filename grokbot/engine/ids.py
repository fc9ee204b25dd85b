"""Ids that sort by the time they were made, also within one millisecond and across a clock that is set back (ULID)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ulid import ULIDGenerator

if TYPE_CHECKING:
    from collections.abc import Callable


def id_maker(clock: Callable[[], int] = time.time_ns) -> Callable[[], str]:
    """A source of ids of 26 characters, each greater than the one before it.

    Args:
        clock: Nanoseconds since 1970.
    """
    latest = 0

    def milliseconds() -> int:
        nonlocal latest
        latest = max(latest, clock() // 1_000_000)
        return latest

    generator = ULIDGenerator(clock=milliseconds)
    return lambda: str(generator.generate())
