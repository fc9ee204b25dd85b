"""The queue of a conversation: human responses waiting for their turn.

Not here: beginning a turn with them (`turns`), erasing a person's (`privacy.erase_person`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, func, insert, literal_column, select, update

from grokbot.conversation.errors import AlreadyKnownError
from grokbot.conversation.response import Sender, State
from grokbot.store.conversations.attachments import add_attachments, add_background, replace_attachments, with_all
from grokbot.store.conversations.participants import note_guests
from grokbot.store.database import rows_of
from grokbot.store.errors import RowRefusedError
from grokbot.store.tables.conversations import OPEN, discord_messages, responses
from grokbot.store.tables.rows import response_of_row, row_of_message, row_of_response, storable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from grokbot.conversation.parts import AttachedFile
    from grokbot.conversation.response import Author, MessageRef, Response
    from grokbot.store.database import Database

WAITING = and_(OPEN, responses.c.sender == Sender.HUMAN.value)
"""A human's response is only ever pending or done; the table checks it."""

_ADD = insert(responses)
_ADD_MESSAGE = insert(discord_messages)
_KNOWN = select(discord_messages.c.response_id, literal_column("1").label("known")).where(
    discord_messages.c.message_id.in_(bindparam("messages", expanding=True))
)
_KNOWN_OR_WAITING = _KNOWN.union_all(
    select(responses.c.id, literal_column("0")).where(responses.c.id.in_(bindparam("humans", expanding=True)), WAITING)
)
_OF_MESSAGE = select(discord_messages.c.response_id).where(discord_messages.c.message_id == bindparam("held_by"))
_OF_THIS_MESSAGE = and_(WAITING, responses.c.id == _OF_MESSAGE.scalar_subquery())
_DROP = delete(responses).where(_OF_THIS_MESSAGE)
_REWORD = update(responses).where(_OF_THIS_MESSAGE)
_OF_CONVERSATION = (
    select(responses).where(WAITING, responses.c.conversation_id == bindparam("of")).order_by(responses.c.id)
)
_CONVERSATIONS = (
    select(responses.c.conversation_id)
    .where(WAITING)
    .group_by(responses.c.conversation_id)
    .order_by(func.min(responses.c.id))
)

_NUMBER = select(func.count().label("number")).select_from(responses).where(WAITING)


class Queue:
    """Human responses waiting for their turn."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, human: Response, message: MessageRef) -> None:
        """Store a human response that waits for its turn: pending, with no parent yet.

        Raises:
            AlreadyKnownError: If the message was accepted before.
            RowRefusedError: If the conversation is missing, or the id is taken.
        """
        if human.sender is not Sender.HUMAN or human.state is not State.PENDING or human.parent_id is not None:
            raise RowRefusedError("what waits is a pending human response without a parent")

        def wait_turn(connection: Connection) -> None:
            refuse_known(connection, [message], [])
            connection.execute(_ADD, row_of_response(human))
            add_attachments(connection, [human])
            add_background(connection, [human])
            note_guests(connection, [human])
            connection.execute(_ADD_MESSAGE, row_of_message(message))

        await self._database.write(wait_turn)

    async def of(self, conversation_id: str) -> tuple[Response, ...]:
        """The human responses of a conversation waiting for their turn, oldest first."""

        def waiting(connection: Connection) -> tuple[Response, ...]:
            rows = rows_of(connection, _OF_CONVERSATION, {"of": conversation_id})
            return with_all(connection, [response_of_row(row) for row in rows])

        return await self._database.read(waiting)

    async def conversations(self) -> tuple[str, ...]:
        """Ids of the conversations with waiting responses, longest wait first."""
        return tuple(row["conversation_id"] for row in await self._database.rows(_CONVERSATIONS))

    async def number(self) -> int:
        """How many human responses wait."""
        return int((await self._database.rows(_NUMBER))[0]["number"])

    async def reword(
        self, message_id: int, author: Author, message: str, attachments: Sequence[AttachedFile] = ()
    ) -> bool:
        """Change the content of a waiting message. Returns whether there was one.

        Args:
            message_id: The Discord message.
            author: Its writer, with their current name.
            message: The new text.
            attachments: What it has attached now.
        """
        row = {"author_name": storable(author.name), "message": storable(message)}

        def reword_waiting(connection: Connection) -> bool:
            response_id = connection.execute(_OF_MESSAGE, {"held_by": message_id}).scalar_one_or_none()
            if not connection.execute(_REWORD, {"held_by": message_id, **row}).rowcount or response_id is None:
                return False
            replace_attachments(connection, response_id, attachments)
            return True

        return await self._database.write(reword_waiting)

    async def drop(self, message_id: int) -> bool:
        """Forget a human response whose Discord message was deleted before its turn began.

        Returns:
            Whether there was one. A response whose turn has begun stays.
        """

        def drop_waiting(connection: Connection) -> bool:
            return connection.execute(_DROP, {"held_by": message_id}).rowcount > 0

        dropped = await self._database.write(drop_waiting)
        if dropped:
            await self._database.wipe()
        return dropped


def refuse_known(connection: Connection, messages: Sequence[MessageRef], humans: Sequence[Response]) -> set[str]:
    """Refuse messages that were accepted before. Returns which of the humans' responses are waiting.

    Args:
        connection: Of the transaction.
        messages: The Discord messages.
        humans: Responses, some of which may be waiting.
    """
    asked = {"messages": [ref.message_id for ref in messages], "humans": [human.id for human in humans]}
    waiting = set()
    for response_id, known in connection.execute(_KNOWN_OR_WAITING, asked):
        if known:
            raise AlreadyKnownError
        waiting.add(response_id)
    return waiting
