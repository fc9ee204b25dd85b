"""Turns: waiting for one, beginning it, keeping what arrives, ending it. Each step is one transaction.

Not here: when a turn begins and what it says (`engine`), reading what was said (`conversations`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, insert, select, update

from grokbot.conversation.response import Sender, State
from grokbot.store.conversations import check_leaf
from grokbot.store.database import OnDatabase, rows_of
from grokbot.store.errors import AlreadyKnown, NotStored, RowRefused
from grokbot.store.rows import (
    response_of_row,
    row_of_conversation,
    row_of_ledger,
    row_of_message,
    row_of_response,
    storable,
)
from grokbot.store.tables import OPEN, conversations, discord_messages, responses, usage_ledger

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from grokbot.conversation.response import Conversation, MessageRef, Response


class Turns(OnDatabase):
    """The part of the Store that is about turns. Every method raises StoreTrouble as `Database` does."""

    async def begin_turn(
        self,
        humans: Sequence[Response],
        answer: Response,
        messages: Sequence[MessageRef],
        conversation: Conversation | None = None,
    ) -> None:
        """Keep that a turn begins: a new conversation, what people said, the answer that is to come, where it stands.

        A human response that was waiting becomes what is given here; the others are new. The leaf stays.

        Args:
            humans: Done, each with its parent, parents first. May be empty: resampling says nothing new.
            answer: Pending.
            messages: New ones only.
            conversation: If it begins with this turn.

        Raises:
            AlreadyKnown: If one of the messages was taken in before.
            RowRefused: If a parent or the conversation is missing, or an id is taken.
        """
        if answer.sender is not Sender.MODEL or answer.state is not State.PENDING:
            raise RowRefused("a turn begins with a pending answer of the model")
        if any(human.sender is not Sender.HUMAN or human.state is not State.DONE for human in humans):
            raise RowRefused("a turn begins when people have said what they say")

        async def begin_turn(connection: AsyncConnection) -> None:
            await _refuse_known(connection, messages)
            if conversation is not None:
                await connection.execute(insert(conversations).values(row_of_conversation(conversation)))
            for human in humans:
                await _settle(connection, human)
            await connection.execute(insert(responses).values(row_of_response(answer)))
            await _add_new(connection, messages)

        await self._database.write(begin_turn)

    async def wait_turn(self, human: Response, message: MessageRef) -> None:
        """Keep a human response that has to wait for its turn: pending, without a parent yet.

        Raises:
            AlreadyKnown: If the message was taken in before.
            RowRefused: If the conversation is missing, or the id is taken.
        """
        if human.sender is not Sender.HUMAN or human.state is not State.PENDING or human.parent_id is not None:
            raise RowRefused("what waits is a pending human response without a parent")

        async def wait_turn(connection: AsyncConnection) -> None:
            await _refuse_known(connection, [message])
            await connection.execute(insert(responses).values(row_of_response(human)))
            await _add_new(connection, [message])

        await self._database.write(wait_turn)

    async def waiting(self, conversation_id: str) -> tuple[Response, ...]:
        """The human responses of a conversation that wait for their turn, oldest first."""
        return await self._oldest_first(_WAITING, responses.c.conversation_id == conversation_id)

    async def conversations_with_waiting(self) -> tuple[str, ...]:
        """Ids of the conversations in which somebody waits, first come first."""
        first = func.min(responses.c.created_at)
        found = (
            select(responses.c.conversation_id)
            .where(OPEN, _WAITING)
            .group_by(responses.c.conversation_id)
            .order_by(first, responses.c.conversation_id)
        )
        return tuple(row["conversation_id"] for row in await self._database.rows(found))

    async def drop_waiting(self, message_id: int) -> bool:
        """Forget a human response whose Discord message was deleted before its turn began.

        Returns:
            Whether there was one. One whose turn has begun stays.
        """
        of_message = select(discord_messages.c.response_id).where(discord_messages.c.message_id == message_id)

        async def drop_waiting(connection: AsyncConnection) -> bool:
            gone = delete(responses).where(OPEN, _WAITING, responses.c.id == of_message.scalar_subquery())
            return (await connection.execute(gone)).rowcount > 0

        return await self._database.write(drop_waiting)

    async def journal(self, response_id: str, message: str, reasoning: str) -> None:
        """Keep what has arrived so far (all of it) of an answer. Nothing happens to one that has ended."""
        so_far = {
            "state": State.STREAMING.value,
            "message": storable(message),
            "reasoning": storable(reasoning),
        }

        async def journal(connection: AsyncConnection) -> None:
            await connection.execute(update(responses).where(responses.c.id == response_id, _UNENDED).values(so_far))

        await self._database.write(journal)

    async def end_turn(self, answer: Response, leaf_id: str | None, modified_at: datetime) -> None:
        """Keep how a turn ended: the whole answer, what it took, and where its conversation goes on.

        What it took is put to the account of who wrote the message that was answered.

        Raises:
            NotStored: If there is no such answer.
            RowRefused: If the answer had ended before, has not ended now, or the leaf is of another conversation.
        """
        if not answer.state.ended:
            raise RowRefused("the answer has not ended")

        async def end_turn(connection: AsyncConnection) -> None:
            await _end(connection, answer)
            if leaf_id is not None:
                await check_leaf(connection, answer.conversation_id, leaf_id)
            this = conversations.c.id == answer.conversation_id
            await connection.execute(update(conversations).where(this).values(leaf_id=leaf_id, modified_at=modified_at))
            await _account(connection, answer, modified_at)

        await self._database.write(end_turn)

    async def lost_at_xai(self, xai_id: str) -> None:
        """Keep that xAI no longer has what it stored under `xai_id`."""

        async def lost_at_xai(connection: AsyncConnection) -> None:
            await connection.execute(update(responses).where(responses.c.xai_id == xai_id).values(stored_until=None))

        await self._database.write(lost_at_xai)

    async def unended(self) -> tuple[Response, ...]:
        """Model responses that have not ended, oldest first. At start they are what a crash cut off."""
        return await self._oldest_first(responses.c.sender == Sender.MODEL.value)

    async def _oldest_first(self, *which: ColumnElement[bool]) -> tuple[Response, ...]:
        found = select(responses).where(OPEN, *which).order_by(responses.c.created_at, responses.c.id)
        return tuple(response_of_row(row) for row in await self._database.rows(found))


_WAITING = responses.c.sender == Sender.HUMAN.value
"""With OPEN: a human's response is pending or done and nothing else, which the table checks."""

_UNENDED = and_(responses.c.sender == Sender.MODEL.value, OPEN)


async def _refuse_known(connection: AsyncConnection, messages: Sequence[MessageRef]) -> None:
    ids = [ref.message_id for ref in messages]
    known = select(discord_messages.c.message_id).where(discord_messages.c.message_id.in_(ids)).limit(1)
    if ids and (await connection.execute(known)).first() is not None:
        raise AlreadyKnown


async def _add_new(connection: AsyncConnection, messages: Sequence[MessageRef]) -> None:
    if messages:
        await connection.execute(insert(discord_messages), [row_of_message(ref) for ref in messages])


async def _settle(connection: AsyncConnection, human: Response) -> None:
    row = row_of_response(human)
    waited = update(responses).where(responses.c.id == human.id, OPEN, _WAITING)
    if not (await connection.execute(waited.values(row))).rowcount:
        await connection.execute(insert(responses).values(row))


async def _end(connection: AsyncConnection, answer: Response) -> None:
    this = (responses.c.id == answer.id) & (responses.c.conversation_id == answer.conversation_id)
    row = row_of_response(answer)
    if (await connection.execute(update(responses).where(this, _UNENDED).values(row))).rowcount:
        return
    if (await connection.execute(select(responses.c.id).where(this))).first() is None:
        raise NotStored("no such answer")
    raise RowRefused("the answer had ended before")


async def _account(connection: AsyncConnection, answer: Response, at: datetime) -> None:
    of_it = select(conversations).where(conversations.c.id == answer.conversation_id)
    (conversation,) = await rows_of(connection, of_it)
    asked = select(responses.c.author_id).where(responses.c.id == answer.parent_id)
    user_id = answer.author.id if answer.author else (await connection.execute(asked)).scalar()
    row = row_of_ledger(answer, conversation, conversation["owner_id"] if user_id is None else user_id, at)
    await connection.execute(insert(usage_ledger).values(row))
