"""What the buckets allow: the figures that the bench prints beside what it has measured. Pure.

Here: arithmetic on the rules in force and on times: those at which the tokens would come if every answer began at
once, or those at which they came. Not here: measuring (`stream`, `freshness`).

Where the limits come from, with a latency L, an edit period P, and a request that is seen by people L after it is sent:

- One text. It was received, it is sent at once, it is seen L later. So the first text and the end lag at least L.
- Many texts at once. The budget of the whole bot lets 50 go now, 50 a second later, and so on. How long each waits is
  found by letting all of them through that bucket, nothing else being sent meanwhile. 200 ends at once: the last 50
  go after 3 s, so the 95th percentile is 3 s + L.
- Steady streaming. An edit shows what was received when it was sent, and is seen L later. Right then the oldest text
  not yet visible is L old; until the next edit is seen that grows to L + P. In between it grows evenly, so its mean is
  L + P / 2 and its 95th percentile L + 0.95 P.
- The period. A channel's bucket gives one edit back every second (5 in 5 s, leaky or fixed), so P is at least 1 s. If
  so many answers run that the budget of the bot is short, each is served in its turn: P = running answers / 50 s.

A full bucket at the beginning is a head start that the steady limit leaves out; short answers can be better than it.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.sandbox.discord_server.rules.limits import Bucket
from tests.bench.freshness import Stretch, mean, quantile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grokbot.sandbox.discord_server import Rules


INSTANT = 1e-6
"""Seconds. A window that ends a rounding error from now is said to end in 0 s; waiting for that would never end."""


@dataclass(frozen=True, slots=True)
class Span:
    """The time in which the tokens of one answer came, in seconds on any clock."""

    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Plan:
    """How every answer is meant to go, in seconds after its request has reached the model."""

    first_token_after: float
    last_token_after: float
    opens_thread: bool = False


def edit_period(rules: Rules, running: int) -> float:
    """Seconds between two edits of one answer that the buckets allow for ever, while `running` answers are edited."""
    alone = rules.edit.window / rules.edit.limit
    return max(alone, running * rules.everything.window / rules.everything.limit)


def staleness(rules: Rules, spans: Sequence[Span]) -> tuple[float, float]:
    """Mean and 95th percentile of the age of the oldest unseen text, in seconds, under steady streaming.

    Every moment counts as often as answers run in it, each with the period that so many answers allow.
    """
    stretches = [
        Stretch(rules.latency, rules.latency + edit_period(rules, running), running * seconds)
        for running, seconds in running_through(spans)
    ]
    return mean(stretches), quantile(stretches, 0.95)


def lags(rules: Rules, ready: Sequence[float]) -> list[float]:
    """Seconds from when each text was received until it is seen, if nothing but these texts is sent, first come first.

    Args:
        rules: The rules in force.
        ready: When each was received, in seconds on any clock.
    """
    bucket = Bucket(rules.everything, min(ready, default=0.0))
    before = float("-inf")
    waits = []
    for at in sorted(ready):
        before = _passed(bucket, max(at, before))
        waits.append(before - at + rules.latency)
    return waits


def lags_of_opening(rules: Rules, asked: Sequence[float], first_token_after: float) -> list[float]:
    """Seconds from each mention until the first text of its answer is seen, where a thread has to be opened first.

    The mention arrives L after it was written, the thread is there L after the request for it was sent, the model's
    first token comes `first_token_after` seconds later, and the message with it is seen L after it was sent. Both
    requests are taken from the budget of the whole bot, first come first.
    """
    waiting = [(at + rules.latency, number, False) for number, at in enumerate(asked)]
    heapq.heapify(waiting)
    bucket = Bucket(rules.everything, min(asked, default=0.0))
    before = float("-inf")
    seen = [0.0] * len(waiting)
    while waiting:
        at, number, opened = heapq.heappop(waiting)
        before = _passed(bucket, max(at, before))
        if opened:
            seen[number] = before + rules.latency - asked[number]
        else:
            heapq.heappush(waiting, (before + rules.latency + first_token_after, number, True))
    return seen


def schedule(rules: Rules, asked: Sequence[float], plan: Plan) -> list[Span]:
    """When the tokens of each answer would come if it began at once.

    The question arrives L after it was asked. Where a thread has to be opened first, that takes one request of the
    bot's budget, and another L.
    """
    begun = [at + rules.latency for at in asked]
    if plan.opens_thread:
        begun = [at + lag for at, lag in zip(sorted(begun), lags(rules, begun), strict=True)]
    return [Span(at + plan.first_token_after, at + plan.last_token_after) for at in begun]


def requests_per_answer(rules: Rules, spans: Sequence[Span]) -> float:
    """The most requests that can bring one answer: what its channel takes, or its part of the bot's budget.

    A channel takes one new message, a full bucket of edits, and one more edit whenever one comes back. The budget
    counts until the last of the ends has passed.
    """
    back = rules.edit.window / rules.edit.limit
    channel = [1 + rules.edit.limit + int((span.end - span.begin) / back) for span in spans]
    ends = [span.end for span in spans]
    whole = max(ends) + max(lags(rules, ends)) - rules.latency - min(span.begin for span in spans)
    budget = (1 + int(whole / rules.everything.window)) * rules.everything.limit
    return min(sum(channel), budget) / len(spans)


def most_running(spans: Sequence[Span]) -> int:
    """How many answers ran at once."""
    return max((running for running, _ in running_through(spans)), default=0)


def running_through(spans: Sequence[Span]) -> Iterator[tuple[int, float]]:
    """(answers that run, for how many seconds), piece by piece through the time in which any runs."""
    changes = sorted([(span.begin, 1) for span in spans] + [(span.end, -1) for span in spans])
    running, since = 0, 0.0
    for at, change in changes:
        if running and at > since:
            yield running, at - since
        running, since = running + change, at


def _passed(bucket: Bucket, at: float) -> float:
    """When a request that is ready at `at` passes."""
    while not (verdict := bucket.take(at)).allowed:
        at += max(verdict.retry_after, INSTANT)
    return at
