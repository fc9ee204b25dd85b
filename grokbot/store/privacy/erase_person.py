"""Erases everything of one person: their text and the answers to it, their name, what was made of both.

In conversations with others, the others' text stays, and so do the answers to it, without any word-for-word copies
of the person's messages. Not here: one conversation (`erase_in_conversation`), a single message (`delete`), the
order of steps and what runs meanwhile (`engine.privacy.erase_person`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, false, func, select, update

from grokbot.conversation.records import NOBODY, Rest
from grokbot.store.database import rows_of
from grokbot.store.privacy.delete import below
from grokbot.store.privacy.erase_in_conversation import WAITING
from grokbot.store.privacy.erase_in_conversation import take_person as out_of
from grokbot.store.privacy.erase_in_conversation import take_traces as traces_out_of
from grokbot.store.privacy.identifiers import hashed_within
from grokbot.store.privacy.privacy import noted
from grokbot.store.privacy.quotes import QUOTED_IN
from grokbot.store.privacy.quotes import take_quotes as quotes_of
from grokbot.store.tables.budgets import limits_warned, spent_days, usage_ledger
from grokbot.store.tables.conversations import api_keys, guests, leaving, noticed, openings, responses, shares, stars

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.conversation.records import Erased
    from grokbot.store.database import Database

_USER = bindparam("user", type_=usage_ledger.c.user_id.type)
_MONTH = bindparam("month", type_=usage_ledger.c.at.type)

_REST = {"stars": stars.c.user_id, "shares": shares.c.created_by, "keys": api_keys.c.owner_id}
"""A person's data outside conversations, and the column that holds their id."""
_HOW_MANY = {name: select(func.count()).select_from(whose.table).where(whose == _USER) for name, whose in _REST.items()}
_NO_REST = tuple(
    delete(whose.table).where(whose == _USER)
    for whose in (*_REST.values(), noticed.c.user_id, guests.c.user_id, openings.c.user_id)
)
_SPENT = update(usage_ledger).where(usage_ledger.c.user_id == _USER).values(user_id=NOBODY)
_SPENT_BEFORE = _SPENT.where(usage_ledger.c.at < _MONTH)
_SUMS_BEFORE = (
    # Rows that count against their own budgets; everyone's budget has rows of its own.
    delete(spent_days).where(spent_days.c.user_id == _USER, spent_days.c.day < _MONTH),
    delete(limits_warned).where(limits_warned.c.account_user_id == _USER, limits_warned.c.since < _MONTH),
)
_STILL_THERE = select(leaving).order_by(leaving.c.since)
_WORDS_GONE = update(leaving).where(leaving.c.user_id == _USER).values(words_gone=True)
_LEFT = delete(leaving).where(leaving.c.user_id == _USER)


class Erasure:
    """Erases a person: their text, their name, and their other data."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, user_id: int, at: datetime) -> Rest:
        """Note that a person is being erased, so that a restart continues it. Idempotent.

        Returns:
            Their data outside conversations.
        """
        of = {"user": user_id}

        def begin_leaving(connection: Connection) -> tuple[Rest, str]:
            connection.execute(_LEFT, of)
            noted(connection, leaving, user_id, since=at, words_gone=False)
            had = Rest(**{name: connection.execute(count, of).scalar_one() for name, count in _HOW_MANY.items()})
            return had, hashed_within(connection, user_id)

        rest, person = await self._database.write(begin_leaving)
        await self._database.note_gone(person=[person])
        return rest

    async def under_way(self) -> tuple[int, ...]:
        """Ids of people whose erasure is not finished."""
        rows = await self._database.rows(_STILL_THERE.where(leaving.c.words_gone == false()))
        return tuple(row["user_id"] for row in rows)

    async def drop_waiting(self, user_id: int, conversation_id: str) -> None:
        """Drop a person's messages that wait for their turn in a conversation."""

        def drop_waiting_of(connection: Connection) -> int:
            return connection.execute(
                delete(responses).where(WAITING), {"user": user_id, "this": conversation_id}
            ).rowcount

        if await self._database.write(drop_waiting_of):
            await self._database.wipe()

    async def take_person(
        self, user_id: int, conversation_id: str, at: datetime, *, system_prompt: str
    ) -> Erased | None:
        """Erase a person from one conversation; delete it if nobody else has written in it.

        Args:
            user_id: The person.
            conversation_id: The conversation.
            at: UTC, now.
            system_prompt: Replaces one that they gave.

        Returns:
            What was erased; None if there is no such conversation.
        """

        def take_person(connection: Connection) -> Erased | None:
            return out_of(connection, user_id, conversation_id, at, system_prompt)

        erased = await self._database.write(take_person)
        await self._database.wipe()
        return erased

    async def quoted_in(self, user_id: int) -> tuple[str, ...]:
        """Ids of the conversations in which others quote a person."""
        return tuple(row["conversation_id"] for row in await self._database.rows(QUOTED_IN, {"user": user_id}))

    async def take_quotes(self, user_id: int, at: datetime) -> Erased | None:
        """Remove a person's words from others' replies to them and questions about them.

        Returns:
            What was erased; None if nobody quotes the person.
        """

        def take_quotes(connection: Connection) -> Erased | None:
            return quotes_of(connection, user_id, at)

        erased = await self._database.write(take_quotes)
        if erased is not None:
            await self._database.wipe()
        return erased

    async def take_traces(self, response_ids: Sequence[str], texts: Sequence[str], at: datetime) -> tuple[str, ...]:
        """Remove reasoning that saw somebody's texts, and copies of the texts, from answers and all below them.

        Args:
            response_ids: The answers.
            texts: What to remove.
            at: UTC, now.

        Returns:
            Their ids at xAI; noted in `to_forget` as well.
        """

        def take_traces(connection: Connection) -> tuple[str, ...]:
            return traces_out_of(connection, below(connection, response_ids), texts, at)

        xai_ids = await self._database.write(take_traces)
        await self._database.wipe()
        return xai_ids

    async def take_rest(self, user_id: int, month: datetime) -> None:
        """Delete a person's stars, shares, keys and notice, and remove their id from their usage.

        Args:
            user_id: Who.
            month: UTC; usage since then keeps the id until `end`, since limits count it.
        """
        of = {"user": user_id}

        def take_rest(connection: Connection) -> None:
            _forget_spending(connection, user_id, month)
            for statement in (*_NO_REST, _WORDS_GONE):
                connection.execute(statement, of)

        await self._database.write(take_rest)
        await self._database.wipe()

    async def end(self, month: datetime) -> int:
        """Remove the ids of those erased before this month from their usage until then. Returns how many people."""

        def end_leaving(connection: Connection) -> int:
            gone = _STILL_THERE.where(leaving.c.words_gone, leaving.c.since < month)
            users = [row["user_id"] for row in rows_of(connection, gone)]
            for user_id in users:
                _forget_spending(connection, user_id, month)
                connection.execute(_LEFT, {"user": user_id})
            return len(users)

        ended = await self._database.write(end_leaving)
        if ended:
            await self._database.wipe()
        return ended


def _forget_spending(connection: Connection, user_id: int, month: datetime) -> None:
    for statement in (_SPENT_BEFORE, *_SUMS_BEFORE):
        connection.execute(statement, {"user": user_id, "month": month})
