"""Retention: deletes whole conversations that have not changed for long.

Whole ones, not single responses: an answer without its question, or a path with holes, would be useless to people
and mislead the model. Usage stays recorded. Not here: how long, and when it runs
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
    # An answer is running, or waits for a start.
    ~exists().where(responses.c.conversation_id == conversations.c.id, OPEN),
)
_OLDEST = _OUTDATED.order_by(conversations.c.modified_at, conversations.c.id).limit(bindparam("most"))
_THIS_ONE = _OUTDATED.where(conversations.c.id == bindparam("this"))


class IdleConversations:
    """Deletes conversations that have not changed for long."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def outdated(self, before: datetime, limit: int = 20) -> tuple[str, ...]:
        """Conversations unchanged since `before` with nothing running; oldest first."""
        rows = await self._database.rows(_OLDEST, {"before": before, "most": limit})
        return tuple(row["id"] for row in rows)

    async def delete(self, conversation_id: str, before: datetime, at: datetime) -> DeletedConversation | None:
        """Delete a conversation as `Deletion.delete` does, if it is still outdated.

        Args:
            conversation_id: The conversation.
            before: UTC; it has not changed since.
            at: UTC, now.

        Returns:
            What remains of it in Discord and at xAI; the latter is noted in `to_forget`. None if it is gone or has
            changed since it was found.
        """

        def delete_outdated(connection: Connection) -> DeletedConversation | None:
            if connection.execute(_THIS_ONE, {"this": conversation_id, "before": before}).first() is None:
                return None
            return take_away(connection, conversation_id, at)

        deleted = await self._database.write(delete_outdated)
        if deleted is not None:
            await self._database.wipe(conversation=[conversation_id])
        return deleted
