"""Where responses appear in Discord: which message shows which part of which response.

Not here: the messages that begin a turn (`turns`), a message's text (`discord_bot`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, select, update

from grokbot.conversation.response import Sender, State
from grokbot.store.conversations.attachments import with_attachments
from grokbot.store.database import rows_of
from grokbot.store.tables.conversations import discord_messages, former_messages, responses, unshown
from grokbot.store.tables.rows import message_of_row, response_of_row, row_of_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from grokbot.conversation.response import MessageRef, Response
    from grokbot.store.database import Database


_THIS = discord_messages.c.message_id == bindparam("this")
_WHERE = select(discord_messages).where(_THIS)
_CHANGE = update(discord_messages).where(_THIS)
_CHANGE_FORMER = update(former_messages).where(former_messages.c.message_id == bindparam("this"))
_ADD = insert(discord_messages)
_DROP = delete(discord_messages).where(_THIS)
_BY_PART = (
    select(discord_messages)
    .where(discord_messages.c.response_id == bindparam("of"))
    .order_by(discord_messages.c.part, discord_messages.c.message_id)
)
_PLACED = (
    select(discord_messages)
    .join(responses)
    .where(responses.c.conversation_id == bindparam("of"))
    .order_by(discord_messages.c.message_id)
)
_SHOWN_WHOLE = delete(unshown).where(unshown.c.response_id == bindparam("this"))
_SHOW_AGAIN = insert(unshown).from_select(
    ["response_id"],
    select(responses.c.id).where(
        responses.c.id == bindparam("this"), responses.c.id.not_in(select(unshown.c.response_id))
    ),
)
_UNSHOWN = (
    select(responses)
    .join(unshown)
    .where(responses.c.state.not_in([State.PENDING.value, State.STREAMING.value]))
    .order_by(responses.c.id)
)
_NUMBER_UNSHOWN = select(func.count().label("number")).select_from(unshown)
_LAST_OF_PEOPLE = (
    select(discord_messages.c.message_id)
    .join(responses)
    .where(discord_messages.c.channel_id == bindparam("in"), responses.c.sender == Sender.HUMAN.value)
    .order_by(discord_messages.c.message_id.desc())
    .limit(1)
)
_SHOWN = select(responses).join(discord_messages).where(_THIS)


class Messages:
    """The Discord messages that show responses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, *refs: MessageRef) -> None:
        """Store what messages show now, all of them or none. Adds new messages too.

        Raises:
            RowRefusedError: If there is no such response.
        """

        def move_messages(connection: Connection) -> None:
            for ref in refs:
                row = row_of_message(ref)
                if not connection.execute(_CHANGE, {"this": ref.message_id, **row}).rowcount:
                    connection.execute(_ADD, row)

        await self._database.write(move_messages)

    async def drop(self, message_id: int) -> None:
        """Forget a message that was deleted in Discord. The response stays. Does nothing for an unknown one."""

        def drop_message(connection: Connection) -> None:
            connection.execute(_DROP, {"this": message_id})

        await self._database.write(drop_message)

    async def shown_whole(self, response_id: str) -> None:
        """Note that Discord shows an answer completely, or never will. Idempotent."""

        def shown_whole(connection: Connection) -> None:
            connection.execute(_SHOWN_WHOLE, {"this": response_id})

        await self._database.write(shown_whole)

    async def show_again(self, response_id: str) -> None:
        """Note that Discord does not show an answer completely, whatever was noted before. Idempotent."""

        def show_again(connection: Connection) -> None:
            connection.execute(_SHOW_AGAIN, {"this": response_id})

        await self._database.write(show_again)

    async def unshown(self) -> tuple[Response, ...]:
        """Ended answers that Discord does not show completely yet, oldest first."""
        return tuple(response_of_row(row) for row in await self._database.rows(_UNSHOWN))

    async def number_unshown(self) -> int:
        """How many answers Discord does not show completely yet, running ones included."""
        return int((await self._database.rows(_NUMBER_UNSHOWN))[0]["number"])

    async def of(self, response_id: str) -> tuple[MessageRef, ...]:
        """The messages that show a response, by part."""
        return tuple(message_of_row(row) for row in await self._database.rows(_BY_PART, {"of": response_id}))

    async def in_conversation(self, conversation_id: str) -> tuple[MessageRef, ...]:
        """Every message that shows a response of a conversation, by message id: oldest first."""
        rows = await self._database.rows(_PLACED, {"of": conversation_id})
        return tuple(message_of_row(row) for row in rows)

    async def last_of_people(self, channel_id: int) -> int:
        """The newest message in a channel that a person asked with; 0 if there is none."""
        rows = await self._database.rows(_LAST_OF_PEOPLE, {"in": channel_id})
        return rows[0]["message_id"] if rows else 0

    async def get(self, message_id: int) -> MessageRef | None:
        """What is known of a message: what it shows, and its writer's text."""
        rows = await self._database.rows(_WHERE, {"this": message_id})
        return message_of_row(rows[0]) if rows else None

    async def note_wording(self, message_id: int, wording: str) -> None:
        """Note the new text of a person's message. Does nothing for an unknown one."""

        def note_wording(connection: Connection) -> None:
            connection.execute(_CHANGE, {"this": message_id, "wording": wording})

        await self._database.write(note_wording)

    async def replace(self, message_id: int, by_id: int) -> None:
        """Put another message in the place of a person's, with everything it held."""

        def replace_message(connection: Connection) -> None:
            connection.execute(_CHANGE, {"this": message_id, "message_id": by_id, "wording": None})
            connection.execute(_CHANGE_FORMER, {"this": message_id, "message_id": by_id})

        await self._database.write(replace_message)

    async def response(self, message_id: int) -> Response | None:
        """The response that this message shows, in whole or in part."""

        def shown_by(connection: Connection) -> Sequence[Response]:
            return with_attachments(
                connection, [response_of_row(row) for row in rows_of(connection, _SHOWN, {"this": message_id})]
            )

        return next(iter(await self._database.read(shown_by)), None)
