"""The whole bot's requests per second, shared by all channels.

Not here: the pace of one channel (`pacing`), who is next (`scheduler`). No asyncio, no clock.
"""

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field

from grokbot.discord_bot.rate_limits.pacing import seconds_until

BOT_WINDOW = 1.0
"""Seconds in which the whole bot may make BOT_REQUESTS (Discord's documentation, "Rate Limits")."""
BOT_REQUESTS = 50
BOT_RESERVED = 1
"""Requests of the bot's window that ordinary edits leave free. One is enough: ordinary edits are spaced evenly, so a
request becomes free every few milliseconds even when the bot is at its limit."""
BOT_SLOWEST = 5.0
"""Seconds after which a request without a response counts as answered. Any other counts until BOT_WINDOW after its
response: Discord may have counted it at any time in between, so no second holds too many, even if a stalled network
delivers everything at once."""
BOT_LEAVES = 0.25
"""Seconds after which an allowed request that has not left is given up. If it leaves after all, it needs another
allowance."""
BOT_CATCHES_UP = 0.1
"""Seconds of lateness that the pace makes up for: otherwise a busy loop would lose a part of each gap."""
BOT_AFTER_REFUSAL = 0.6
"""The share of its rate with which the bot continues after Discord refused a request for the whole bot."""
BOT_RECOVERY = 3.0
"""Seconds until it is back at its full rate."""
BOT_RECOVERY_STEP = 0.05
BOT_REMEMBERED = 60.0
"""Seconds after which a refusal is forgotten."""
BOT_AT_EASE = 12
"""With this many requests or more in the bot's window, optional ones are left out."""

_NEVER = float("-inf")


@dataclass(slots=True, eq=False)
class Allowance:
    """One request that may leave now: it counts until it does, and until `until` if it never does."""

    until: float


@dataclass(slots=True)
class BotBudget:
    """The requests of the whole bot, shared by all channels. Responses to interactions do not count.

    A request is allowed (`note`), leaves with its allowance (`left`) and is answered (`answered`). One that is not
    heard of again counts as answered late.
    """

    _until: list[float] = field(default_factory=list)
    """Until when each request counts, in order."""
    _last_ordinary: float = _NEVER
    _quiet_until: float = _NEVER
    _refused_at: float = _NEVER
    _recovery: float = BOT_RECOVERY
    """Seconds in which the bot returns to its full rate after `_quiet_until`."""

    def wait(self, now: float, *, final: bool = False) -> float:
        """Seconds until the next request may go out, or until it is worth asking again; 0.0 means now.

        `final` is for everything that must not be late (`Rank.urgent`). Ordinary requests are spaced evenly, so that
        final ones find a place at any moment.
        """
        if final:
            earliest = max(self._quiet_until, self._free(self._capacity(now)))
        else:
            free = self._free(self._capacity(now) - BOT_RESERVED)
            earliest = max(self._quiet_until, self._last_ordinary + self._gap(now), free)
        if self._recovers(now):  # by then more may be sent
            earliest = max(self._quiet_until, min(earliest, now + BOT_RECOVERY_STEP))
        return seconds_until(now, earliest)

    def note(self, now: float, *, final: bool = False) -> Allowance:
        """Counts a request as sent.

        Args:
            now: Seconds on the loop's clock.
            final: Whether it is urgent: it does not move the pace of ordinary ones.
        """
        self._forget(now)
        if not final:
            self._last_ordinary = max(self._last_ordinary + self._gap(now), now - BOT_CATCHES_UP)
        return Allowance(self._count(now + BOT_LEAVES + BOT_WINDOW))

    def left(self, now: float, allowance: Allowance) -> float | None:
        """Marks a request as sent and uses up its allowance, if that still counts. The result is for `answered`."""
        self._forget(now)
        if not self._remove(allowance.until):
            return None
        allowance.until = _NEVER
        return self._count(now + BOT_SLOWEST + BOT_WINDOW)

    def answered(self, request: float, now: float) -> None:
        """Marks a sent request as answered."""
        if now + BOT_WINDOW < request and self._remove(request):
            self._count(now + BOT_WINDOW)

    def at_ease(self, now: float) -> bool:
        """Whether there is enough room for optional requests."""
        return now >= max(self._free(BOT_AT_EASE), self._quiet_until) and not self._recovers(now)

    def stalled(self, now: float, seconds: float) -> None:
        """Discord refused a request for the whole bot: nothing goes out for `seconds` (what the 429 asks for).

        The requests in flight may be refused with it. One refusal is a mishap, and soon over. If it happens again
        within a minute, somebody else uses the same budget, and the full rate comes back half as fast each time.
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
        """The time from which fewer than `capacity` requests count."""
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
        """Drops requests that no longer count."""
        del self._until[: bisect_right(self._until, now)]
