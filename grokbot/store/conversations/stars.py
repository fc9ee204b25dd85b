"""Stars that people give to conversations.

Not here: the list of starred conversations (`listing`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Text, bindparam, delete, exists, insert, select

from grokbot.store.tables.conversations import conversations, stars

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from grokbot.store.database import Database

_USER, _THIS = bindparam("user", type_=BigInteger()), bindparam("this", type_=Text())

STARRED = exists().where(stars.c.user_id == _USER, stars.c.conversation_id == conversations.c.id)
"""Whether the person `user` has starred the row's conversation."""

_STAR = insert(stars).from_select(
    ["user_id", "conversation_id"],
    select(_USER, conversations.c.id).where(conversations.c.id == _THIS, ~STARRED),
)
_UNSTAR = delete(stars).where(stars.c.user_id == _USER, stars.c.conversation_id == _THIS)
_IS_STARRED = select(stars.c.user_id).where(stars.c.user_id == _USER, stars.c.conversation_id == _THIS)


class StarRows:
    """Stars that people give to conversations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, user_id: int, conversation_id: str) -> bool:
        """Star a conversation for one person.

        Returns:
            Whether that is new; False if there is no such conversation.
        """
        starred = {"user": user_id, "this": conversation_id}

        def star(connection: Connection) -> bool:
            return connection.execute(_STAR, starred).rowcount > 0

        return await self._database.write(star)

    async def remove(self, user_id: int, conversation_id: str) -> bool:
        """Remove a person's star. Returns whether there was one."""
        starred = {"user": user_id, "this": conversation_id}

        def unstar(connection: Connection) -> bool:
            return connection.execute(_UNSTAR, starred).rowcount > 0

        return await self._database.write(unstar)

    async def has(self, user_id: int, conversation_id: str) -> bool:
        """Whether this person has starred it."""
        return bool(await self._database.rows(_IS_STARRED, {"user": user_id, "this": conversation_id}))
