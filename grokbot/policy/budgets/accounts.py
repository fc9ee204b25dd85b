"""What turns have reserved and spent, and what of it counts against a limit. Pure.

A turn has one entry, made in the transaction that begins the turn and settled in the one that ends it. So a crash
leaves an entry either open or closed, and nothing in between. The store adds up in SQL what `standing` adds up here;
tests compare the two.
Not here: whether a turn fits (`budgets`), what it costs (`prices`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from grokbot.policy.budgets.limits import DIRECT, Account, Counted, LimitUnit
from grokbot.policy.budgets.periods import Period, began
from grokbot.policy.budgets.prices import NOTHING, Amounts

if TYPE_CHECKING:
    from collections.abc import Iterable

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEntry:
    """One turn in the accounts. It counts in the day and the month of `at`, however late it is settled."""

    turn_id: str
    user_id: int
    guild_id: int = DIRECT
    at: datetime
    reserved: Amounts
    spent: Amounts | None = None
    """What it took; None while the answer is running."""

    @property
    def open(self) -> bool:
        """Whether the answer is running and its reservation held."""
        return self.spent is None

    @property
    def counts(self) -> Amounts:
        """What counts against the budgets now."""
        return self.reserved if self.spent is None else self.spent

    def settle(self, spent: Amounts) -> AccountEntry:
        """The turn has ended and took this. A closed one stays as it is: nothing is counted or given back twice."""
        return replace(self, spent=spent) if self.open else self

    def drop(self) -> AccountEntry:
        """The turn never reached xAI, so it took nothing; a closed one stays as it is."""
        return self.settle(NOTHING)

    def of(self, account: Account) -> bool:
        """Whether the turn belongs to the account."""
        return account.guild_id in (None, self.guild_id) and account.user_id in (None, self.user_id)


@dataclass(frozen=True, slots=True)
class LimitUse:
    """How much of one limit is used before a turn begins.

    Args:
        spent: Tokens or ticks of ended turns in the day or month that is counted.
        reserved: Tokens or ticks held by running answers; the same.
        turns: When turns of the last minute began, in any order; older ones do no harm.
        running: How many answers are running.
        warned: Whether the moderators had a warning in this day or month.
    """

    spent: int = 0
    reserved: int = 0
    turns: tuple[datetime, ...] = ()
    running: int = 0
    warned: bool = False


def standing(entries: Iterable[AccountEntry], account: Account, counted: Counted, now: datetime) -> LimitUse:
    """Adds up the entries of one account, without `warned`.

    Args:
        entries: Turns that ended or are running.
        account: Which turns count.
        counted: What the limit counts.
        now: The time, in UTC.
    """
    found = [entry for entry in entries if entry.of(account)]
    if counted is Counted.TURNS_A_MINUTE:
        return LimitUse(turns=tuple(sorted(entry.at for entry in found if entry.at > now - MINUTE)))
    if counted.period is None:
        return LimitUse(running=sum(entry.open for entry in found))
    since = began(counted.period, now)
    found = [entry for entry in found if entry.at >= since]
    return LimitUse(
        spent=sum(amount_of(entry.counts, counted.unit) for entry in found if not entry.open),
        reserved=sum(amount_of(entry.counts, counted.unit) for entry in found if entry.open),
    )


def amount_of(amounts: Amounts, unit: LimitUnit) -> int:
    """Tokens or ticks; a turn counts as one turn and one answer at any amount."""
    match unit:
        case LimitUnit.TOKENS:
            return amounts.tokens
        case LimitUnit.COST:
            return amounts.cost_ticks
        case _:
            return 1


def needed_since(now: datetime) -> datetime:
    """The earliest time that any limit looks at: the beginning of the month, or one minute ago if that was earlier."""
    return min(began(Period.MONTH, now), now - MINUTE)
