"""Retention: deletes whole conversations in which nothing has changed for long.

Whole ones, not single responses: an answer without its question, and a path with holes, would be of no use to anybody
and a lie to the model. What was spent stays spent. Not here: how long, and when it is looked
(`engine.deletion.retention`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, select

from grokbot.store.privacy.delete import take_away
from grokbot.store.tables.conversations import OPEN, conversations, responses

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.conversation.records import DeletedConversation
    from grokbot.store.database import Database

_OUTDATED = select(conversations.c.id).where(
    conversations.c.modified_at < bindparam("before"),
    # Something goes on in it, or waits for a start.
    ~exists().where(responses.c.conversation_id == conversations.c.id, OPEN),
)
_OLDEST = _OUTDATED.order_by(conversations.c.modified_at, conversations.c.id).limit(bindparam("most"))
_THIS_ONE = _OUTDATED.where(conversations.c.id == bindparam("this"))


class IdleConversations:
    """Deletes conversations in which nothing has changed for long."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def outdated(self, before: datetime, limit: int = 20) -> tuple[str, ...]:
        """Conversations that have not changed since `before` and in which nothing is open; oldest first."""
        rows = await self._database.rows(_OLDEST, {"before": before, "most": limit})
        return tuple(row["id"] for row in rows)

    async def delete(self, conversation_id: str, before: datetime, at: datetime) -> DeletedConversation | None:
        """Delete a conversation as `Deletion.delete` does, if it is outdated still.

        Args:
            conversation_id: Which.
            before: UTC; it has not changed since.
            at: UTC, now.

        Returns:
            What is left of it in Discord and at xAI; the latter is noted in `to_forget`. None where it has changed
            since it was found, or is gone.
        """

        def delete_outdated(connection: Connection) -> DeletedConversation | None:
            if connection.execute(_THIS_ONE, {"this": conversation_id, "before": before}).first() is None:
                return None
            return take_away(connection, conversation_id, at)

        deleted = await self._database.write(delete_outdated)
        if deleted is not None:
            await self._database.wipe()
        return deleted
