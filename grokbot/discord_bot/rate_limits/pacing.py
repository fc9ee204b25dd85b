"""When the next request to Discord may go out: for one channel, and for the whole bot.

Here belongs arithmetic on times that come in as arguments (seconds on any monotonic clock). Waiting, sending, reading
Discord's headers and choosing between answers (`scheduler`) do not belong here. No discord, no asyncio, no clock.

What is known of the limits (nothing of it is promised by Discord): a channel takes about 5 edits and 5 new messages in
5 s, counted either by a leaky bucket (5 deep, one request comes back every second) or in fixed windows of 5 s. The
first allows an edit every second for ever and a head start; the second, with one request kept back, one every 1.25 s.
By which of them Discord counts is learned (`bucket_rule`); until something speaks against it, it is the leaky bucket.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, IntEnum, auto
from functools import partial

from grokbot.discord_bot.rate_limits.bucket_rule import LearnedRule, Rule

CHANNEL_WINDOW = 5.0
"""Seconds in which a channel takes CHANNEL_REQUESTS of one kind."""
CHANNEL_REQUESTS = 5
REFILL = CHANNEL_WINDOW / CHANNEL_REQUESTS
"""Seconds after which a leaky bucket gives one request back; also the steady gap between edits there."""
RESERVED = 1
"""Requests of a channel's bucket that only a final edit may use. Where Discord counts messages and edits together, and
the end may need a further message, one more is kept for that."""
CHANNEL_JITTER = 0.25
"""How much longer one request may be under way than the one before it, in seconds, with no refusal whatever the bucket.
It is also the longest that a final edit waits after ordinary edits alone."""
HEAD_START = 3.0
"""How slowly the head start of a full leaky bucket is used up, in seconds: after this time less than a half is left.
Longer serves long answers better, shorter the short ones. With this the mean age of unseen text is within 10 % of the
best schedule for an answer whose length nobody knows, and within 10 % of one who knows it from 6 s on."""
WINDOW_GAP = CHANNEL_WINDOW / (CHANNEL_REQUESTS - RESERVED)
"""Seconds between edits once an answer is under way, where Discord counts in fixed windows."""
QUICK_GAP = 0.6
"""Seconds between the first two edits of a channel that was quiet, where Discord counts in fixed windows."""

BOT_WINDOW = 1.0
"""Seconds in which the whole bot may make BOT_REQUESTS (Discord's documentation, "Rate Limits")."""
BOT_REQUESTS = 50
BOT_RESERVED = 1
"""Requests of the bot's window that ordinary edits leave over. One is enough: as ordinary edits are spaced evenly, a
request comes free every few milliseconds even when the bot is at its limit."""
BOT_SLOWEST = 5.0
"""A request counts until BOT_WINDOW after its answer has come: whenever it was in between that Discord counted it, no
second holds too many, not even when the network stood still and all arrives at once. Only if it has no answer so long
after it was sent, in seconds, it counts as answered."""
BOT_LEAVES = 0.25
"""Seconds after which a request that was allowed and has not left is taken for one that never will. If it is to leave
after all, it needs another allowance."""
BOT_CATCHES_UP = 0.1
"""Seconds of which turns that came late are made up for: a busy loop would lose a part of each gap otherwise."""
BOT_OPENINGS = 16
"""Openings of threads a second that a busy bot begins: a third of what it may send. Each is followed by a first text at
once and by an edit every second, and when all that is begun at once comes to stand still, it serves nobody."""
BOT_FEW = 4
"""With fewer requests than that in the bot's window it is not busy."""
BOT_AFTER_REFUSAL = 0.6
"""With what share of its rate the bot goes on after Discord refused a request for the whole bot."""
BOT_RECOVERY = 3.0
"""Seconds after which it is at its full rate again."""
BOT_RECOVERY_STEP = 0.05
BOT_REMEMBERED = 60.0
"""Seconds after which a refusal is forgotten."""
BOT_AT_EASE = 12
"""With so many requests in the bot's window or more, what can be left out is left out."""

_SLOWER = 1.5
_SLOWEST = 4.0
_HALF_FORGOTTEN = 20.0
_STUCK = 0.7
_USUAL_WEIGHT = 0.1
_ROUNDING = 1e-6
_NEVER = float("-inf")


class Kind(Enum):
    """What a channel counts apart."""

    EDIT = auto()
    SEND = auto()
    OTHER = auto()  # typing, deletions: rare, and held to the same rule for want of a better one


class Rank(IntEnum):
    """What matters most comes first."""

    END = auto()
    """The last words of an answer."""
    FIRST = auto()
    """The first text of an answer, and all else that a person waits for."""
    OPENING = auto()
    """A thread that is opened: what has begun goes on before more is begun."""
    TEXT = auto()
    """More text of an answer that can be seen already."""
    OTHER = auto()
    """Tidying up."""

    @property
    def urgent(self) -> bool:
        """Whether it may use what is kept back from ordinary edits of the whole bot."""
        return self <= Rank.OPENING


@dataclass(slots=True)
class _Stalls:
    """How much a channel or the bot was slowed down, and until when it is left alone."""

    quiet_until: float = _NEVER
    _excess: float = 0.0
    _since: float = 0.0

    def note(self, now: float, seconds: float) -> None:
        slower = self.factor(now) * _SLOWER
        self._excess = min(slower, _SLOWEST) - 1.0
        self._since = now
        self.quiet_until = max(self.quiet_until, now + seconds)

    def factor(self, now: float) -> float:
        """By what gaps are stretched: 1.0 when nothing was wrong for long."""
        age = max(0.0, now - self._since)
        factor = 1.0 + self._excess * 0.5 ** (age / _HALF_FORGOTTEN)
        return factor if factor > 1.01 else 1.0  # noqa: PLR2004  # under one percent is forgotten


@dataclass(slots=True)
class _Taken:
    """What was taken from one of a channel's buckets, kept in the terms of both rules."""

    times: deque[float] = field(default_factory=lambda: deque(maxlen=CHANNEL_REQUESTS))
    full_at: float | None = None
    """When the bucket is full again, as Discord said last."""
    left: int = 0
    """Requests that the bucket holds for certain: as Discord said last, less what was sent since."""
    shut_until: float = _NEVER
    """When discord.py lets the next one through: once a bucket is empty, it waits until it is full again."""
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
        """The bucket holds `remaining` whole requests and a part of one more: somebody else may have taken from it."""
        self._level = min(self.level(now), remaining + 1.0)
        self._at = now
        self.left = remaining
        self.shut_until = _NEVER if remaining else self.full_at or _NEVER

    def in_window(self, now: float) -> bool:
        """Whether a window is known to have begun, which ends later."""
        return self.full_at is not None and now < self.full_at

    def filled(self, level: float) -> float:
        """When the leaky bucket holds that many."""
        return self._at + (level - self._level) * REFILL if self._level < level else _NEVER


@dataclass(slots=True)
class ChannelPacer:
    """The pace of one channel. Every request is noted, whoever makes it; a thread is a channel of its own.

    Args:
        rule: How Discord counts, as far as is known: one for all channels, which learn from each other.
    """

    rule: LearnedRule = field(default_factory=LearnedRule)
    may_grow: bool = False
    """Whether the end of what is written there may need a message that is not there yet, beside its edit."""
    _taken: dict[Kind, _Taken] = field(default_factory=lambda: {kind: _Taken() for kind in Kind})
    _stalls: _Stalls = field(default_factory=_Stalls)
    _usual: float | None = None

    def earliest(self, kind: Kind, rank: Rank, now: float) -> float:
        """When the next request of this kind may be sent; the time may be past.

        An ordinary edit keeps its distance from the text before it and leaves one request over, which an end takes at
        once. First texts keep no distance. Sends and the rest are rare and wait only where the channel would refuse
        them.

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
        return max(earliest, spread(now)) if kept and rank is not Rank.FIRST else earliest

    def wait(self, kind: Kind, now: float, *, final: bool) -> float:
        """Seconds until the next request of this kind may be sent; 0.0: now.

        Args:
            kind: What the request does.
            now: Seconds on the loop's clock.
            final: Whether it shows the end of an answer.
        """
        return _from(now, self.earliest(kind, Rank.END if final else Rank.TEXT, now))

    def note(self, kind: Kind, now: float) -> None:
        """A request goes out now."""
        self._bucket(kind).note(now)

    def stalled(self, now: float, seconds: float) -> None:
        """Discord refused a request, or one took far longer than usual.

        `seconds` is how long the channel is to be left alone from now on: what a 429 asks for, or 0.0 when that is over
        already. Beyond that, ordinary edits come more slowly for a minute or so; final ones do not.
        """
        self._stalls.note(now, seconds)

    def returned(self, kind: Kind, sent: float, now: float) -> None:
        """Learns from the time that a successful request took.

        discord.py sleeps inside a request that empties its bucket. Where the leaky bucket cannot have been empty, but a
        fixed window may have been, such a sleep says that Discord counts in windows. Any other is a reason to go slower
        in this channel.

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
        """Takes in the rate-limit headers of an answer.

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
        """The next ordinary edit: one a second, and the sooner the more is left of the head start."""
        last = self._last_text()
        to_spare = max(0.0, self._taken[Kind.EDIT].level(last) - RESERVED - CHANNEL_JITTER)
        return last + REFILL / (1.0 + to_spare / HEAD_START) * self._stalls.factor(now)

    def _spread_over_window(self, kept: int, now: float) -> float:
        """The next ordinary edit, so that what is left of the window is spread over the rest of it.

        Where Discord has said when the window ends, what is kept back for an end is used up shortly before: an end that
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


@dataclass(slots=True, eq=False)
class Allowance:
    """One request that may leave, at once: it counts until then, and until `until` if it never does."""

    until: float


@dataclass(slots=True)
class BotBudget:
    """The requests of the whole bot, which all channels share. Answers to interactions do not count.

    A request is allowed (`note`), leaves with its allowance (`left`) and is answered (`answered`). One of which nothing
    more is heard counts as answered late.
    """

    _until: list[float] = field(default_factory=list)
    """Until when each request counts, in order."""
    _last_ordinary: float = _NEVER
    _last_opening: float = _NEVER
    _quiet_until: float = _NEVER
    _refused_at: float = _NEVER
    _recovery: float = BOT_RECOVERY
    """Seconds in which the bot comes back to its full rate after `_quiet_until`."""

    def wait(self, now: float, *, final: bool = False) -> float:
        """Seconds until the next request may go out, or until it is worth asking again; 0.0 means now.

        `final` is for all that must not be late (`Rank.urgent`). Ordinary requests are spaced evenly, so that those
        find their place at any moment.
        """
        if final:
            earliest = max(self._quiet_until, self._free(self._capacity(now)))
        else:
            free = self._free(self._capacity(now) - BOT_RESERVED)
            earliest = max(self._quiet_until, self._last_ordinary + self._gap(now), free)
        if self._recovers(now):  # by then there is room for more
            earliest = max(self._quiet_until, min(earliest, now + BOT_RECOVERY_STEP))
        return _from(now, earliest)

    def opens_from(self) -> float:
        """From when on a thread may be opened, if there is room at all: a time, which may be past."""
        return min(self._last_opening + BOT_WINDOW / BOT_OPENINGS, self._free(BOT_FEW))

    def note(self, now: float, *, final: bool = False, opening: bool = False) -> Allowance:
        """Counts a request as sent.

        Args:
            now: Seconds on the loop's clock.
            final: Whether it is urgent: it does not move the pace of ordinary ones.
            opening: Whether it opens a thread, which has a pace of its own.
        """
        self._forget(now)
        if opening:
            self._last_opening = max(self._last_opening + BOT_WINDOW / BOT_OPENINGS, now - BOT_CATCHES_UP)
        elif not final:
            self._last_ordinary = max(self._last_ordinary + self._gap(now), now - BOT_CATCHES_UP)
        return Allowance(self._count(now + BOT_LEAVES + BOT_WINDOW))

    def left(self, now: float, allowance: Allowance) -> float | None:
        """A request goes out now, if its allowance is still good: it is used up then. Returns what `answered` takes."""
        self._forget(now)
        if not self._remove(allowance.until):
            return None
        allowance.until = _NEVER
        return self._count(now + BOT_SLOWEST + BOT_WINDOW)

    def answered(self, request: float, now: float) -> None:
        """The answer of one that left has come."""
        if now + BOT_WINDOW < request and self._remove(request):
            self._count(now + BOT_WINDOW)

    def at_ease(self, now: float) -> bool:
        """Whether there is so much room that what nobody would miss may go out too."""
        return now >= max(self._free(BOT_AT_EASE), self._quiet_until) and not self._recovers(now)

    def stalled(self, now: float, seconds: float) -> None:
        """Discord refused a request for the whole bot: nothing goes out for `seconds` (what the 429 asks for).

        All that was under way then may be refused with it. Once is a mishap, and soon over. If it happens again within
        a minute, somebody else takes from the same budget, and the full rate comes back half as fast each time.
        """
        if now >= max(self._quiet_until, self._refused_at + BOT_WINDOW):
            again = now < self._quiet_until + BOT_REMEMBERED
            self._recovery = min(2.0 * self._recovery, BOT_REMEMBERED) if again else BOT_RECOVERY
            self._refused_at = now
        self._quiet_until = max(self._quiet_until, now + seconds)

    def _gap(self, now: float) -> float:
        """Seconds between two ordinary requests."""
        return BOT_WINDOW / (self._capacity(now) - BOT_RESERVED)

    def _recovers(self, now: float) -> bool:
        return now < self._quiet_until + self._recovery

    def _capacity(self, now: float) -> int:
        """How many requests may count at once."""
        if not self._recovers(now):
            return BOT_REQUESTS
        back = max(0.0, now - self._quiet_until) / self._recovery
        return int(BOT_REQUESTS * (BOT_AFTER_REFUSAL + (1.0 - BOT_AFTER_REFUSAL) * back))

    def _free(self, capacity: int) -> float:
        """When fewer than `capacity` requests count."""
        return self._until[-capacity] if len(self._until) >= capacity else _NEVER

    def _count(self, until: float) -> float:
        insort(self._until, until)
        return until

    def _remove(self, until: float) -> bool:
        place = bisect_left(self._until, until)
        found = place < len(self._until) and self._until[place] == until
        if found:
            del self._until[place]
        return found

    def _forget(self, now: float) -> None:
        """What counts no more."""
        del self._until[: bisect_right(self._until, now)]


def _free(times: deque[float], capacity: int, window: float) -> float:
    """When a further request leaves no window with more than `capacity` of them."""
    return times[-capacity] + window if len(times) >= capacity else _NEVER


def _from(now: float, earliest: float) -> float:
    wait = earliest - now
    return wait if wait > _ROUNDING else 0.0
