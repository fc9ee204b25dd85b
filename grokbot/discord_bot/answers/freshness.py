"""How fresh an answer is in Discord, for the metrics: the definitions are those of `tests.bench.freshness`.

Staleness is the age of the oldest received text that is not visible, and 0 if all is; it is looked at at even times,
from the first text until all of it is visible. Not here: what is visible (`live_answer`).
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.process import metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.engine.turns import RunningAnswer

EVERY = 0.25
"""Seconds between two looks."""
LONGEST_GAP = 60.0
"""Seconds: who looks after a longer time makes up for the last looks that were left out, not for all of them."""
FINEST = 0.02
"""Text that is received this soon after other text counts as received with it: a fast model sends a piece a moment."""


@dataclass(slots=True)
class _Piece:
    """Received text that is not visible. `end` counts the answer's characters up to its end."""

    at: float
    end: int


class Freshness:
    """Of one answer that is being written and shown.

    Args:
        clock: Seconds; only goes forward. Its turn begins now.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = clock()
        self._unseen: deque[_Piece] = deque()
        self._received = 0
        self._first_at: float | None = None
        """When the first text was received."""
        self._last_at = 0.0
        """When the last text was."""
        self._look_at = 0.0
        """When to look next."""
        self._complete_at: float | None = None
        """Since when all of it is visible."""
        self._has_text = False

    @classmethod
    def of(cls, running: RunningAnswer) -> Freshness:
        """That of an answer that begins; one that has ended, or is measured already, is not measured."""
        freshness = cls()
        if not running.has_ended and running.on_text is None:
            running.on_text = freshness.received
        return freshness

    def received(self, length: int) -> None:
        """So many characters of it have been received; less than before: it begins anew."""
        if length < self._received:
            self._unseen.clear()
        elif length == self._received:
            return
        now = self._clock()
        if self._first_at is None:
            self._first_at, self._look_at = now, now + EVERY / 2
        elif not self._unseen:
            self.look()
        if self._unseen and now - self._unseen[-1].at < FINEST:
            self._unseen[-1].end = length
        else:
            self._unseen.append(_Piece(now, length))
        self._received, self._last_at, self._complete_at = length, now, None

    def seen(self, length: int) -> None:
        """So many characters of it are visible now."""
        if self._first_at is None or not length:
            return
        self.look()
        now = self._clock()
        if not self._has_text:
            self._has_text = True
            metrics.FIRST_TEXT.observe(now - self._begun)
            metrics.FIRST_TEXT_LAG.observe(now - self._first_at)
        while self._unseen and self._unseen[0].end <= length:
            self._unseen.popleft()
        if not self._unseen and self._complete_at is None:
            self._complete_at = now

    def look(self) -> None:
        """Measures staleness up to now, also if nothing becomes visible."""
        if self._first_at is None:
            return
        now, oldest = self._clock(), self._unseen[0].at if self._unseen else None
        self._look_at = max(self._look_at, now - LONGEST_GAP)
        while self._look_at <= now:
            metrics.STALENESS.observe(0.0 if oldest is None else max(0.0, self._look_at - oldest))
            self._look_at += EVERY

    def ended(self) -> None:
        """All of it was shown."""
        if self._complete_at is not None:
            metrics.END_LAG.observe(self._complete_at - self._last_at)
