"""When a silent part is asked, and when the watchdog hears of the daemon. PURE: times come in, in seconds.

Not here: asking (`probes`), telling (`report`), what is silent or mute (`process.health`).
"""

from __future__ import annotations

AGAIN = 3
"""How often a part that fails is asked again in the time after which it is asked at all."""


class ProbeRhythm:
    """When one part is asked: after `patience` seconds without a sign of life, once at a time.

    Args:
        patience: See `process.health.PATIENCE_SECONDS`.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._under_way = False
        self._ended = float("-inf")

    def begins(self, now: float, idle: float) -> bool:
        """Whether to ask now; that counts as begun.

        Args:
            now: The time.
            idle: For how long there was no sign of life.
        """
        due = idle >= self._patience and now - self._ended >= self._patience / AGAIN
        if self._under_way or not due:
            return False
        self._under_way = True
        return True

    def ended(self, now: float) -> None:
        """The question is over, whatever came of it."""
        self._under_way, self._ended = False, now


class PingRhythm:
    """When the watchdog hears of the daemon: twice in the time that it waits.

    Args:
        watchdog_seconds: How long it waits; None: there is none.
        longest_tick: Seconds between two looks at most.
    """

    def __init__(self, watchdog_seconds: float | None, longest_tick: float) -> None:
        self._every = (watchdog_seconds or 0.0) / 2
        self.tick = min(longest_tick, self._every / 4) if self._every else longest_tick
        """Seconds between two looks."""
        self._said = float("-inf")

    def due(self, now: float, *, mute: bool) -> bool:
        """Whether it should hear of the daemon now.

        Args:
            now: The time.
            mute: Whether the daemon is of no use to anybody.
        """
        return bool(self._every) and not mute and now - self._said >= self._every - self.tick

    def said(self, now: float) -> None:
        """It has heard."""
        self._said = now
