"""Sums of the usage ledger; ledger rows for answers outside conversations and for refusals.

Not here: rows for answers in conversations (`conversations.turns` writes each as it ends), limits.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, func, insert, literal, or_, select, true, type_coerce

from grokbot.conversation.records import By, Spent, UsageSum
from grokbot.conversation.response import TICKS_A_DOLLAR, State, Usage
from grokbot.policy.budgets import AccountKind
from grokbot.process import metrics
from grokbot.store.budgets.settlement import account, settle
from grokbot.store.tables.budgets import usage_ledger
from grokbot.store.tables.rows import SUMMED, usage_of_sums

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Select

    from grokbot.conversation.response import Conversation, Response
    from grokbot.store.database import Database
    from grokbot.store.tables.rows import Row

_DAY = 24 * 60 * 60 * 1_000_000
"""In microseconds, the unit of stored times."""

_NO_TOKENS = Usage()

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_KEYS: Mapping[By, ColumnElement[Any]] = {
    By.NOTHING: literal(""),
    By.DAY: type_coerce(usage_ledger.c.at, BigInteger).op("/")(_DAY),  # integer division drops the time of day
    By.PERSON: usage_ledger.c.user_id,
    By.CHANNEL: usage_ledger.c.channel_id,
    By.MODEL: usage_ledger.c.model,
    By.CONVERSATION: usage_ledger.c.conversation_id,
}
REFUSED = "refused"
"""The state of a refused request, for which no answer began."""

_REFUSALS = func.coalesce(func.sum(case((usage_ledger.c.state == REFUSED, 1), else_=0)), 0)
_ANSWERED = and_(usage_ledger.c.state != REFUSED, usage_ledger.c.kind == AccountKind.ANSWER.value)
_TO_THEM = or_(_ANSWERED, usage_ledger.c.kind == AccountKind.PART.value)
"""For sums per person: everyone who pays for an answer counts it; in the total it counts once."""


def _answers(counted: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((counted, 1), else_=0)), 0).label("answers")


_SUMS = (
    _REFUSALS.label("refused"),
    *(func.coalesce(func.sum(usage_ledger.c[name]), 0).label(name) for name in SUMMED),
    func.sum(usage_ledger.c.cost_ticks).label("cost_ticks"),
)
_ACCOUNT = insert(usage_ledger)


_SEARCHES = ("web", "x", "code")
"""The kinds of `Query` that have a name of their own among the metrics; a tool may have any name."""


class Ledger:
    """The usage ledger: adding to it, and its sums."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spent(
        self, by: By, since: datetime | None = None, until: datetime | None = None, user_id: int | None = None
    ) -> tuple[Spent, ...]:
        """The usage of answers that ended in a span of time.

        Args:
            by: What to group by. NOTHING always gives one sum; otherwise groups without answers are left out.
            since: From this time, UTC; None: from the beginning.
            until: Before this time; None: to the end.
            user_id: Only what this person asked for; None: everyone.

        Returns:
            Days in order; other groups by cost, then by tokens, highest first.
        """
        sums = [used.spent for used in await self._used(_sums(by, since, until, user_id=user_id), by)]
        return tuple(spent for spent in sums if spent.answers or spent.tokens != _NO_TOKENS or by is By.NOTHING)

    async def used(
        self, guild_id: int, by: By, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[UsageSum, ...]:
        """As `spent`, for one server; includes refusals, so a sum may hold nothing else.

        Args:
            guild_id: The server.
            by: What to group by.
            since: From this time, UTC; None: from the beginning.
            until: Before this time; None: to the end.
        """
        return await self._used(_sums(by, since, until, guild_id=guild_id), by)

    async def _used(self, sums: Select[Any], by: By) -> tuple[UsageSum, ...]:
        used = [UsageSum(_spent(by, row), int(row["refused"])) for row in await self._database.rows(sums)]
        in_order = (lambda one: one.spent.key) if by is By.DAY else (lambda one: _most_first(one.spent))
        return tuple(sorted(used, key=in_order))

    async def add_refused(
        self,
        row_id: str,
        user_id: int,
        at: datetime,
        *,
        guild_id: int | None,
        channel_id: int | None,
    ) -> None:
        """Record that a person's request for an answer was refused.

        Args:
            row_id: A new id.
            user_id: Who asked.
            at: UTC, when.
            guild_id: Where; None: in no server.
            channel_id: Where; None: in no channel.

        Raises:
            RowRefusedError: If the id is taken.
        """
        row = {
            "response_id": row_id,
            "conversation_id": "",
            "guild_id": guild_id,
            "channel_id": channel_id,
            "user_id": user_id,
            "state": REFUSED,
            "at": at,
        }

        def add_refused(connection: Connection) -> None:
            connection.execute(_ACCOUNT, row)

        await self._database.write(add_refused)

    async def add_imported(self, conversation: Conversation, user_id: int) -> None:
        """Record that a person imported a conversation: a turn that cost nothing.

        Raises:
            RowRefusedError: If it is recorded already.
        """
        row = {
            "response_id": f"{conversation.id}/import",
            "kind": AccountKind.IMPORT.value,
            "conversation_id": conversation.id,
            "guild_id": conversation.guild_id,
            "channel_id": conversation.channel_id,
            "user_id": user_id,
            "state": State.DONE.value,
            "at": conversation.created_at,
            "began_at": conversation.created_at,
            "counted_tokens": 0,
            "counted_ticks": 0,
        }

        def add_imported(connection: Connection) -> None:
            connection.execute(_ACCOUNT, row)

        await self._database.write(add_imported)

    async def add_spent(
        self, answer: Response, user_id: int, at: datetime, *, beside: Conversation | None = None
    ) -> None:
        """Record an answer outside any conversation, with conversation id "".

        Or one that belongs to a conversation without being among its answers (`beside`), such as a title.

        Args:
            answer: The answer, ended.
            user_id: The account to charge.
            at: UTC, when it ended.
            beside: The conversation it was asked for; None: none.

        Raises:
            RowRefusedError: If it is recorded already.
        """
        guild_id, channel_id = (beside.guild_id, beside.channel_id) if beside is not None else (None, None)
        where = {"guild_id": guild_id, "channel_id": channel_id, "user_id": user_id}

        def add_spent(connection: Connection) -> None:
            account(connection, answer, settle(connection, answer), at, where)

        await self._database.write(add_spent)
        count_used(answer)


def count_used(answer: Response) -> None:
    """Count what the ledger has of an answer, once that is committed."""
    for kind in (query.kind for query in answer.queries):
        metrics.SEARCHES.labels(kind if kind in _SEARCHES else "other").inc()
    usage = answer.usage
    if usage is None:
        return
    tokens = {
        "prompt": usage.prompt_tokens - usage.cached_prompt_tokens,
        "cached_prompt": usage.cached_prompt_tokens,
        "completion": usage.completion_tokens,
        "reasoning": usage.reasoning_tokens,
    }
    for kind, number in tokens.items():
        metrics.TOKENS.labels(kind, answer.model).inc(max(0, number))
    metrics.COST.labels(answer.model).inc(max(0, usage.cost_ticks or 0) / TICKS_A_DOLLAR)


def _sums(
    by: By,
    since: datetime | None,
    until: datetime | None,
    *,
    user_id: int | None = None,
    guild_id: int | None = None,
) -> Select[Any]:
    key = _KEYS[by].label("key")
    sums = (_answers(_ANSWERED if by is not By.PERSON and user_id is None else _TO_THEM), *_SUMS)
    asked = and_(
        true(),
        *([usage_ledger.c.at >= since] if since is not None else []),
        *([usage_ledger.c.at < until] if until is not None else []),
        *([usage_ledger.c.user_id == user_id] if user_id is not None else []),
        *([usage_ledger.c.guild_id == guild_id] if guild_id is not None else []),
    )
    if by is By.NOTHING:
        return select(key, *sums).where(asked)
    return select(key, *sums).where(asked).group_by(key)


def _spent(by: By, row: Row) -> Spent:
    key = "" if row["key"] is None else str(row["key"])
    if by is By.DAY:
        key = (_EPOCH + timedelta(days=int(key))).date().isoformat()
    return Spent(key, row["answers"], usage_of_sums(row))


def _most_first(spent: Spent) -> tuple[int, int, str]:
    tokens = spent.tokens
    return -(tokens.cost_ticks or 0), -(tokens.prompt_tokens + tokens.completion_tokens), spent.key
