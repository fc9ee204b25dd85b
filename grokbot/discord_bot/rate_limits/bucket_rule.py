"""Learns from Discord's responses by which of two rules it counts the requests of a channel.

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
    """A bucket that refills drop by drop: reported for Discord since late 2022 (discord-api-docs 7680)."""
    FIXED = auto()
    """Windows that begin full, wherever in them the requests come."""


@dataclass(slots=True)
class LearnedRule:
    """The rule that a bot currently assumes, for all channels: Discord has one limiter.

    Fixed windows are assumed for a while only: that costs freshness, and its reason may have been a slow network. Each
    time they are assumed again, it is for twice as long.
    """

    shared: bool = False
    """Whether a channel's new messages and edits share a bucket."""
    _fixed_until: float = _NEVER
    _doubt: float = _FIRST_DOUBT

    def at(self, now: float) -> Rule:
        """The rule to assume now."""
        return Rule.FIXED if now < self._fixed_until else Rule.LEAKY

    def looked_fixed(self, now: float) -> None:
        """Notes a sign that a leaky bucket does not show."""
        if self.at(now) is Rule.FIXED:
            return
        self._fixed_until = now + self._doubt
        self._doubt = min(2 * self._doubt, _LONGEST_DOUBT)

    def looked_leaky(self, now: float) -> None:
        """Notes a sign that fixed windows do not show."""
        self._fixed_until = min(self._fixed_until, now)
        self._doubt = _FIRST_DOUBT

    def compare(self, now: float, earlier_reset: float, reset: float) -> None:
        """Learns from two responses of one bucket, by the times at which each said the bucket would be full.

        In a leaky bucket every request moves that time by a second. In a fixed window it stays the same.

        Args:
            now: When the second response came, in seconds on the loop's clock.
            earlier_reset: The time from the first one. If it is past, nothing is learned.
            reset: The time from the second one.
        """
        if now >= earlier_reset:
            return
        if reset - earlier_reset >= _MOVES:
            self.looked_leaky(now)
        else:
            self.looked_fixed(now)
