"""What can be limited, for whom, and which limits hold for one person in one place. Pure.

Not here: how much is used and whether a turn fits (`budgets`), the sentences (`limit_text`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from grokbot.policy.budgets.periods import Period

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

OPERATOR = 0
"""The `guild_id` of the operator's limits, as opposed to a server's."""

DIRECT = 0
"""The `guild_id` of the account for direct messages."""


class LimitUnit(StrEnum):
    """The unit of an amount. `cost` is in ticks of 10^-10 USD."""

    TURNS = "turns"
    ANSWERS = "answers"
    TOKENS = "tokens"
    COST = "cost"


class Counted(StrEnum):
    """What a limit counts."""

    TURNS_A_MINUTE = "turns_a_minute"
    ANSWERS_AT_ONCE = "answers_at_once"
    TOKENS_A_DAY = "tokens_a_day"
    TOKENS_A_MONTH = "tokens_a_month"
    COST_A_DAY = "cost_a_day"
    COST_A_MONTH = "cost_a_month"

    @property
    def unit(self) -> LimitUnit:
        """The unit of its amount."""
        return LimitUnit(self.partition("_")[0])

    @property
    def period(self) -> Period | None:
        """The period after which it starts again from zero; None if it counts the present moment."""
        return Period(word) if (word := self.rpartition("_")[2]) in list(Period) else None


class AccountKind(StrEnum):
    """The kind of an account's row."""

    ANSWER = "answer"
    PART = "part"
    """One person's part of an answer to several people, who each pay one; the first of them has the `ANSWER`."""
    TITLE = "title"
    """A title by Grok: it takes tokens and money, and is neither a turn nor an answer."""
    IMPORT = "import"
    """A turn that made no request to Grok."""


class Scope(StrEnum):
    """Whose turns a limit counts."""

    EVERYWHERE = "everywhere"
    """All turns, in all servers and direct messages together: the operator's ceiling."""
    SERVER = "server"
    """All turns of one server together."""
    MEMBER = "member"
    """Each person's turns, separately."""
    ROLE = "role"
    """The turns of each person with the role, separately."""
    USER = "user"
    """The turns of this one person."""


_THE_OPERATORS = frozenset({Scope.EVERYWHERE, Scope.MEMBER, Scope.USER})
_A_SERVERS = frozenset({Scope.SERVER, Scope.MEMBER, Scope.ROLE, Scope.USER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A maximum. At an `amount` of 0 nothing is allowed.

    Raises:
        ValueError: The parts do not fit together.
    """

    guild_id: int
    """`OPERATOR` for the operator's own."""
    scope: Scope
    scope_id: int = 0
    """The role's or the user's id; 0 for every other scope."""
    counted: Counted
    amount: int

    def __post_init__(self) -> None:
        """Refuses a limit that could not be applied."""
        if self.scope not in (_THE_OPERATORS if self.guild_id == OPERATOR else _A_SERVERS):
            raise ValueError("a limit of this scope cannot be set here")
        if (self.scope in (Scope.ROLE, Scope.USER)) != (self.scope_id != 0):
            raise ValueError("only limits of a role or a user name one")
        if self.amount < 0:
            raise ValueError("less than nothing cannot be allowed")

    @property
    def personal(self) -> bool:
        """Whether each person has this amount to themselves."""
        return self.scope not in (Scope.EVERYWHERE, Scope.SERVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """A person who wants to begin a turn; `guild_id` is None in direct messages."""

    user_id: int
    guild_id: int | None = None
    role_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Account:
    """Which turns to add up: those in one place (None: in all) of one user (None: of all)."""

    guild_id: int | None = None
    """A server's id, or `DIRECT`."""
    user_id: int | None = None


def account_of(limit: Limit, who: Who) -> Account:
    """The account that a limit compares for a person.

    A default counts what the person did in this one place; the operator's limit of one user, what they did anywhere.
    """
    if not limit.personal:
        return Account(None if limit.scope is Scope.EVERYWHERE else limit.guild_id)
    if limit.guild_id == OPERATOR and limit.scope is Scope.USER:
        return Account(None, who.user_id)
    return Account(DIRECT if who.guild_id is None else who.guild_id, who.user_id)


def applying(limits: Iterable[Limit], who: Who) -> tuple[Limit, ...]:
    """The limits that hold for a person in a place, in an order that depends on nothing but them.

    The ceiling, the server's own sum and the operator's limit of this user always hold. Of personal limits one of each
    kind holds: the server's for this user; else the most generous of their roles'; else the server's for each member;
    else, and in direct messages, the operator's for each member, which the operator's limit of this user replaces.
    """
    held = {limit for limit in limits if _concerns(limit, who)}
    chosen = {limit for limit in held if not limit.personal}
    for counted in Counted:
        personal = [limit for limit in held if limit.personal and limit.counted is counted]
        chosen.update(limit for limit in personal if limit.guild_id == OPERATOR and limit.scope is Scope.USER)
        chosen.update(_own(personal))
    return tuple(sorted(chosen, key=_order))


def _concerns(limit: Limit, who: Who) -> bool:
    if limit.guild_id not in (OPERATOR, who.guild_id):
        return False
    if limit.scope is Scope.USER:
        return limit.scope_id == who.user_id
    return limit.scope is not Scope.ROLE or limit.scope_id in who.role_ids


def _own(personal: Collection[Limit]) -> Collection[Limit]:
    """A person's one personal limit of a kind; the server's comes before the operator's."""
    for operators in (False, True):
        for scope in (Scope.USER, Scope.ROLE, Scope.MEMBER):
            found = [one for one in personal if one.scope is scope and (one.guild_id == OPERATOR) == operators]
            if found:
                return [max(found, key=lambda limit: (limit.amount, -limit.scope_id))]
    return ()


def _order(limit: Limit) -> tuple[int, int, int, int, int]:
    return (
        list(Counted).index(limit.counted),
        list(Scope).index(limit.scope),
        limit.guild_id,
        limit.scope_id,
        limit.amount,
    )
