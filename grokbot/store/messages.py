"""Where responses stand in Discord: which message shows which part of which response.

Not here: the messages that begin a turn (`turns`), what is written into a message (`discord_bot`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from grokbot.store.database import OnDatabase
from grokbot.store.rows import message_of_row, response_of_row, row_of_message
from grokbot.store.tables import discord_messages, responses

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from grokbot.conversation.response import MessageRef, Response


_THIS = discord_messages.c.message_id == bindparam("this")
_CHANGE = update(discord_messages).where(_THIS)
_ADD = insert(discord_messages)
_DROP = delete(discord_messages).where(_THIS)
_BY_PART = (
    select(discord_messages)
    .where(discord_messages.c.response_id == bindparam("of"))
    .order_by(discord_messages.c.part, discord_messages.c.message_id)
)
_SHOWN = select(responses).join(discord_messages).where(_THIS)


class Messages(OnDatabase):
    """The part of the Store that is about Discord messages. Every method raises StoreTrouble as `Database` does."""

    async def add_message(self, ref: MessageRef) -> None:
        """Keep where a response stands. A message that is known already shows from now on what `ref` says.

        Raises:
            RowRefused: If there is no such response.
        """
        row = row_of_message(ref)

        def add_message(connection: Connection) -> None:
            if not connection.execute(_CHANGE, {"this": ref.message_id, **row}).rowcount:
                connection.execute(_ADD, row)

        await self._database.write(add_message)

    async def drop_message(self, message_id: int) -> None:
        """Forget a message that is no longer in Discord. The response stays. Nothing happens for an unknown one."""

        def drop_message(connection: Connection) -> None:
            connection.execute(_DROP, {"this": message_id})

        await self._database.write(drop_message)

    async def messages_of(self, response_id: str) -> tuple[MessageRef, ...]:
        """The messages that a response stands in, by part."""
        return tuple(message_of_row(row) for row in await self._database.rows(_BY_PART, {"of": response_id}))

    async def response_of_message(self, message_id: int) -> Response | None:
        """The response that stands in this message, in whole or in part."""
        rows = await self._database.rows(_SHOWN, {"this": message_id})
        return response_of_row(rows[0]) if rows else None
