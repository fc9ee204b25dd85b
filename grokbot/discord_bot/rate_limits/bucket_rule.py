"""By which of two rules Discord counts the requests of a channel, learned from what it answers.

Not here: what follows from it for the pace (`pacing`). No discord, no asyncio, no clock.
"""

from dataclasses import dataclass
from enum import Enum, auto

_MOVES = 0.5
_FIRST_DOUBT = 60.0
_LONGEST_DOUBT = 3600.0
_NEVER = float("-inf")


class Rule(Enum):
    """How a limit is counted."""

    LEAKY = auto()
    """A bucket that fills drop by drop: reported of Discord since late 2022 (discord-api-docs 7680)."""
    FIXED = auto()
    """Windows that begin full, wherever in them the requests come."""


@dataclass(slots=True)
class LearnedRule:
    """What one bot believes. One for all channels, for Discord has one limiter.

    Fixed windows are believed in for a while only: the belief costs freshness, and its reason may have been a slow
    network. Each time that it comes back it stays twice as long.
    """

    shared: bool = False
    """Whether a channel's new messages and edits are counted together."""
    _fixed_until: float = _NEVER
    _doubt: float = _FIRST_DOUBT

    def at(self, now: float) -> Rule:
        """What is to be assumed now."""
        return Rule.FIXED if now < self._fixed_until else Rule.LEAKY

    def looked_fixed(self, now: float) -> None:
        """Something was seen that a leaky bucket does not do."""
        if self.at(now) is Rule.FIXED:
            return
        self._fixed_until = now + self._doubt
        self._doubt = min(2 * self._doubt, _LONGEST_DOUBT)

    def looked_leaky(self, now: float) -> None:
        """Something was seen that fixed windows do not do."""
        self._fixed_until = min(self._fixed_until, now)
        self._doubt = _FIRST_DOUBT

    def compare(self, now: float, earlier_reset: float, reset: float) -> None:
        """Learns from two answers of one bucket, by the time at which each said the bucket would be full.

        In a leaky bucket every request moves that time by a second. In a fixed window it stands still.

        Args:
            now: When the second answer came, in seconds on the loop's clock.
            earlier_reset: What the first one said. If it is past, nothing is learned.
            reset: What the second one said.
        """
        if now >= earlier_reset:
            return
        if reset - earlier_reset >= _MOVES:
            self.looked_leaky(now)
        else:
            self.looked_fixed(now)
