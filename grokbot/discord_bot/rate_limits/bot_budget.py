"""The requests that the whole bot may make in a second, which all its channels share.

Not here: the pace of one channel (`pacing`), who is next (`scheduler`). No asyncio, no clock.
"""

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field

from grokbot.discord_bot.rate_limits.pacing import seconds_until

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

_NEVER = float("-inf")


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
        return seconds_until(now, earliest)

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
