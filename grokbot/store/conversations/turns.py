"""Turns: waiting for one, beginning it, keeping what arrives, ending it. Each step is one transaction.

Not here: when a turn begins and what it says (`engine`), reading what was said (`conversations`).
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, insert, literal_column, select, update

from grokbot.conversation.response import Sender, State
from grokbot.store.budgets import UNLIMITED, account, allowed, around_of, reserve, settle
from grokbot.store.conversations.participants import note_guests
from grokbot.store.conversations.placement import arrange
from grokbot.store.database import OnDatabase
from grokbot.store.errors import AlreadyKnownError, NotStoredError, RowRefusedError
from grokbot.store.tables.conversations import OPEN, conversations, discord_messages, responses, unshown
from grokbot.store.tables.rows import response_of_row, row_of_conversation, row_of_message, row_of_response, storable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.conversation.placement import Rearranged
    from grokbot.conversation.response import Conversation, MessageRef, Response
    from grokbot.policy.budgets import Verdict, Warned
    from grokbot.store.budgets import Reserving


# The statements are made once, so that a call only binds values to them.

_WAITING = responses.c.sender == Sender.HUMAN.value
"""With OPEN: a human's response is pending or done and nothing else, which the table checks."""

_UNENDED = and_(responses.c.sender == Sender.MODEL.value, OPEN)

_THIS = responses.c.id == bindparam("this")
_ADD_CONVERSATION = insert(conversations)
_ADD = insert(responses)
_ADD_MESSAGES = insert(discord_messages)
_ADD_UNSHOWN = insert(unshown).from_select(
    ["response_id"],
    select(responses.c.id)
    .join(conversations, conversations.c.id == responses.c.conversation_id)
    .where(_THIS, conversations.c.channel_id.is_not(None)),
)
"""What is held nowhere in Discord is not to be shown there."""

_FIX = update(conversations).where(conversations.c.id == bindparam("this"))
_TAKE_UP = update(responses).where(_THIS, OPEN, _WAITING)
_KNOWN = select(discord_messages.c.response_id, literal_column("1").label("known")).where(
    discord_messages.c.message_id.in_(bindparam("messages", expanding=True))
)
_KNOWN_OR_WAITING = _KNOWN.union_all(
    select(responses.c.id, literal_column("0")).where(
        responses.c.id.in_(bindparam("humans", expanding=True)), OPEN, _WAITING
    )
)
_OF_MESSAGE = select(discord_messages.c.response_id).where(discord_messages.c.message_id == bindparam("message"))
_DROP = delete(responses).where(OPEN, _WAITING, responses.c.id == _OF_MESSAGE.scalar_subquery())
_WRITE_DOWN = update(responses).where(_THIS, _UNENDED)
_IN_ITS_CONVERSATION = and_(_THIS, responses.c.conversation_id == bindparam("of"))
_END = update(responses).where(_IN_ITS_CONVERSATION, _UNENDED)
_IS_THERE = select(responses.c.id).where(_IN_ITS_CONVERSATION)
_GO_ON = update(conversations).where(conversations.c.id == bindparam("this"))
_UNSEAL = update(responses).where(responses.c.id == bindparam("this")).values(encrypted_content="", steps="[]")
_LOST = update(responses).where(responses.c.xai_id == bindparam("lost")).values(stored_until=None)

_OLDEST_FIRST = select(responses).where(OPEN).order_by(responses.c.id)
_WAITING_IN = _OLDEST_FIRST.where(_WAITING, responses.c.conversation_id == bindparam("of"))
_ALL_UNENDED = _OLDEST_FIRST.where(_UNENDED)
_CONVERSATIONS_WITH_WAITING = (
    select(responses.c.conversation_id)
    .where(OPEN, _WAITING)
    .group_by(responses.c.conversation_id)
    .order_by(func.min(responses.c.id))
)


class Turns(OnDatabase):
    """The part of the Store that is about turns. Every method raises StoreTrouble as `Database` does."""

    async def begin_turn(
        self,
        humans: Sequence[Response],
        answer: Response,
        messages: Sequence[MessageRef],
        conversation: Conversation | None = None,
        *,
        change: Rearranged | None = None,
        fixed: Conversation | None = None,
        reserving: Reserving | None = None,
    ) -> tuple[Warned, ...]:
        """Keep that a turn begins: a new conversation, what people said, the answer that is to come, where it stands.

        A human response that was waiting becomes what is given here; the others are new. The leaf stays,
        unless `change` moves it.

        Args:
            humans: Done, each with its parent, parents first. May be empty: resampling says nothing new.
            answer: Pending.
            messages: New ones only.
            conversation: If it begins with this turn.
            change: What stands elsewhere in Discord from now on.
            fixed: The conversation, where its first turn fixes its model, persona and options.
            reserving: What it is to reserve. None: nothing, and then nothing of it counts against any limit.

        Returns:
            Limits that are nearly used up with it, each once in its day or month.

        Raises:
            LimitReachedError, NotAllowedError: If a limit is used up; nothing was written.
            AlreadyKnownError: If one of the messages was taken in before.
            RowRefusedError: If a parent or the conversation is missing, or an id is taken.
        """
        if answer.sender is not Sender.MODEL or answer.state is not State.PENDING:
            raise RowRefusedError("a turn begins with a pending answer of the model")
        if any(human.sender is not Sender.HUMAN or human.state is not State.DONE for human in humans):
            raise RowRefusedError("a turn begins when people have said what they say")

        start = humans[0].parent_id if humans else answer.parent_id

        def begin_turn(connection: Connection) -> Verdict:
            waiting = _not_known(connection, messages, humans)
            verdict = UNLIMITED
            if reserving is not None:
                alone = conversation is not None and conversation.branched_from is None
                verdict = reserve(connection, reserving, answer, start, alone=alone)
            if not verdict.allowed:  # not raised here: all who are in line with it would begin once more
                return verdict
            if conversation is not None:
                connection.execute(_ADD_CONVERSATION, row_of_conversation(conversation))
            if fixed is not None:
                connection.execute(_FIX, _fixed_row(fixed))
            _say(connection, [*humans, answer], waiting)
            note_guests(connection, humans, conversation)
            connection.execute(_ADD_UNSHOWN, {"this": answer.id})
            if messages:
                connection.execute(_ADD_MESSAGES, [row_of_message(ref) for ref in messages])
            if change is not None:
                arrange(connection, answer.conversation_id, change, answer.created_at)
            return verdict

        return allowed(await self._database.write(begin_turn))

    async def wait_turn(self, human: Response, message: MessageRef) -> None:
        """Keep a human response that has to wait for its turn: pending, without a parent yet.

        Raises:
            AlreadyKnownError: If the message was taken in before.
            RowRefusedError: If the conversation is missing, or the id is taken.
        """
        if human.sender is not Sender.HUMAN or human.state is not State.PENDING or human.parent_id is not None:
            raise RowRefusedError("what waits is a pending human response without a parent")

        def wait_turn(connection: Connection) -> None:
            _not_known(connection, [message], [])
            connection.execute(_ADD, row_of_response(human))
            note_guests(connection, [human])
            connection.execute(_ADD_MESSAGES, row_of_message(message))

        await self._database.write(wait_turn)

    async def waiting(self, conversation_id: str) -> tuple[Response, ...]:
        """The human responses of a conversation that wait for their turn, oldest first."""
        rows = await self._database.rows(_WAITING_IN, {"of": conversation_id})
        return tuple(response_of_row(row) for row in rows)

    async def conversations_with_waiting(self) -> tuple[str, ...]:
        """Ids of the conversations in which somebody waits, first come first."""
        return tuple(row["conversation_id"] for row in await self._database.rows(_CONVERSATIONS_WITH_WAITING))

    async def drop_waiting(self, message_id: int) -> bool:
        """Forget a human response whose Discord message was deleted before its turn began.

        Returns:
            Whether there was one. One whose turn has begun stays.
        """

        def drop_waiting(connection: Connection) -> bool:
            return connection.execute(_DROP, {"message": message_id}).rowcount > 0

        dropped = await self._database.write(drop_waiting)
        if dropped:
            await self._database.wipe()
        return dropped

    async def journal(self, response_id: str, message: str, reasoning: str) -> None:
        """Keep what has arrived so far (all of it) of an answer. Nothing happens to one that has ended."""
        so_far = {
            "this": response_id,
            "state": State.STREAMING.value,
            "message": storable(message),
            "reasoning": storable(reasoning),
        }

        def journal(connection: Connection) -> None:
            connection.execute(_WRITE_DOWN, so_far)

        await self._database.write(journal)

    async def end_turn(
        self, answer: Response, leaf_id: str | None, modified_at: datetime, *, change: Rearranged | None = None
    ) -> None:
        """Keep how a turn ended: the whole answer, what it took, and where its conversation goes on.

        What it took is put to the account of who reserved it, else of who wrote the message that was answered; also
        where the answer is gone by now. `change` is what stands elsewhere in Discord because it ended so.

        Raises:
            NotStoredError: If there is no such answer.
            RowRefusedError: If the answer had ended before, has not ended now, or the leaf is of another conversation.
        """
        if not answer.state.ended:
            raise RowRefusedError("the answer has not ended")

        def end_turn(connection: Connection) -> bool:
            there = _end(connection, answer)
            settled = settle(connection, answer)
            if not there:
                account(connection, answer, settled, modified_at)
                return False
            around = around_of(connection, answer, leaf_id)
            goes_on = {"this": answer.conversation_id, "leaf_id": leaf_id, "modified_at": modified_at}
            connection.execute(_GO_ON, goes_on)
            account(connection, answer, settled, modified_at, around)
            if change is not None:
                arrange(connection, answer.conversation_id, change, modified_at)
            return True

        if not await self._database.write(end_turn):
            raise NotStoredError("no such answer")

    async def lost_at_xai(self, xai_id: str) -> None:
        """Keep that xAI no longer has what it stored under `xai_id`."""

        def lost_at_xai(connection: Connection) -> None:
            connection.execute(_LOST, {"lost": xai_id})

        await self._database.write(lost_at_xai)

    async def unsealed(self, responses: Sequence[Response]) -> None:
        """Keep nothing more of what was sealed in these (`history.unsealed`): xAI does not open it any more."""

        def unseal(connection: Connection) -> None:
            connection.execute(_UNSEAL, [{"this": response.id} for response in responses])

        if responses:
            await self._database.write(unseal)

    async def unended(self) -> tuple[Response, ...]:
        """Model responses that have not ended, oldest first. At start they are what a crash cut off."""
        return tuple(response_of_row(row) for row in await self._database.rows(_ALL_UNENDED))


def _not_known(connection: Connection, messages: Sequence[MessageRef], humans: Sequence[Response]) -> set[str]:
    """Refuse messages that were taken in before. Which of the humans' responses wait for their turn."""
    asked = {"messages": [ref.message_id for ref in messages], "humans": [human.id for human in humans]}
    waiting = set()
    for response_id, known in connection.execute(_KNOWN_OR_WAITING, asked):
        if known:
            raise AlreadyKnownError
        waiting.add(response_id)
    return waiting


def _say(connection: Connection, said: Sequence[Response], waiting: set[str]) -> None:
    """Write responses down, each after its parent; those that waited become what they are now."""
    for waited, some in groupby(said, lambda response: response.id in waiting):
        rows = [row_of_response(response) for response in some]
        if waited:
            connection.execute(_TAKE_UP, [{"this": row["id"], **row} for row in rows])
        else:
            connection.execute(_ADD, rows)


def _fixed_row(conversation: Conversation) -> dict[str, Any]:
    row = row_of_conversation(conversation)
    return {"this": conversation.id, **{name: row[name] for name in ("model", "persona", "options")}}


def _end(connection: Connection, answer: Response) -> bool:
    """Whether it is there (still)."""
    this = {"this": answer.id, "of": answer.conversation_id}
    if connection.execute(_END, {**this, **row_of_response(answer)}).rowcount:
        return True
    if connection.execute(_IS_THERE, this).first() is None:
        return False
    raise RowRefusedError("the answer had ended before")
