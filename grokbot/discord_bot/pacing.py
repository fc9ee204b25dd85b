"""When the next request to Discord may go out: for one channel, and for the whole bot.

Here belongs arithmetic on times that come in as arguments (seconds on any monotonic clock). Waiting, sending and
reading Discord's headers do not belong here. No discord, no asyncio, no clock.

What is known of the limits (nothing of it is promised by Discord): a channel takes about 5 edits and 5 new messages in
5 s, counted either by a leaky bucket (5 deep, one request comes back every second) or in fixed windows of 5 s that
start nobody knows when. Whoever never lets more than 5 requests arrive in any 5 s is refused by neither.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto

CHANNEL_WINDOW = 5.0
"""Seconds in which a channel takes CHANNEL_REQUESTS of one kind."""
CHANNEL_REQUESTS = 5
RESERVED = 1
"""Requests of a channel's window that only a final edit may use."""
CHANNEL_JITTER = 0.25
"""How much longer one request may be under way than the one before it, in seconds, with no refusal whatever the bucket.
It is also the longest that a final edit waits after ordinary edits alone."""
STEADY_GAP = CHANNEL_WINDOW / (CHANNEL_REQUESTS - RESERVED)
"""Seconds between edits once an answer is under way."""
QUICK_GAP = 0.6
"""Seconds between the first two edits of a channel that was quiet: people look at the start."""

BOT_WINDOW = 1.0
"""Seconds in which the whole bot may make 50 requests (Discord's documentation, "Rate Limits")."""
BOT_REQUESTS = 48
BOT_RESERVED = 6
"""Requests of the bot's window that ordinary edits leave to final edits, new messages and the rest."""
BOT_JITTER = 0.1
"""As CHANNEL_JITTER, for the whole bot."""

_SLOWER = 1.5
_SLOWEST = 4.0
_HALF_FORGOTTEN = 20.0
_ROUNDING = 1e-6


class Kind(Enum):
    """What a channel counts apart."""

    EDIT = auto()
    SEND = auto()
    OTHER = auto()  # typing, deletions: rare, and held to the same rule for want of a better one


@dataclass(slots=True)
class _Stalls:
    """How much a channel or the bot was slowed down, and until when it is left alone."""

    quiet_until: float = float("-inf")
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
class ChannelPacer:
    """The pace of one channel. Every request is noted, whoever makes it; a thread is a channel of its own."""

    _sent: dict[Kind, deque[float]] = field(
        default_factory=lambda: {kind: deque(maxlen=CHANNEL_REQUESTS) for kind in Kind}
    )
    _stalls: _Stalls = field(default_factory=_Stalls)

    def wait(self, kind: Kind, now: float, *, final: bool) -> float:
        """Seconds until the next request of this kind may go out; 0.0 means now.

        Ordinary edits are spread evenly and leave one request over, which a final edit takes at once. Sends and the
        rest are rare and wait only where the channel would refuse them.
        """
        sent = self._sent[kind]
        earliest = max(self._stalls.quiet_until, _free(sent, CHANNEL_REQUESTS, CHANNEL_WINDOW + CHANNEL_JITTER))
        if kind is Kind.EDIT and not final:
            reserve_kept = _free(sent, CHANNEL_REQUESTS - RESERVED, CHANNEL_WINDOW)
            earliest = max(earliest, reserve_kept, self._even(now))
        return _from(now, earliest)

    def note(self, kind: Kind, now: float) -> None:
        """A request goes out now."""
        self._sent[kind].append(now)

    def stalled(self, now: float, seconds: float) -> None:
        """Discord refused a request, or one took far longer than usual.

        `seconds` is how long the channel is to be left alone from now on: what a 429 asks for, or 0.0 when that is over
        already. Beyond that, ordinary edits come more slowly for a minute or so; final ones do not.
        """
        self._stalls.note(now, seconds)

    def _even(self, now: float) -> float:
        """When the next edit is due, so that what is left of the window is spread over the rest of it."""
        edits = self._sent[Kind.EDIT]
        if not edits:
            return float("-inf")
        last = edits[-1]
        recent = [at for at in edits if last - at < CHANNEL_WINDOW - _ROUNDING]
        slower = self._stalls.factor(now)
        if len(recent) == 1 and slower == 1.0:
            return last + QUICK_GAP
        left = CHANNEL_REQUESTS - RESERVED - len(recent)
        spread = (recent[0] + CHANNEL_WINDOW - last) / (left + 1) if left >= 0 else 0.0
        return last + max(STEADY_GAP, spread) * slower


@dataclass(slots=True)
class BotBudget:
    """The requests of the whole bot, which all channels share. Answers to interactions do not count."""

    _sent: deque[float] = field(default_factory=lambda: deque(maxlen=BOT_REQUESTS))
    _stalls: _Stalls = field(default_factory=_Stalls)

    def wait(self, now: float, *, final: bool = False) -> float:
        """Seconds until the next request may go out; 0.0 means now.

        `final` is for all that must not be late: final edits, new messages, what a person waits for. It may use what
        ordinary edits leave over.
        """
        capacity = BOT_REQUESTS if final else BOT_REQUESTS - BOT_RESERVED
        window = (BOT_WINDOW + BOT_JITTER) * (1.0 if final else self._stalls.factor(now))
        return _from(now, max(self._stalls.quiet_until, _free(self._sent, capacity, window)))

    def note(self, now: float) -> None:
        """A request goes out now."""
        self._sent.append(now)

    def stalled(self, now: float, seconds: float) -> None:
        """Discord refused a request for the whole bot.

        Nothing goes out for `seconds` (what the 429 asks for), then less than usual for a while.
        """
        self._stalls.note(now, seconds)


def _free(times: deque[float], capacity: int, window: float) -> float:
    """When a further request leaves no window with more than `capacity` of them."""
    return times[-capacity] + window if len(times) >= capacity else float("-inf")


def _from(now: float, earliest: float) -> float:
    wait = earliest - now
    return wait if wait > _ROUNDING else 0.0
