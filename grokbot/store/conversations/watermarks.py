"""Up to where messages were dealt with: in all places of a shard, and in a channel of which what was said is deleted.

So what was deleted is not heard again after a restart, as if it were new, where it still stands in Discord. Not here:
what is missed (`discord_bot.inbound.backlog`).
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
    """Up to which message everything was dealt with."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def served(self) -> Mapping[tuple[int, int], int]:
        """Up to which message everything was dealt with, by shard and number of shards.

        Where that was never noted, the newest message of which anything is known tells it for the only shard; nothing
        at all in a database in which nothing was ever kept.
        """
        rows = await self._database.rows(_SERVED)
        if rows:
            return {(row["shard_id"], row["shards"]): row["message_id"] for row in rows}
        newest = [(await self._database.rows(each))[0]["newest"] for each in _NEWEST]
        known = [message_id for message_id in newest if message_id is not None]
        return {(0, 1): max(known)} if known else {}

    async def note_served(self, marks: Mapping[int, int], shards: int) -> None:
        """Note up to where shards have dealt with everything; forgets what was noted of another number of shards."""
        rows = [{"shard_id": i, "shards": shards, "message_id": message_id} for i, message_id in marks.items()]

        def note_served(connection: Connection) -> None:
            connection.execute(delete(served).where(or_(served.c.shards != shards, served.c.shard_id.in_(list(marks)))))
            connection.execute(_SERVED_TO, rows)

        await self._database.write(note_served)

    async def of_channel(self, channel_id: int) -> int | None:
        """Up to where what was said in a channel was dealt with, and deleted."""
        rows = await self._database.rows(AT, {"there": channel_id})
        return rows[0]["message_id"] if rows else None

    async def active_channels(self, since: datetime, limit: int) -> tuple[tuple[int | None, int], ...]:
        """Server and channel of conversations in which something has happened since; the latest first."""
        rows = await self._database.rows(_LATELY.limit(limit), {"since": since})
        return tuple(dict.fromkeys((row["guild_id"], row["channel_id"]) for row in rows))


def dealt_with(connection: Connection, messages: Iterable[Row]) -> None:
    """Notes, within a transaction, that these messages were; rows of `discord_messages` that are about to go."""
    newest: dict[int, int] = {}
    for row in messages:
        newest[row["channel_id"]] = max(row["message_id"], newest.get(row["channel_id"], 0))
    for channel_id, message_id in newest.items():
        if connection.execute(AT, {"there": channel_id}).first() is None:
            connection.execute(_ADD, {"channel_id": channel_id, "message_id": message_id})
        else:
            connection.execute(_RAISE, {"there": channel_id, "newest": message_id, "message_id": message_id})
