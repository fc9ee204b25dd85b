"""Whether a turn fits into all limits. Pure: usage comes in, a verdict comes out.

The rule: a turn may begin while anything is left and, unless it is small, there is room for what it is known to send.
So it exceeds a limit by its answer, at most. Requiring room for the whole reservation would refuse small questions long
before the limit is used up, for the longest answer is far longer than most.
Not here: which limits hold (`limits`), how much is used (`accounts`), the sentences (`limit_text`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.errors import LimitReachedError, NotAllowedError
from grokbot.conversation.text import worded_later
from grokbot.policy.budgets.accounts import MINUTE, LimitUse, amount_of
from grokbot.policy.budgets.limit_text import sentence, too_costly, too_long
from grokbot.policy.budgets.limits import Counted, Limit
from grokbot.policy.budgets.periods import ENDLESS, ends
from grokbot.policy.budgets.prices import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from grokbot.conversation.errors import GrokbotError
    from grokbot.policy.budgets.prices import Amounts

WARNED_AT = 80
"""Moderators get a warning at this percentage of a day's or month's amount."""

_UNTOUCHED = LimitUse()


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit that is used up.

    Args:
        limit: Which one.
        used: How much is spent and reserved, in the limit's unit.
        until: UTC, when something is left again; None if unknown (when an answer ends) or never.
        needs: How much the turn is known to send, if something is left but less than that.
        flat: Whether that is a price, and not the length of what is sent.
    """

    limit: Limit
    used: int
    until: datetime | None
    needs: int = 0
    flat: bool = False

    @property
    def never(self) -> bool:
        """Whether waiting is useless: the limit allows nothing at all."""
        return self.limit.amount == 0

    @property
    def text(self) -> str:
        """What is used up, for the person, without the time when it comes back."""
        if not self.needs:
            return sentence(self.limit, self.used)
        return (too_costly if self.flat else too_long)(self.limit, self.used, self.needs)


@dataclass(frozen=True, slots=True)
class LimitWarning:
    """A limit that is at least 80% spent: `used` is the amount."""

    limit: Limit
    used: int


@dataclass(frozen=True, slots=True)
class BudgetDecision:
    """Whether a turn may begin: `reached` is the limit that forbids it, `warnings` are for the moderators."""

    reached: Reached | None = None
    warnings: tuple[LimitWarning, ...] = ()
    user_id: int | None = None
    """Whose limit is reached, where several people's messages are one turn."""

    @property
    def allowed(self) -> bool:
        """Whether it may begin."""
        return self.reached is None


def decide(
    limits: Sequence[Limit],
    standings: Mapping[Limit, LimitUse],
    now: datetime,
    *,
    known: Amounts = NOTHING,
    whole: Amounts | None = None,
) -> BudgetDecision:
    """Whether a turn may begin now.

    Args:
        limits: Those that hold for the person (`limits.applying`).
        standings: The usage of each, without this turn; a missing one is untouched.
        now: UTC.
        known: What the turn is known to send, the person's part of it.
        whole: All of it, if they pay a part.

    Returns:
        If several limits are reached, the one that lasts longest: what it says is true of all. Warnings come only with
        a turn that may begin, and not again once `warned` is set; the store saves that with the turn.
    """
    reached: list[Reached] = []
    warnings: list[LimitWarning] = []
    for limit in limits:
        standing = standings.get(limit, _UNTOUCHED)
        used = used_up(limit.counted, standing, now)
        if used >= limit.amount:
            reached.append(Reached(limit, used, _until(limit, standing, now)))
        elif limit.amount - used < (needs := _needs(limit, known if limit.personal else whole or known)):
            until = _until(limit, standing, now) if needs <= limit.amount else None
            reached.append(Reached(limit, used, until, needs))
        elif _due(limit, standing):
            warnings.append(LimitWarning(limit, standing.spent))
    if reached:
        return BudgetDecision(max(reached, key=lambda one: (one.never, one.needs > one.limit.amount, one.until or now)))
    return BudgetDecision(warnings=tuple(warnings))


def _needs(limit: Limit, known: Amounts) -> int:
    return 0 if limit.counted.period is None else amount_of(known, limit.counted.unit)


def _due(limit: Limit, standing: LimitUse) -> bool:
    """Whether the moderators get a warning. Reservations do not count: most of them come back."""
    told = limit.counted.period is None or standing.warned
    return not told and standing.spent * 100 >= limit.amount * WARNED_AT


def used_up(counted: Counted, standing: LimitUse, now: datetime) -> int:
    """How much of a limit is spent and reserved, in its unit.

    Args:
        counted: What the limit counts.
        standing: What was spent and is reserved.
        now: The time, in UTC.
    """
    match counted:
        case Counted.TURNS_A_MINUTE:
            return sum(turn > now - MINUTE for turn in standing.turns)
        case Counted.ANSWERS_AT_ONCE:
            return standing.running
        case _:
            return standing.spent + standing.reserved


def refusal(reached: Reached, user_id: int | None = None) -> GrokbotError:
    """The error that stops a turn before it begins: for a limit that time mends, or one that only a moderator can."""
    text = worded_later(lambda: reached.text)
    error = NotAllowedError(text) if reached.never else LimitReachedError(text, reached.until)
    error.user_id = user_id
    return error


def _until(limit: Limit, standing: LimitUse, now: datetime) -> datetime | None:
    """When something is left again, if all reservations are used in full."""
    if limit.amount == 0:
        return None
    if limit.counted is Counted.TURNS_A_MINUTE:
        turns = sorted(turn for turn in standing.turns if turn > now - MINUTE)
        return turns[len(turns) - limit.amount] + MINUTE
    if limit.counted.period is None:
        return None
    end = ends(limit.counted.period, now)
    return end if end < ENDLESS else None
