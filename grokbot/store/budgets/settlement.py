"""Settles what an answer cost once it has ended, and what a crash left open: each exactly once.

Runs within the transaction that ends the answer. Not here: reserving when it begins (`reservations`), the ledger's
sums (`usage`), the rules (`policy.budgets.accounts`, `policy.budgets.prices`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, cast

from sqlalchemy import and_, bindparam, case, delete, insert, select, update

from grokbot.conversation.response import Response, Sender, State, Usage
from grokbot.policy.budgets import (
    NOTHING,
    AccountKind,
    Amounts,
    Period,
    Prices,
    began,
    needed_since,
    predicted,
    settled,
    split,
    tokens_of,
)
from grokbot.store.budgets.limits import ALL, forget_warned
from grokbot.store.budgets.reservations import allowed, reserve
from grokbot.store.database import rows_of
from grokbot.store.errors import RowRefusedError
from grokbot.store.tables.budgets import reservations, spent_days, usage_ledger
from grokbot.store.tables.conversations import OPEN, conversations, responses
from grokbot.store.tables.rows import row_of_ledger

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.policy.budgets import BudgetDecision, LimitWarning
    from grokbot.store.budgets.reservations import Reserving
    from grokbot.store.database import Database
    from grokbot.store.tables.rows import Row


@dataclass(frozen=True, slots=True)
class Settled:
    """How an ended turn counts in the accounts. `guild_id` is None in direct messages."""

    guild_id: int | None
    user_id: int
    began_at: datetime
    spent: Amounts
    row_id: str
    kind: AccountKind
    usage: Usage | None = None
    """Their share of the usage that xAI reported."""


_asked, _leaf = responses.alias("asked"), responses.alias("leaf")
_AROUND = (
    select(
        conversations.c.guild_id,
        conversations.c.channel_id,
        case((_asked.c.author_id > 0, _asked.c.author_id), else_=conversations.c.owner_id).label("user_id"),
        _leaf.c.id.label("leaf_id"),
    )
    .select_from(conversations)
    .outerjoin(_asked, _asked.c.id == bindparam("parent"))
    .outerjoin(_leaf, and_(_leaf.c.id == bindparam("leaf"), _leaf.c.conversation_id == conversations.c.id))
    .where(conversations.c.id == bindparam("this"))
)
"""For an ending answer: its place, who asked, and its leaf. If no Discord user asked (imported people have negative
ids), the owner of the conversation counts as asking."""

_LET_GO = delete(reservations).where(reservations.c.answer_id == bindparam("this")).returning(reservations)
_DROP = delete(reservations).where(reservations.c.response_id == bindparam("this"))
_LEFT = select(reservations).where(
    reservations.c.answer_id.not_in(select(responses.c.id).where(OPEN, responses.c.sender == Sender.MODEL.value))
)
_ACCOUNT = insert(usage_ledger)
_OF_DAY = (
    spent_days.c.guild_id == bindparam("of_guild"),
    spent_days.c.user_id == bindparam("of_user"),
    spent_days.c.day == bindparam("of_day"),
)
_ADD_UP = (
    update(spent_days)
    .where(*_OF_DAY)
    .values(
        tokens=spent_days.c.tokens + bindparam("more_tokens"),
        cost_ticks=spent_days.c.cost_ticks + bindparam("more_ticks"),
    )
)
_HAS_DAY = select(spent_days.c.day).where(*_OF_DAY)
_NEW_DAY = insert(spent_days).from_select(
    ["guild_id", "user_id", "day", "tokens", "cost_ticks"],
    select(
        bindparam("of_guild", type_=spent_days.c.guild_id.type),
        bindparam("of_user", type_=spent_days.c.user_id.type),
        bindparam("of_day", type_=spent_days.c.day.type),
        bindparam("more_tokens", type_=spent_days.c.tokens.type),
        bindparam("more_ticks", type_=spent_days.c.cost_ticks.type),
    ).where(~_HAS_DAY.exists()),
)


class Reservations:
    """Budget reserved by answers in progress."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, reserving: Reserving, answer: Response) -> tuple[LimitWarning, ...]:
        """Reserve budget for a pending answer outside any conversation. `Ledger.add_spent` settles it.

        Returns:
            As `Turns.begin`.

        Raises:
            LimitReachedError, NotAllowedError: If a limit is used up; nothing is written.
            RowRefusedError: If the id is taken.
        """

        def reserve_it(connection: Connection) -> BudgetDecision:
            return reserve(connection, reserving, answer, alone=True)

        return allowed(await self._database.write(reserve_it))

    async def settle_left(self, at: datetime) -> int:
        """At startup: settle reservations that a crash left open for answers outside conversations, at the full amount.

        `Turns.end` settles answers in conversations. Also drops rows that no limit needs now.

        Returns:
            How many were settled.
        """

        def settle_left(connection: Connection) -> int:
            left = rows_of(connection, _LEFT)
            for held in left:
                _settle_whole(connection, held, at)
            _forget_before(connection, at)
            return len(left)

        return await self._database.write(settle_left)

    async def forget_before(self, at: datetime) -> None:
        """Drop sums and warnings of past months."""

        def forget_spent(connection: Connection) -> None:
            _forget_before(connection, at)

        await self._database.write(forget_spent)


def settle(connection: Connection, answer: Response) -> tuple[Settled, ...]:
    """Release an answer's reservation and count what it used, for each payer.

    Empty if it has no reservation: it was settled before, or never reserved.
    """
    held = sorted(_let_go(connection, answer.id), key=lambda row: (len(row["response_id"]), row["response_id"]))
    if not held:
        return ()
    weights, spent = [row["tokens"] for row in held], taken(answer, held[0])
    amounts = map(Amounts, split(spent.tokens, weights), split(spent.cost_ticks, weights))
    usages = _usages(answer.usage, weights)
    return tuple(
        _counted(connection, row, amount, usage) for row, amount, usage in zip(held, amounts, usages, strict=True)
    )


def _usages(usage: Usage | None, weights: Sequence[int]) -> Sequence[Usage | None]:
    """Each payer's share of the usage that xAI reported."""
    if usage is None:
        return [None] * len(weights)
    told = {name: each for name, each in asdict(usage).items() if each is not None}
    parts = {name: split(each, weights) for name, each in told.items()}
    return [Usage(**{name: each[number] for name, each in parts.items()}) for number in range(len(weights))]


def around_of(connection: Connection, answer: Response, leaf_id: str | None) -> Row:
    """Where an answer stands, and who asked.

    Args:
        connection: Of the transaction.
        answer: The answer.
        leaf_id: The conversation's new leaf; None: its beginning.

    Raises:
        RowRefusedError: If the leaf is not of its conversation.
    """
    of_it = {"this": answer.conversation_id, "parent": answer.parent_id, "leaf": leaf_id}
    (around,) = rows_of(connection, _AROUND, of_it)
    if around["leaf_id"] != leaf_id:
        raise RowRefusedError("the leaf is not a response of the conversation")
    return around


def account(
    connection: Connection, answer: Response, settled: Sequence[Settled], at: datetime, around: Row | None = None
) -> None:
    """Write what an answer took into the ledger.

    Args:
        connection: Of the transaction.
        answer: The answer, ended.
        settled: The payers, each with a row of their own; if empty, it counts against no limit.
        at: UTC, when it ended.
        around: Its place and who asked; None if that was deleted.
    """
    if not settled and around is not None:
        user_id = answer.author.id if answer.author else around["user_id"]
        connection.execute(_ACCOUNT, row_of_ledger(answer, around, user_id, at))
    for part in settled:
        where = around or {"guild_id": part.guild_id, "channel_id": None}
        row = {
            **row_of_ledger(replace(answer, usage=part.usage), where, part.user_id, at),
            "response_id": part.row_id,
            "kind": part.kind.value,
            "began_at": None if part.kind is AccountKind.TITLE else part.began_at,  # began_at marks a row as a turn
            "counted_tokens": part.spent.tokens,
            "counted_ticks": part.spent.cost_ticks,
        }
        connection.execute(_ACCOUNT, row)


def taken(answer: Response, held: Row) -> Amounts:
    """What an answer used, as far as is known.

    Without reported usage, the received text is priced; xAI has then read the path. An answer that failed before
    any text arrived was refused or never reached xAI, so it costs nothing.
    """
    prices = Prices(held["prompt_price"], held["cached_price"], held["answer_price"])
    if answer.usage is not None:
        return settled(answer.usage, prices)
    if answer.options.image_model is not None:  # cut off: xAI may have made them
        return NOTHING if answer.state is State.FAILED else Amounts(0, held["cost_ticks"])
    received = bool(answer.message or answer.reasoning or answer.queries or answer.xai_id)
    if answer.state is State.FAILED and not received:
        return NOTHING
    written = tokens_of(answer.message) + tokens_of(answer.reasoning)
    return predicted(held["path_tokens"], written, prices, searches=len(answer.queries))


def _let_go(connection: Connection, response_id: str) -> Sequence[Row]:
    found = connection.execute(_LET_GO, {"this": response_id}).mappings().all()
    return cast("Sequence[Row]", found)  # as `rows_of` does


def _settle_whole(connection: Connection, held: Row, at: datetime) -> None:
    connection.execute(_DROP, {"this": held["response_id"]})
    settled = _counted(connection, held, Amounts(held["tokens"], held["cost_ticks"]), None)
    lost = Response(
        id=held["response_id"],
        conversation_id="",
        parent_id=None,
        sender=Sender.MODEL,
        state=State.INTERRUPTED,
        created_at=held["at"],
        model=held["model"],
    )
    account(connection, lost, [settled], at)


def _counted(connection: Connection, held: Row, spent: Amounts, usage: Usage | None) -> Settled:
    accounts = [(ALL, ALL), (held["guild_id"], ALL), (ALL, held["user_id"]), (held["guild_id"], held["user_id"])]
    more = {"of_day": began(Period.DAY, held["at"]), "more_tokens": spent.tokens, "more_ticks": spent.cost_ticks}
    rows = [{"of_guild": guild_id, "of_user": user_id, **more} for guild_id, user_id in accounts]
    if spent != NOTHING and connection.execute(_ADD_UP, rows).rowcount < len(rows):
        connection.execute(_NEW_DAY, rows)  # existing rows are left alone
    row_id, kind = held["response_id"], AccountKind(held["kind"])
    return Settled(held["guild_id"] or None, held["user_id"], held["at"], spent, row_id, kind, usage)


def _forget_before(connection: Connection, at: datetime) -> None:
    connection.execute(delete(spent_days).where(spent_days.c.day < began(Period.DAY, needed_since(at))))
    forget_warned(connection, at)
