"""Limits that moderators set, and how much of each is used up.

`standings` computes in SQL what `policy.budgets.accounts.standing` computes in Python. Not here: reserving and settling
(`reservations`), the rules (`policy.budgets.limits`, `policy.budgets.budgets`), the operator's ceiling (the settings).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, delete, func, insert, select, union_all

from grokbot.policy.budgets import (
    DIRECT,
    MINUTE,
    OPERATOR,
    AccountKind,
    Counted,
    Limit,
    LimitUse,
    Period,
    Scope,
    account_of,
    applying,
    began,
)
from grokbot.store.audit import note_audit
from grokbot.store.database import rows_of
from grokbot.store.tables.budgets import limits, limits_warned, reservations, spent_days, usage_ledger

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, CompoundSelect, Connection

    from grokbot.conversation.records import AuditEntry
    from grokbot.policy.budgets import Account, LimitWarning, Who
    from grokbot.store.database import Database
    from grokbot.store.tables.rows import Row

ALL = -1
"""Stands for every server or every user in an account's ids. Discord has no negative ids."""

_KEY = ("guild_id", "scope", "scope_id", "counted")
_OF_GUILD = select(*(limits.c[name] for name in (*_KEY, "amount"))).where(
    limits.c.guild_id.in_([OPERATOR, bindparam("guild")])
)
_REMOVE = delete(limits).where(*(limits.c[name] == bindparam(f"this_{name}") for name in _KEY))
_ADD = insert(limits)
_NOTE_WARNED = insert(limits_warned)

_here = reservations.c.guild_id == bindparam("guild")
_mine = reservations.c.user_id == bindparam("user")


def _since(column: ColumnElement[Any], moment: str) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((reservations.c.at >= bindparam(moment), column), else_=0)), 0)


def _count_of(*kinds: AccountKind) -> ColumnElement[Any]:
    return func.sum(case((reservations.c.kind.in_([kind.value for kind in kinds]), 1), else_=0))


_HELD = select(
    _here.label("here"),
    _mine.label("mine"),
    _count_of(AccountKind.ANSWER, AccountKind.PART).label("running"),
    _count_of(AccountKind.ANSWER).label("answers"),
    _since(reservations.c.tokens, "day").label("tokens_day"),
    _since(reservations.c.tokens, "month").label("tokens_month"),
    _since(reservations.c.cost_ticks, "day").label("cost_day"),
    _since(reservations.c.cost_ticks, "month").label("cost_month"),
).group_by("here", "mine")
"""All reservations, in at most four parts: every account is the sum of some of them."""


def _of_days(column: ColumnElement[Any], since: str) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((spent_days.c.day >= bindparam(since), column), else_=0)), 0)


_SPENT = (
    select(
        spent_days.c.guild_id,
        spent_days.c.user_id,
        _of_days(spent_days.c.tokens, "day").label("tokens_day"),
        _of_days(spent_days.c.tokens, "month").label("tokens_month"),
        _of_days(spent_days.c.cost_ticks, "day").label("cost_day"),
        _of_days(spent_days.c.cost_ticks, "month").label("cost_month"),
    )
    .where(
        spent_days.c.guild_id.in_([ALL, bindparam("guild")]),
        spent_days.c.user_id.in_([ALL, bindparam("user")]),
        spent_days.c.day >= bindparam("month"),
    )
    .group_by(spent_days.c.guild_id, spent_days.c.user_id)
)
_WARNED = select(limits_warned).where(
    limits_warned.c.account_guild_id.in_([ALL, bindparam("guild")]),
    limits_warned.c.account_user_id.in_([ALL, bindparam("user")]),
    limits_warned.c.since >= bindparam("month"),
)


class Limits:
    """Limits that moderators set, and how much of each is used up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, guild_id: int | None) -> tuple[Limit, ...]:
        """The limits of a server, and the global ones."""

        def limits_of(connection: Connection) -> tuple[Limit, ...]:
            return of_guild(connection, guild_id)

        return await self._database.read(limits_of)

    async def set(self, limit: Limit, by: int, at: datetime, entry: AuditEntry) -> None:
        """Set a limit, replacing the old one.

        Args:
            limit: The new one.
            by: Who sets it.
            at: UTC, when.
            entry: The line of the audit log, written with it.
        """
        row = {**_row(limit), "amount": limit.amount, "changed_by": by, "changed_at": at}

        def set_limit(connection: Connection) -> None:
            connection.execute(_REMOVE, _this(limit))
            connection.execute(_ADD, row)
            note_audit(connection, entry)

        await self._database.write(set_limit)

    async def remove(self, limit: Limit, entry: AuditEntry) -> bool:
        """Remove a limit, regardless of its amount. Returns whether there was one."""

        def remove_limit(connection: Connection) -> bool:
            if not connection.execute(_REMOVE, _this(limit)).rowcount:
                return False
            note_audit(connection, entry)
            return True

        return await self._database.write(remove_limit)

    async def standings(self, who: Who, operators: Collection[Limit], at: datetime) -> Mapping[Limit, LimitUse]:
        """How much is used of each limit that applies to a person in a place.

        Args:
            who: The person, and where.
            operators: The operator's limits, in addition to the stored ones.
            at: UTC, now.
        """

        def standings_of(connection: Connection) -> Mapping[Limit, LimitUse]:
            held = applying({*of_guild(connection, who.guild_id), *operators}, who)
            return standings(connection, held, who, at)

        return await self._database.read(standings_of)


def of_guild(connection: Connection, guild_id: int | None) -> tuple[Limit, ...]:
    """The limits of a server and the global ones, within a transaction."""
    rows = connection.execute(_OF_GUILD, {"guild": OPERATOR if guild_id is None else guild_id})
    return tuple(
        Limit(guild_id=guild, scope=Scope(scope), scope_id=scope_id, counted=Counted(counted), amount=amount)
        for guild, scope, scope_id, counted, amount in rows
    )


def standings(connection: Connection, held: Collection[Limit], who: Who, at: datetime) -> dict[Limit, LimitUse]:
    """How much is used of each limit that applies to a person, within a transaction. Runs only the queries it needs.

    Does not say whether a warning was sent: see `not_yet_warned`.

    Args:
        connection: Of the transaction.
        held: The limits.
        who: The person, and where.
        at: UTC, now.
    """
    accounts = {limit: account_of(limit, who) for limit in held}
    turns = _turns(connection, {accounts[one] for one in held if one.counted is Counted.TURNS_A_MINUTE}, at)
    of_period = any(one.counted.period is not None for one in held)
    given = {**_place(who), "day": began(Period.DAY, at), "month": began(Period.MONTH, at)}
    counts_open = of_period or any(one.counted is Counted.ANSWERS_AT_ONCE for one in held)
    underway = rows_of(connection, _HELD, given) if counts_open else ()
    spent = {(row["guild_id"], row["user_id"]): row for row in rows_of(connection, _SPENT, given)} if of_period else {}
    found: dict[Limit, LimitUse] = {}
    for limit, account in accounts.items():
        parts = [row for row in underway if _is_of(row, account)]
        if limit.counted is Counted.TURNS_A_MINUTE:
            found[limit] = LimitUse(turns=turns[account])
        elif limit.counted.period is None:
            name = "answers" if account.user_id is None else "running"  # several people's answer is one of the server's
            found[limit] = LimitUse(running=sum(int(row[name]) for row in parts))
        else:
            name = f"{limit.counted.unit}_{limit.counted.period}"
            sums = spent.get(_ids(account))
            reserved = sum(int(row[name]) for row in parts)
            found[limit] = LimitUse(spent=int(sums[name]) if sums is not None else 0, reserved=reserved)
    return found


def not_yet_warned(
    connection: Connection, warnings: Sequence[LimitWarning], who: Who, at: datetime
) -> tuple[LimitWarning, ...]:
    """The warnings not yet given in their day or month; marks them as given.

    Args:
        connection: Of the transaction.
        warnings: The warnings that are due.
        who: The person they are for, and where.
        at: UTC, now.
    """
    if not warnings:
        return ()
    rows = rows_of(connection, _WARNED, {**_place(who), "month": began(Period.MONTH, at)})
    known = {tuple(row[name] for name in _WARNED_KEY) for row in rows}
    new = {each: key for each in warnings if (key := _warned_key(each.limit, who, at)) not in known}
    for key in new.values():
        connection.execute(_NOTE_WARNED, dict(zip(_WARNED_KEY, key, strict=True)))
    return tuple(new)


def forget_warned(connection: Connection, at: datetime) -> None:
    """Drop warning marks of past months."""
    connection.execute(delete(limits_warned).where(limits_warned.c.since < began(Period.MONTH, at)))


_WARNED_KEY = (*_KEY, "amount", "account_guild_id", "account_user_id", "since")


def _warned_key(limit: Limit, who: Who, at: datetime) -> tuple[Any, ...]:
    """The key in `limits_warned`. It includes the amount: a raised limit is a new limit."""
    since = None if limit.counted.period is None else began(limit.counted.period, at)
    return (*_row(limit).values(), limit.amount, *_ids(account_of(limit, who)), since)


def _place(who: Who) -> dict[str, Any]:
    return {"guild": DIRECT if who.guild_id is None else who.guild_id, "user": who.user_id}


def _ids(account: Account) -> tuple[int, int]:
    """The account's ids as `spent_days` stores them."""
    guild_id, user_id = account.guild_id, account.user_id
    return ALL if guild_id is None else guild_id, ALL if user_id is None else user_id


def _is_of(row: Row, account: Account) -> bool:
    return bool((row["here"] or account.guild_id is None) and (row["mine"] or account.user_id is None))


def _turns(connection: Connection, accounts: Collection[Account], at: datetime) -> dict[Account, tuple[datetime, ...]]:
    """Start times of turns in the last minute, ended ones included. A server's include its members'."""
    found: dict[Account, tuple[datetime, ...]] = {}
    for widest in sorted(accounts, key=lambda one: (one.guild_id is not None) + (one.user_id is not None)):
        if widest in found:
            continue
        given = {"since": at - MINUTE, "until": at + MINUTE, "guild": widest.guild_id, "user": widest.user_id}
        statement = _TURNS[widest.guild_id is None, widest.guild_id == DIRECT, widest.user_id is None]
        turns = sorted((row["began"], row["guild"], row["user"]) for row in rows_of(connection, statement, given))
        for one in accounts:
            if _adds_up(widest, one.guild_id, one.user_id):
                found[one] = tuple(when for when, guild_id, user_id in turns if _adds_up(one, guild_id, user_id))
    return found


def _adds_up(account: Account, guild_id: int | None, user_id: int | None) -> bool:
    return account.guild_id in (None, guild_id) and account.user_id in (None, user_id)


def _turns_of(*, anywhere: bool, direct: bool, anybody: bool) -> CompoundSelect[Any]:
    """Turns of the last minute from the ledger, searched by end time, which is indexed: no turn ends before it begins.

    Rows with a much later time were written while the clock was ahead and do not belong to this minute.
    """
    since: ColumnElement[Any] = bindparam("since")
    until: ColumnElement[Any] = bindparam("until")
    ended: list[ColumnElement[bool]] = []
    open_: list[ColumnElement[bool]] = []
    if not anywhere:
        in_ledger = usage_ledger.c.guild_id
        ended.append(in_ledger.is_(None) if direct else in_ledger == bindparam("guild"))
        open_.append(reservations.c.guild_id == bindparam("guild"))
    if not anybody:
        ended.append(usage_ledger.c.user_id == bindparam("user"))
        open_.append(reservations.c.user_id == bindparam("user"))
    where = func.coalesce(usage_ledger.c.guild_id, DIRECT).label("guild")
    return union_all(
        select(usage_ledger.c.began_at.label("began"), where, usage_ledger.c.user_id.label("user")).where(
            usage_ledger.c.at > since, usage_ledger.c.began_at > since, usage_ledger.c.began_at < until, *ended
        ),
        select(reservations.c.at, reservations.c.guild_id, reservations.c.user_id).where(
            reservations.c.at > since, reservations.c.at < until, reservations.c.kind != AccountKind.TITLE.value, *open_
        ),
    )


_TURNS = {
    (anywhere, direct, anybody): _turns_of(anywhere=anywhere, direct=direct, anybody=anybody)
    for anywhere, direct in ((True, False), (False, True), (False, False))
    for anybody in (True, False)
}
"""The query for each part of the ledger."""


def _row(limit: Limit) -> dict[str, Any]:
    """The key of the limit's row."""
    return {
        "guild_id": limit.guild_id,
        "scope": limit.scope.value,
        "scope_id": limit.scope_id,
        "counted": limit.counted.value,
    }


def _this(limit: Limit) -> dict[str, Any]:
    return {f"this_{name}": value for name, value in _row(limit).items()}
