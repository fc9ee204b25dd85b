"""The clock of the loopback Discord, and ids made from it.

Here: a clock that a test may move forward, and snowflakes. Not here: anything that waits.
"""

import time
from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000
"""First millisecond of 2015, UTC: where Discord's ids start (documented)."""


class Clock:
    """Real time plus what a test has added.

    Ages, tokens and buckets read this clock; event loop timers do not, so moving the clock wakes nobody.
    """

    def __init__(self) -> None:
        self._added = 0.0

    def advance(self, seconds: float) -> None:
        """Move forward by `seconds`.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError("time does not go back")
        self._added += seconds

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back; `time.monotonic()` unless it was moved."""
        return time.monotonic() + self._added

    def wall(self) -> float:
        """Seconds since 1970, UTC."""
        return time.time() + self._added


class Snowflakes:
    """Makes ids: 42 bits of milliseconds since 2015, then 22 bits to distinguish ids of the same millisecond."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def make(self) -> int:
        """A new id, greater than all before."""
        now = (int(self._clock.wall() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last = max(self._last + 1, now)
        return self._last


def made_at(snowflake: int) -> float:
    """The time the id was made, in seconds since 1970."""
    return ((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000


def iso(wall: float) -> str:
    """A time in Discord's format: ISO 8601 with offset."""
    return datetime.fromtimestamp(wall, UTC).isoformat()
