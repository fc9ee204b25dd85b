"""Reserves budget for a turn, within the transaction that begins it, if its limits allow.

So after a crash a reservation is either open or settled. Not here: settling it
(`settlement`), the rules (`policy.budgets.budgets`), setting limits and how much of them is used (`limits`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, func, insert, literal_column, select

from grokbot.conversation.response import Sender, Usage
from grokbot.policy.budgets import (
    DIRECT,
    NOTHING,
    AccountKind,
    Amounts,
    BudgetDecision,
    Prices,
    Seen,
    applying,
    decide,
    known,
    path_tokens,
    predicted,
    refusal,
    split,
)
from grokbot.store.budgets.limits import not_yet_warned, of_guild, standings
from grokbot.store.database import rows_of
from grokbot.store.tables.budgets import reservations
from grokbot.store.tables.conversations import attachments, conversations, responses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import CTE, Connection

    from grokbot.conversation.response import Response
    from grokbot.policy.budgets import Limit, LimitWarning, Who
    from grokbot.store.tables.rows import Row


UNLIMITED = BudgetDecision()
"""For turns that reserve nothing."""


@dataclass(frozen=True, slots=True)
class Payer:
    """One of several people who pay for an answer. `said`: tokens of their messages in it, which decide their share."""

    who: Who
    said: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserving:
    """What is known of a turn before it begins.

    Args:
        who: The person whose account it is charged to.
        operators: The operator's global limits, in addition to the stored ones.
        prices: Of the model asked.
        beginning: The start of every request in this conversation.
        said_tokens: Of this turn's messages, which are not on the path yet.
        answer_tokens: Maximum length of the answer.
        searches: Maximum number of searches.
        flat_ticks: What else it costs at most, beside tokens and searches: images.
        certain: Whether it costs all of that, so that so much has to be left.
        with_others: Who pays, if not `who` alone; `who` comes first.
        kind: What it is.
    """

    who: Who
    operators: tuple[Limit, ...] = ()
    prices: Prices
    beginning: str = ""
    said_tokens: int = 0
    answer_tokens: int = 0
    searches: int = 0
    flat_ticks: int = 0
    certain: bool = False
    with_others: tuple[Payer, ...] = ()
    kind: AccountKind = AccountKind.ANSWER

    @property
    def payers(self) -> tuple[Payer, ...]:
        """Everyone who pays, once each."""
        return self.with_others or (Payer(self.who, 1),)


def _up_to_usage() -> CTE:
    """From a response up to the nearest one whose usage tells its length; continues above the start of a branch."""
    begins_at = select(conversations.c.branched_from).where(conversations.c.id == responses.c.conversation_id)
    below = func.coalesce(responses.c.parent_id, begins_at.scalar_subquery()).label("below")
    tells = and_(func.coalesce(responses.c.tool_calls, 0) == 0, responses.c.prompt_tokens > 0)
    known = case((tells, responses.c.prompt_tokens)).label("known")
    this_branch = select(conversations.c.branched_from).where(conversations.c.id == bindparam("conversation"))
    first = func.coalesce(bindparam("start", type_=responses.c.id.type), this_branch.scalar_subquery())
    up = select(responses.c.id, below, known, literal_column("0").label("above")).where(responses.c.id == first)
    chain = up.cte("up", recursive=True)
    return chain.union_all(
        select(responses.c.id, below, known, chain.c.above + 1)
        .join(chain, responses.c.id == chain.c.below)
        .where(chain.c.known.is_(None))
    )


_TOKENS = ("prompt_tokens", "completion_tokens", "reasoning_tokens", "tool_calls")
_ATTACHED = (
    select(func.coalesce(func.sum(attachments.c.tokens), 0))
    .where(attachments.c.response_id == responses.c.id)
    .scalar_subquery()
)
_UP = _up_to_usage()
_SEEN = (
    select(
        responses.c.sender, responses.c.message, *(responses.c[name] for name in _TOKENS), _ATTACHED.label("attached")
    )
    .join(_UP, responses.c.id == _UP.c.id)
    .order_by(_UP.c.above)
)
_HOLD = insert(reservations)


def reserve(
    connection: Connection, reserving: Reserving, answer: Response, start: str | None = None, *, alone: bool = False
) -> BudgetDecision:
    """Reserve the most that an answer may cost, if it may begin; otherwise write nothing.

    It counts in the day and month in which it is reserved, however late it ends.

    Args:
        connection: Of the transaction.
        reserving: What is known of the turn.
        answer: Pending.
        start: The response that the turn's messages follow. None: it begins the conversation.
        alone: True if there is no path: a new conversation, or one that is not stored.
    """
    at = answer.created_at
    of = None if alone or reserving.certain else answer.conversation_id  # an image model sees no path
    shown = 0 if reserving.certain else reserving.said_tokens + _path_tokens(connection, reserving, of, start)
    flat = Amounts(0, reserving.flat_ticks)
    wanted = predicted(shown, reserving.answer_tokens, reserving.prices, searches=reserving.searches) + flat
    sent = known(shown, reserving.prices) + (flat if reserving.certain else NOTHING)
    weights = [payer.said for payer in reserving.payers]
    warnings: dict[Who, tuple[LimitWarning, ...]] = {}
    for payer, part in zip(reserving.payers, _parts(sent, weights), strict=True):
        limits = applying({*of_guild(connection, payer.who.guild_id), *reserving.operators}, payer.who)
        verdict = decide(limits, standings(connection, limits, payer.who, at), at, known=part, whole=sent)
        if verdict.reached is not None:
            reached = replace(verdict.reached, flat=reserving.certain)
            return replace(verdict, reached=reached, user_id=payer.who.user_id)
        warnings[payer.who] = verdict.warnings
    for number, (payer, part) in enumerate(zip(reserving.payers, _parts(wanted, weights), strict=True), 1):
        connection.execute(_HOLD, _held_row(reserving, answer, shown, payer.who, part, number))
    return BudgetDecision(
        warnings=tuple(w for who, due in warnings.items() for w in not_yet_warned(connection, due, who, at))
    )


def _parts(amounts: Amounts, weights: Sequence[int]) -> Iterator[Amounts]:
    return map(Amounts, split(amounts.tokens, weights), split(amounts.cost_ticks, weights))


def allowed(verdict: BudgetDecision) -> tuple[LimitWarning, ...]:
    """The warnings of a turn that may begin.

    Raises:
        LimitReachedError, NotAllowedError: It may not begin: see `policy.budgets.refusal`.
    """
    if verdict.reached is not None:
        raise refusal(verdict.reached, verdict.user_id)
    return verdict.warnings


def _path_tokens(connection: Connection, reserving: Reserving, conversation_id: str | None, start: str | None) -> int:
    given = {"start": start, "conversation": conversation_id}
    rows = rows_of(connection, _SEEN, given) if conversation_id is not None else ()
    return path_tokens(map(_seen, rows), reserving.beginning)


def _seen(row: Row) -> Seen:
    known = row["prompt_tokens"] is not None
    usage = Usage(**{n: row[n] for n in _TOKENS}) if known else None
    return Seen(Sender(row["sender"]), row["message"], usage, int(row["attached"]))


def _held_row(
    reserving: Reserving, answer: Response, shown: int, who: Who, wanted: Amounts, number: int
) -> dict[str, Any]:
    return {
        "response_id": answer.id if number == 1 else f"{answer.id}/{number}",
        "answer_id": answer.id,
        "kind": (reserving.kind if number == 1 else AccountKind.PART).value,
        "guild_id": DIRECT if who.guild_id is None else who.guild_id,
        "user_id": who.user_id,
        "tokens": wanted.tokens,
        "cost_ticks": wanted.cost_ticks,
        "path_tokens": shown,
        "model": answer.model,
        "prompt_price": reserving.prices.prompt,
        "cached_price": reserving.prices.cached,
        "answer_price": reserving.prices.answer,
        "at": answer.created_at,
    }
