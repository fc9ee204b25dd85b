"""Turns: beginning one, storing the answer as it arrives, ending it. Each step is one transaction.

Not here: when a turn begins and what it says (`engine`), reading responses (`conversations`).
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, insert, select, update

from grokbot.conversation.response import Sender, State
from grokbot.store.budgets import UNLIMITED, account, allowed, around_of, count_used, reserve, settle
from grokbot.store.conversations.attachments import add_attachments, add_background
from grokbot.store.conversations.participants import note_guests
from grokbot.store.conversations.placement import arrange
from grokbot.store.conversations.queue import WAITING, refuse_known
from grokbot.store.errors import NotStoredError, RowRefusedError
from grokbot.store.tables.conversations import OPEN, conversations, discord_messages, responses, unshown
from grokbot.store.tables.rows import response_of_row, row_of_conversation, row_of_message, row_of_response, storable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.conversation.response import Conversation, MessageRef, Response
    from grokbot.display import Rearranged
    from grokbot.policy.budgets import BudgetDecision, LimitWarning
    from grokbot.store.budgets import Reserving
    from grokbot.store.database import Database


# The statements are built once, so that a call only binds values.

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
"""Answers outside Discord are never queued for display there."""

_FIX = update(conversations).where(conversations.c.id == bindparam("this"))
_TAKE_UP = update(responses).where(_THIS, WAITING)
_WRITE_DOWN = update(responses).where(_THIS, _UNENDED)
_IN_ITS_CONVERSATION = and_(_THIS, responses.c.conversation_id == bindparam("of"))
_END = update(responses).where(_IN_ITS_CONVERSATION, _UNENDED)
_IS_THERE = select(responses.c.id).where(_IN_ITS_CONVERSATION)
_GO_ON = update(conversations).where(conversations.c.id == bindparam("this"))
_UNSEAL = update(responses).where(responses.c.id == bindparam("this")).values(encrypted_content="", steps="[]")
_LOST = update(responses).where(responses.c.xai_id == bindparam("lost")).values(stored_until=None)

_OLDEST_FIRST = select(responses).where(OPEN).order_by(responses.c.id)
_ALL_UNENDED = _OLDEST_FIRST.where(_UNENDED)


class TurnRows:
    """Turns: beginning one, storing the answer as it arrives, ending it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(
        self,
        humans: Sequence[Response],
        answer: Response,
        messages: Sequence[MessageRef],
        conversation: Conversation | None = None,
        *,
        change: Rearranged | None = None,
        fixed: Conversation | None = None,
        reserving: Reserving | None = None,
    ) -> tuple[LimitWarning, ...]:
        """Store a new turn: what people said, the pending answer, their messages, perhaps a new conversation.

        A waiting human response is replaced by the one given here; the others are new. The leaf stays,
        unless `change` moves it.

        Args:
            humans: Done, each with its parent, parents first. May be empty, as in resampling.
            answer: Pending.
            messages: New ones only.
            conversation: If this turn begins it.
            change: Changes to what Discord's messages show.
            fixed: The conversation, if its first turn fixes its model, persona and options.
            reserving: What it reserves. None: nothing, and it counts against no limit.

        Returns:
            Limits that it nearly uses up, each once in its day or month.

        Raises:
            LimitReachedError, NotAllowedError: If a limit is used up; nothing is written.
            AlreadyKnownError: If one of the messages was accepted before.
            RowRefusedError: If a parent or the conversation is missing, or an id is taken.
        """
        if answer.sender is not Sender.MODEL or answer.state is not State.PENDING:
            raise RowRefusedError("a turn begins with a pending answer of the model")
        if any(human.sender is not Sender.HUMAN or human.state is not State.DONE for human in humans):
            raise RowRefusedError("a turn begins when people have said what they say")

        start = _above(humans, answer, conversation)

        def begin_turn(connection: Connection) -> BudgetDecision:
            waiting = refuse_known(connection, messages, humans)
            verdict = UNLIMITED
            if reserving is not None:
                alone = conversation is not None and conversation.branched_from is None
                verdict = reserve(connection, reserving, answer, start, alone=alone)
            if not verdict.allowed:  # not raised here: everyone queued with it would have to begin again
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

    async def journal(self, response_id: str, message: str, reasoning: str) -> None:
        """Store what has arrived of an answer so far. Does nothing if it has ended.

        Args:
            response_id: The answer.
            message: The whole text so far.
            reasoning: The whole reasoning so far.
        """
        so_far = {
            "this": response_id,
            "state": State.STREAMING.value,
            "message": storable(message),
            "reasoning": storable(reasoning),
        }

        def journal(connection: Connection) -> None:
            connection.execute(_WRITE_DOWN, so_far)

        await self._database.write(journal)

    async def end(
        self, answer: Response, leaf_id: str | None, modified_at: datetime, *, change: Rearranged | None = None
    ) -> None:
        """Store the end of a turn: the whole answer, its usage, and the new leaf.

        The usage is charged to whoever reserved it, else to the writer of the answered message, even if the answer
        has been deleted.

        Args:
            answer: The answer, ended.
            leaf_id: The conversation's new leaf; None: its beginning.
            modified_at: UTC, when it ended.
            change: Changes to what Discord's messages show as a result.

        Raises:
            NotStoredError: If there is no such answer.
            RowRefusedError: If the answer had ended before, has not ended now, or the leaf is in another conversation.
        """
        if not answer.state.ended:
            raise RowRefusedError("the answer has not ended")

        def end_turn(connection: Connection) -> bool:
            there = _end(connection, answer)
            settled = settle(connection, answer)
            if not there:
                account(connection, answer, settled, modified_at)
                return False
            add_attachments(connection, [answer])
            around = around_of(connection, answer, leaf_id)
            goes_on = {"this": answer.conversation_id, "leaf_id": leaf_id, "modified_at": modified_at}
            connection.execute(_GO_ON, goes_on)
            account(connection, answer, settled, modified_at, around)
            if change is not None:
                arrange(connection, answer.conversation_id, change, modified_at)
            return True

        there = await self._database.write(end_turn)
        count_used(answer)
        if not there:
            raise NotStoredError("no such answer")

    async def lost_at_xai(self, xai_id: str) -> None:
        """Note that xAI no longer stores `xai_id`."""

        def lost_at_xai(connection: Connection) -> None:
            connection.execute(_LOST, {"lost": xai_id})

        await self._database.write(lost_at_xai)

    async def unseal(self, responses: Sequence[Response]) -> None:
        """Drop the encrypted content of these responses (`history.unsealed`): xAI can no longer decrypt it."""

        def unseal(connection: Connection) -> None:
            connection.execute(_UNSEAL, [{"this": response.id} for response in responses])

        if responses:
            await self._database.write(unseal)

    async def unended(self) -> tuple[Response, ...]:
        """Model responses that have not ended, oldest first. At startup these are the ones a crash interrupted."""
        return tuple(response_of_row(row) for row in await self._database.rows(_ALL_UNENDED))


def _above(humans: Sequence[Response], answer: Response, conversation: Conversation | None) -> str | None:
    """What a turn follows; at the beginning of a branch that is not stored yet, what that continues."""
    start = humans[0].parent_id if humans else answer.parent_id
    return conversation.branched_from if start is None and conversation is not None else start


def _say(connection: Connection, said: Sequence[Response], waiting: set[str]) -> None:
    """Write responses, each after its parent; waiting ones are updated in place."""
    for waited, group in groupby(said, lambda response: response.id in waiting):
        some = list(group)
        rows = [row_of_response(response) for response in some]
        if waited:
            connection.execute(_TAKE_UP, [{"this": row["id"], **row} for row in rows])
        else:
            connection.execute(_ADD, rows)
            add_background(connection, some)
    add_attachments(connection, said)


def _fixed_row(conversation: Conversation) -> dict[str, Any]:
    row = row_of_conversation(conversation)
    return {"this": conversation.id, **{name: row[name] for name in ("model", "persona", "options")}}


def _end(connection: Connection, answer: Response) -> bool:
    """End the answer's row. Returns whether it still exists."""
    this = {"this": answer.id, "of": answer.conversation_id}
    if connection.execute(_END, {**this, **row_of_response(answer)}).rowcount:
        return True
    if connection.execute(_IS_THERE, this).first() is None:
        return False
    raise RowRefusedError("the answer had ended before")
