"""When the next request to a channel of Discord may go out.

Here: arithmetic on times that come in as arguments (seconds on any monotonic clock). Not here: the budget of the whole
bot (`bot_budget`), choosing between answers (`scheduler`), reading Discord's headers. No asyncio, no clock.

Known limits (Discord promises none of them): a channel takes about 5 edits and 5 new messages in 5 s, counted either by
a leaky bucket (5 deep, one request comes back every second) or in fixed windows of 5 s. The first allows an edit every
second for ever and a head start; the second, with one request kept back, one every 1.25 s. Which of them Discord uses
is learned (`bucket_rule`); the leaky bucket is assumed until something speaks against it.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import Enum, IntEnum, auto
from functools import partial

from grokbot.discord_bot.rate_limits.bucket_rule import LearnedRule, Rule

CHANNEL_WINDOW = 5.0
"""Seconds in which a channel takes CHANNEL_REQUESTS of one kind."""
CHANNEL_REQUESTS = 5
REFILL = CHANNEL_WINDOW / CHANNEL_REQUESTS
"""Seconds in which a leaky bucket gives one request back; also the steady gap between edits there."""
RESERVED = 1
"""Requests of a channel's bucket that only a final edit may use. If Discord counts messages and edits together, and the
end may need a further message, one more is kept for that."""
CHANNEL_JITTER = 0.25
"""How much longer, in seconds, one request may take than the one before it without a refusal, whatever the bucket. Also
the longest wait of a final edit that follows ordinary edits alone."""
HEAD_START = 3.0
"""How slowly the head start of a full leaky bucket is used up, in seconds: after this time less than half is left. A
larger value suits long answers better, a smaller one short ones. With this one the mean age of unseen text is within
10 % of the best schedule for answers of unknown length, and from 6 s on within 10 % of the best for a known length."""
WINDOW_GAP = CHANNEL_WINDOW / (CHANNEL_REQUESTS - RESERVED)
"""Seconds between edits of a running answer, if Discord counts in fixed windows."""
QUICK_GAP = 0.6
"""Seconds between the first two edits of a quiet channel, if Discord counts in fixed windows."""

_SLOWER = 1.5
_SLOWEST = 4.0
_HALF_FORGOTTEN = 20.0
_STUCK = 0.7
_USUAL_WEIGHT = 0.1
_ROUNDING = 1e-6
_NEVER = float("-inf")


class Kind(Enum):
    """Kinds of requests that a channel counts separately."""

    EDIT = auto()
    SEND = auto()
    OTHER = auto()  # typing, deletions: rare, and held to the same rule for want of a better one


class Rank(IntEnum):
    """The most important comes first."""

    END = auto()
    """The last words of an answer."""
    OPENING = auto()
    """Opening a thread, while few answers wait to show something: what is asked early ends early."""
    FIRST = auto()
    """The first text of an answer, and anything else that a person waits for."""
    TEXT = auto()
    """More text of an answer that is already visible."""
    OTHER = auto()
    """Tidying up."""

    @property
    def urgent(self) -> bool:
        """Whether it may use what is kept back from the whole bot's ordinary edits."""
        return self <= Rank.FIRST


@dataclass(slots=True)
class _Stalls:
    """How much a channel or the bot is slowed down, and until when it is paused."""

    quiet_until: float = _NEVER
    _excess: float = 0.0
    _since: float = 0.0

    def note(self, now: float, seconds: float) -> None:
        slower = self.factor(now) * _SLOWER
        self._excess = min(slower, _SLOWEST) - 1.0
        self._since = now
        self.quiet_until = max(self.quiet_until, now + seconds)

    def factor(self, now: float) -> float:
        """The factor that stretches gaps: 1.0 if nothing was wrong for long."""
        age = max(0.0, now - self._since)
        factor = 1.0 + self._excess * 0.5 ** (age / _HALF_FORGOTTEN)
        return factor if factor > 1.01 else 1.0  # noqa: PLR2004  # under one percent is forgotten


@dataclass(slots=True)
class _Taken:
    """What was taken from one of a channel's buckets, in the terms of both rules."""

    times: deque[float] = field(default_factory=lambda: deque(maxlen=CHANNEL_REQUESTS))
    full_at: float | None = None
    """When the bucket is full again, as Discord last said."""
    left: int = 0
    """Requests that are certainly in the bucket: Discord's last number, less those sent since."""
    shut_until: float = _NEVER
    """When discord.py lets the next one through: after an empty bucket it waits until it is full again."""
    _level: float = float(CHANNEL_REQUESTS)
    _at: float = _NEVER

    def note(self, now: float) -> None:
        self._level = self.level(now) - 1.0
        self._at = now
        self.left = max(0, self.left - 1)
        self.times.append(now)

    def level(self, now: float) -> float:
        """Requests in the leaky bucket."""
        return min(float(CHANNEL_REQUESTS), self._level + max(0.0, now - self._at) / REFILL)

    def told(self, now: float, remaining: int) -> None:
        """Takes in that the bucket holds `remaining` whole requests and part of another: others may use it too."""
        self._level = min(self.level(now), remaining + 1.0)
        self._at = now
        self.left = remaining
        self.shut_until = _NEVER if remaining else self.full_at or _NEVER

    def in_window(self, now: float) -> bool:
        """Whether a known window is still running."""
        return self.full_at is not None and now < self.full_at

    def filled(self, level: float) -> float:
        """When the leaky bucket holds that many."""
        return self._at + (level - self._level) * REFILL if self._level < level else _NEVER


@dataclass(slots=True)
class ChannelPacer:
    """The pace of one channel. Every request is noted, whoever makes it; a thread is a channel of its own.

    Args:
        rule: How Discord counts, as far as known: one for all channels, which learn from each other.
    """

    rule: LearnedRule = field(default_factory=LearnedRule)
    may_grow: bool = False
    """Whether the answer's end may need a new message besides the edit."""
    _taken: dict[Kind, _Taken] = field(default_factory=lambda: {kind: _Taken() for kind in Kind})
    _stalls: _Stalls = field(default_factory=_Stalls)
    _usual: float | None = None

    def earliest(self, kind: Kind, rank: Rank, now: float) -> float:
        """When the next request of this kind may be sent; the time may be past.

        An ordinary edit keeps its distance from the text before it and leaves one request free, which an end takes at
        once. First texts keep no distance, nor does tidying up. Sends and the rest are rare and wait only where the
        channel would refuse them.

        Args:
            kind: What the request does.
            rank: How much it matters.
            now: Seconds on the loop's clock, as is the result.
        """
        taken = self._bucket(kind)
        if rank is Rank.END and taken.left > 0:
            return self._stalls.quiet_until
        kept = 0
        if kind is Kind.EDIT and rank is not Rank.END:
            kept = RESERVED + (self.rule.shared and self.may_grow)
        if self.rule.at(now) is Rule.LEAKY:
            allowed = taken.filled(1.0 + kept + CHANNEL_JITTER)
            spread = self._spread_over_refill
        else:
            allowed = _free(taken.times, CHANNEL_REQUESTS, CHANNEL_WINDOW + CHANNEL_JITTER)
            if kept and not taken.in_window(now):
                allowed = max(allowed, _free(taken.times, CHANNEL_REQUESTS - kept, CHANNEL_WINDOW))
            spread = partial(self._spread_over_window, kept)
        earliest = max(self._stalls.quiet_until, taken.shut_until, allowed)
        return max(earliest, spread(now)) if kept and rank is Rank.TEXT else earliest

    def wait(self, kind: Kind, now: float, *, final: bool) -> float:
        """Seconds until the next request of this kind may be sent; 0.0: now.

        Args:
            kind: What the request does.
            now: Seconds on the loop's clock.
            final: Whether it shows the end of an answer.
        """
        return seconds_until(now, self.earliest(kind, Rank.END if final else Rank.TEXT, now))

    def note(self, kind: Kind, now: float) -> None:
        """Counts a request as sent now."""
        self._bucket(kind).note(now)

    def stalled(self, now: float, seconds: float) -> None:
        """Discord refused a request, or one took far longer than usual.

        `seconds` is how long to pause the channel from now on: what a 429 asks for, or 0.0 if that is over already.
        After that, ordinary edits are slower for a minute or so; final ones are not.
        """
        self._stalls.note(now, seconds)

    def returned(self, kind: Kind, sent: float, now: float) -> None:
        """Learns from the time that a successful request took.

        discord.py sleeps inside a request that empties its bucket. If the leaky bucket cannot have been empty, but a
        fixed window may have been, such a sleep shows that Discord counts in windows. Any other slow request is a
        reason to go slower in this channel.

        Args:
            kind: What the request did.
            sent: When it was sent, in seconds on the loop's clock.
            now: When its answer came.
        """
        taken = self._bucket(kind)
        took = now - sent
        if self._usual is None or took <= self._usual + _STUCK:
            usual = took if self._usual is None else self._usual
            self._usual = min(took, usual + (took - usual) * _USUAL_WEIGHT)
            return
        full_window = len(taken.times) == CHANNEL_REQUESTS and taken.times[-1] - taken.times[0] < CHANNEL_WINDOW
        if not full_window:
            self.stalled(now, 0.0)
        elif taken.level(sent) >= 1.0:
            self.rule.looked_fixed(now)

    def told(self, kind: Kind, now: float, *, remaining: int, reset_after: float) -> None:
        """Takes in the rate-limit headers of a response.

        Args:
            kind: What the request did.
            now: Seconds on the loop's clock.
            remaining: Requests left, as X-RateLimit-Remaining says.
            reset_after: Seconds, as X-RateLimit-Reset-After says.
        """
        taken = self._bucket(kind)
        if taken.full_at is not None:
            self.rule.compare(now, taken.full_at, now + reset_after)
        taken.full_at = now + reset_after
        taken.told(now, remaining)

    def _bucket(self, kind: Kind) -> _Taken:
        return self._taken[Kind.EDIT if self.rule.shared and kind is Kind.SEND else kind]

    def _spread_over_refill(self, now: float) -> float:
        """The time of the next ordinary edit: one a second, sooner while there is a head start."""
        last = self._last_text()
        to_spare = max(0.0, self._taken[Kind.EDIT].level(last) - RESERVED - CHANNEL_JITTER)
        return last + REFILL / (1.0 + to_spare / HEAD_START) * self._stalls.factor(now)

    def _spread_over_window(self, kept: int, now: float) -> float:
        """The time of the next ordinary edit, spreading what is left of the window over the rest of it.

        If Discord has said when the window ends, the requests kept back for an end are used shortly before: an end that
        comes then waits for the next window, which is near.
        """
        last, taken = self._last_text(), self._taken[Kind.EDIT]
        if taken.in_window(now) and taken.full_at is not None:
            release = max(last, taken.full_at - CHANNEL_JITTER)
            gap = max(REFILL, (release - last) / (max(0, taken.left - kept) + 1))
            return last + gap * self._stalls.factor(now)
        recent = [at for at in self._taken[Kind.EDIT].times if last - at < CHANNEL_WINDOW - _ROUNDING]
        slower = self._stalls.factor(now)
        if len(recent) <= 1 and slower == 1.0:
            return last + QUICK_GAP
        left = CHANNEL_REQUESTS - RESERVED - len(recent)
        spread = (recent[0] + CHANNEL_WINDOW - last) / (left + 1) if recent and left >= 0 else 0.0
        return last + max(WINDOW_GAP, spread) * slower

    def _last_text(self) -> float:
        times = [taken.times[-1] for kind, taken in self._taken.items() if kind is not Kind.OTHER and taken.times]
        return max(times, default=_NEVER)


def _free(times: deque[float], capacity: int, window: float) -> float:
    """When another request leaves no window with more than `capacity` of them."""
    return times[-capacity] + window if len(times) >= capacity else _NEVER


def seconds_until(now: float, earliest: float) -> float:
    """Seconds from now until then; 0.0 if that is past."""
    wait = earliest - now
    return wait if wait > _ROUNDING else 0.0
