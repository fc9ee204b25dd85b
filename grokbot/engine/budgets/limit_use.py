"""How much of a limit is used, as people are told it, and in which order limits stand.

Not here: looking it up (`budgets`), the rules (`policy.budgets`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.policy.budgets import ENDLESS, Counted, Limit, LimitUse, Scope, decide, ends, used_up

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Used:
    """A limit, and how much of it is used with all reservations, in its unit.

    `until` is when something is left again, or when it starts over; None if unknown.
    """

    limit: Limit
    used: int
    until: datetime | None


def used_now(limit: Limit, standing: LimitUse, now: datetime) -> Used:
    """What is used of a limit.

    Args:
        limit: Which.
        standing: What the database adds up.
        now: The time, in UTC.
    """
    reached = decide([limit], {limit: standing}, now).reached
    until = reached.until if reached is not None else None
    if reached is None and limit.counted.period is not None:
        end = ends(limit.counted.period, now)
        until = end if end < ENDLESS else None
    return Used(limit, used_up(limit.counted, standing, now), until)


def order(limit: Limit) -> tuple[int, int, int, int]:
    """For lists: the operator's first, then the widest."""
    return limit.guild_id, list(Scope).index(limit.scope), limit.scope_id, list(Counted).index(limit.counted)
