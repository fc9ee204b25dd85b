"""Rate limits. PURE: time is an argument.

Here: the two kinds of bucket, all buckets by name, and the count of invalid requests.
Not here: the rule of each route (rest/), and headers (server.py).
"""

import math
from dataclasses import dataclass, field

from grokbot.sandbox.discord_server.rules.rules import BucketRule

_ALMOST = 1e-9  # floating-point error when a drop falls exactly on time
_SWEEP_ABOVE = 20_000


@dataclass(frozen=True)
class LimitVerdict:
    """A bucket's verdict on one request.

    Attributes:
        allowed: whether the request may pass; a refused one costs nothing.
        limit: requests of a full bucket.
        remaining: whole requests left.
        reset_after: seconds until the bucket is full again.
        retry_after: seconds until the next single request passes; 0 when this one passed.
    """

    allowed: bool
    limit: int
    remaining: int
    reset_after: float
    retry_after: float


class Bucket:
    """State of one bucket; its rule gives the kind."""

    __slots__ = ("_at", "_level", "_rule")

    def __init__(self, rule: BucketRule, now: float) -> None:
        self._rule = rule
        self._level = float(rule.limit)
        self._at = now

    def take(self, now: float) -> LimitVerdict:
        """Take one request at `now` (seconds, never going back)."""
        rule = self._rule
        if rule.mode == "leaky":
            self._level = min(rule.limit, self._level + (now - self._at) * rule.limit / rule.window)
            self._at = now
        elif now - self._at >= rule.window:
            self._level = float(rule.limit)
        if rule.mode == "fixed" and self._level >= rule.limit:
            self._at = now  # a window starts with its first request
        allowed = self._level >= 1 - _ALMOST
        if allowed:
            self._level = max(0.0, self._level - 1)
        return self._verdict(now, allowed=allowed)

    def look(self, now: float) -> LimitVerdict:
        """Its state, without taking a request."""
        rule, level = self._rule, self._level
        if rule.mode == "leaky":
            level = min(rule.limit, level + (now - self._at) * rule.limit / rule.window)
            reset = (rule.limit - level) * rule.window / rule.limit
        else:
            reset = 0.0 if self.full(now) or level >= rule.limit else self._at + rule.window - now
            level = level if reset else float(rule.limit)
        return LimitVerdict(
            allowed=level >= 1 - _ALMOST,
            limit=rule.limit,
            remaining=int(level + _ALMOST),
            reset_after=_ceil_ms(reset),
            retry_after=0.0,
        )

    def full(self, now: float) -> bool:
        """Whether forgetting this bucket would change nothing."""
        rule = self._rule
        if rule.mode == "leaky":
            return self._level + (now - self._at) * rule.limit / rule.window >= rule.limit
        return now - self._at >= rule.window

    def _verdict(self, now: float, *, allowed: bool) -> LimitVerdict:
        rule = self._rule
        if rule.mode == "leaky":
            drop = rule.window / rule.limit
            reset = (rule.limit - self._level) * drop
            retry = 0.0 if allowed else (1 - self._level) * drop
        else:
            reset = max(0.0, self._at + rule.window - now)
            retry = 0.0 if allowed else reset
        return LimitVerdict(allowed, rule.limit, int(self._level + _ALMOST), _ceil_ms(reset), _ceil_ms(retry))


@dataclass
class LimitBook:
    """All buckets, created on first use; full ones are dropped when there are very many."""

    _buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    def take(self, rule: BucketRule, name: str, major: str, now: float) -> LimitVerdict | None:
        """Take one request from a bucket; None: the rule is off.

        Args:
            rule: For a new bucket.
            name: The bucket's name.
            major: Id of the channel, server or webhook, each of which has its own bucket of that name.
            now: Seconds on any clock.
        """
        if rule.mode == "off":
            return None
        key = (name, major)
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) > _SWEEP_ABOVE:
                self._buckets = {k: b for k, b in self._buckets.items() if not b.full(now)}
            bucket = self._buckets[key] = Bucket(rule, now)
        return bucket.take(now)

    def in_use(self, now: float) -> list[tuple[str, str, LimitVerdict]]:
        """Name, top-level resource and state of every bucket that is not full; drops full ones."""
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if not bucket.full(now)}
        return [(name, major, bucket.look(now)) for (name, major), bucket in self._buckets.items()]


class InvalidRequests:
    """Counts 401, 403 and 429 in windows; too many ban the address until the window ends."""

    def __init__(self, limit: int, window: float) -> None:
        self._limit = limit
        self._window = window
        self._since = -math.inf
        self.count = 0

    def add(self, now: float) -> None:
        """Count one invalid request at `now` (seconds)."""
        self._turn(now)
        self.count += 1

    def banned(self, now: float) -> bool:
        """Whether the address is banned at `now` (seconds)."""
        self._turn(now)
        return self.count >= self._limit

    def _turn(self, now: float) -> None:
        if now - self._since >= self._window:
            self._since = now
            self.count = 0


def _ceil_ms(seconds: float) -> float:
    """Rounded up to a millisecond, so that waiting that long is enough."""
    return math.ceil(seconds * 1000 - _ALMOST * 1000) / 1000
