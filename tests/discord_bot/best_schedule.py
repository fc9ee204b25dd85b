"""The best schedules there are, found by trying all: for one answer in a leaky bucket, and for a few that share.

Not here: the pacing that is held against them (`test_scheduler`). Text comes without a pause; every edit takes the
same time to be seen. An edit that is visible at b + latency shows what came until b: between edits at a and b the
oldest unseen text is `latency` to `b - a + latency` old, so each gap costs (b - a) * (latency + (b - a) / 2).
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

STEP = 0.25
LATENCY = 0.1
DEPTH = 5.0
KEPT = 1.0
LONGEST_GAP = 7
"""In steps. A longer one is never better: the bucket gives a request back every second."""


def mean_age(edits: Sequence[float], length: float) -> float:
    """Mean staleness of an answer that begins at 0.0, is edited at these times and gets its end at once."""
    times = [0.0, *(at for at in edits if 0.0 < at < length), length]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    area = LATENCY**2 / 2 + sum(gap * (LATENCY + gap / 2) for gap in gaps)
    return area / (length + LATENCY)


def best_mean_age(lengths: Sequence[float]) -> float:
    """The smallest mean over answers of these lengths, each as likely, of one schedule for all of them.

    With one length it is the schedule of somebody who knows when the answer ends.
    """
    steps = round(max(lengths) / STEP)

    @cache
    def cost(begin: int, end: int) -> float:
        start, stop = begin * STEP, end * STEP
        spans = ((min(stop, length) - start, length) for length in lengths if length > start)
        return sum((LATENCY + span / 2) * span / (length + LATENCY) for span, length in spans)

    @cache
    def rest(last: int, level: int) -> float:
        """From an edit at `last` on, with `level` requests in the bucket: both in steps."""
        best = cost(last, 10 * steps)
        for then in range(last + 1, min(steps, last + LONGEST_GAP)):
            filled = min(round(DEPTH / STEP), level + then - last)
            if filled >= (1.0 + KEPT) / STEP:
                best = min(best, cost(last, then) + rest(then, filled - round(1 / STEP)))
        return best

    before_the_first = sum(LATENCY**2 / 2 / (length + LATENCY) for length in lengths)
    return (before_the_first + rest(0, round(DEPTH / STEP))) / len(lengths)


def best_turns(begins: Sequence[float], slots: Sequence[float], end: float) -> float:
    """The smallest mean staleness of answers that begin at these times, when each slot takes an edit of one of them."""
    costs = [_by_slots(begin, slots, end) for begin in begins]
    nobody = len(begins)
    best = float("inf")
    for owners in product(range(nobody), repeat=len(slots)):
        masks = [0] * nobody
        for slot, owner in enumerate(owners):
            masks[owner] |= 1 << slot
        best = min(best, sum(cost[mask] for cost, mask in zip(costs, masks, strict=True)))
    return best / nobody


def _by_slots(begin: float, slots: Sequence[float], end: float) -> list[float]:
    """For every set of slots: the mean staleness of an answer that gets these."""
    return [
        mean_age([at - begin for slot, at in enumerate(slots) if mask >> slot & 1], end - begin)
        for mask in range(1 << len(slots))
    ]
