"""Ids that sort by the time they were made, also within one millisecond and across a clock that is set back (ULID)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ulid import ULID, ULIDGenerator

if TYPE_CHECKING:
    from collections.abc import Callable


def id_maker(clock: Callable[[], int] = time.time_ns, *, after: str | None = None) -> Callable[[], str]:
    """A source of ids of 26 characters, each greater than the one before it.

    Args:
        clock: Nanoseconds since 1970.
        after: One of an earlier process, whose clock may have been ahead of ours: all are greater than it.
    """
    latest = _milliseconds_of(after) + 1

    def milliseconds() -> int:
        nonlocal latest
        latest = max(latest, clock() // 1_000_000)
        return latest

    generator = ULIDGenerator(clock=milliseconds)
    return lambda: str(generator.generate())


def _milliseconds_of(given: str | None) -> int:
    try:
        return -1 if given is None else ULID.from_str(given).milliseconds
    except ValueError:  # not one of ours
        return -1
