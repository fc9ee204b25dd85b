"""What turns have reserved and spent, and what of it stands against a limit. Pure.

A turn has one entry: it is made with the turn, in the same transaction, and settled with the turn's end, in the same
transaction. So a crash leaves an entry that is open or one that is closed, and nothing in between. The store adds up in
SQL what `standing` adds up here; this is the rule that it is measured by.
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
    """What it took; None while the answer is being written."""

    @property
    def open(self) -> bool:
        """Whether the answer is being written, and what was reserved is held."""
        return self.spent is None

    @property
    def counts(self) -> Amounts:
        """What stands against the budgets now."""
        return self.reserved if self.spent is None else self.spent

    def settle(self, spent: Amounts) -> AccountEntry:
        """The turn has ended and took this. A closed one stays as it is: nothing is counted or given back twice."""
        return replace(self, spent=spent) if self.open else self

    def drop(self) -> AccountEntry:
        """The turn never reached xAI, so it took nothing; a closed one stays as it is."""
        return self.settle(NOTHING)

    def of(self, account: Account) -> bool:
        """Whether the account adds this turn up."""
        return account.guild_id in (None, self.guild_id) and account.user_id in (None, self.user_id)


@dataclass(frozen=True, slots=True)
class LimitUse:
    """What is used up of one limit before a turn begins.

    Args:
        spent: Tokens or ticks of turns that have ended; in the day or month that is counted.
        reserved: Tokens or ticks held by answers that are being written; the same.
        turns: When turns began, of those in the last minute; in any order, and older ones do no harm.
        running: Answers that are being written now.
        warned: Whether the moderators were already told, in this day or month, that it runs out.
    """

    spent: int = 0
    reserved: int = 0
    turns: tuple[datetime, ...] = ()
    running: int = 0
    warned: bool = False


def standing(entries: Iterable[AccountEntry], account: Account, counted: Counted, now: datetime) -> LimitUse:
    """What the entries say of one account, without `warned`.

    Args:
        entries: Turns that ended or are running.
        account: Whose they are to be.
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
    """Tokens or ticks; a turn is one turn and one answer whatever it takes."""
    match unit:
        case LimitUnit.TOKENS:
            return amounts.tokens
        case LimitUnit.COST:
            return amounts.cost_ticks
        case _:
            return 1


def needed_since(now: datetime) -> datetime:
    """From when on entries matter to any limit: the beginning of the month, or one minute ago if that was earlier."""
    return min(began(Period.MONTH, now), now - MINUTE)
