"""Watermarks: the last message handled, by shard, and by channel where the conversation was deleted.

After a restart, a message whose conversation was deleted is therefore not taken for a new one while it still stands
in Discord. Not here: what was missed (`discord_bot.inbound.backlog`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from grokbot.store.tables.conversations import conversations, discord_messages, served, watermarks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.store.database import Database
    from grokbot.store.tables.rows import Row

AT = select(watermarks.c.message_id).where(watermarks.c.channel_id == bindparam("there"))
_ADD = insert(watermarks)
_RAISE = update(watermarks).where(
    watermarks.c.channel_id == bindparam("there"), watermarks.c.message_id < bindparam("newest")
)
_SERVED = select(served)
_SERVED_TO = insert(served)
_NEWEST = (
    select(func.max(discord_messages.c.message_id).label("newest")),
    select(func.max(watermarks.c.message_id).label("newest")),
)
_LATELY = (
    select(conversations.c.guild_id, conversations.c.channel_id)
    .where(conversations.c.modified_at >= bindparam("since", type_=conversations.c.modified_at.type))
    .where(conversations.c.channel_id.is_not(None))
    .order_by(conversations.c.modified_at.desc(), conversations.c.id.desc())
)


class Watermarks:
    """The last messages handled."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def served(self) -> Mapping[tuple[int, int], int]:
        """The last message handled, by shard and number of shards.

        If that was never noted, the newest known message counts for the only shard; in an empty database there is
        nothing.
        """
        rows = await self._database.rows(_SERVED)
        if rows:
            return {(row["shard_id"], row["shards"]): row["message_id"] for row in rows}
        newest = [(await self._database.rows(each))[0]["newest"] for each in _NEWEST]
        known = [message_id for message_id in newest if message_id is not None]
        return {(0, 1): max(known)} if known else {}

    async def note_served(self, marks: Mapping[int, int], shards: int) -> None:
        """Note the last message each shard has handled; forgets those of another number of shards."""
        rows = [{"shard_id": i, "shards": shards, "message_id": message_id} for i, message_id in marks.items()]

        def note_served(connection: Connection) -> None:
            connection.execute(delete(served).where(or_(served.c.shards != shards, served.c.shard_id.in_(list(marks)))))
            connection.execute(_SERVED_TO, rows)

        await self._database.write(note_served)

    async def of_channel(self, channel_id: int) -> int | None:
        """The last handled message of a channel whose conversation was deleted."""
        rows = await self._database.rows(AT, {"there": channel_id})
        return rows[0]["message_id"] if rows else None

    async def active_channels(self, since: datetime, limit: int) -> tuple[tuple[int | None, int], ...]:
        """Server and channel of conversations that changed since a time; most recent first."""
        rows = await self._database.rows(_LATELY.limit(limit), {"since": since})
        return tuple(dict.fromkeys((row["guild_id"], row["channel_id"]) for row in rows))


def dealt_with(connection: Connection, messages: Iterable[Row]) -> None:
    """Note, within a transaction, that these rows of `discord_messages` were handled; they are about to be deleted."""
    newest: dict[int, int] = {}
    for row in messages:
        newest[row["channel_id"]] = max(row["message_id"], newest.get(row["channel_id"], 0))
    for channel_id, message_id in newest.items():
        if connection.execute(AT, {"there": channel_id}).first() is None:
            connection.execute(_ADD, {"channel_id": channel_id, "message_id": message_id})
        else:
            connection.execute(_RAISE, {"there": channel_id, "newest": message_id, "message_id": message_id})
