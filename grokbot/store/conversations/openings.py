"""Openings: conversations that people asked for and that have no channel or thread in Discord yet.

Not here: opening the place (`discord_bot.inbound.openings`), what has begun (`turns`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from grokbot.conversation.records.opening import PendingOpening
from grokbot.store.tables.conversations import openings
from grokbot.store.tables.rows import storable

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from grokbot.store.database import Database

_THIS = openings.c.id == bindparam("this")
_CHANGE = update(openings).where(_THIS)
_ADD = insert(openings)
_DROP = delete(openings).where(_THIS)
_ALL = select(openings).order_by(openings.c.id)


class Openings:
    """Conversations that people asked for and that have no channel or thread in Discord yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, wanted: PendingOpening) -> None:
        """Store an opening, or its progress."""
        row = {
            "id": wanted.id,
            "guild_id": wanted.guild_id,
            "channel_id": wanted.channel_id,
            "user_id": wanted.user_id,
            "wanted": storable(wanted.command),
            "since": wanted.since,
        }

        def keep_opening(connection: Connection) -> None:
            if not connection.execute(_CHANGE, {"this": wanted.id, **row}).rowcount:
                connection.execute(_ADD, row)

        await self._database.write(keep_opening)

    async def end(self, wanted: PendingOpening) -> None:
        """Drop an opening: it has begun, or never will. Idempotent."""

        def end_opening(connection: Connection) -> None:
            connection.execute(_DROP, {"this": wanted.id})

        await self._database.write(end_opening)
        if wanted.command:
            await self._database.wipe()

    async def all(self) -> tuple[PendingOpening, ...]:
        """All openings, oldest first."""
        rows = await self._database.rows(_ALL)
        return tuple(
            PendingOpening(
                id=row["id"],
                guild_id=row["guild_id"],
                channel_id=row["channel_id"],
                user_id=row["user_id"],
                command=row["wanted"],
                since=row["since"],
            )
            for row in rows
        )
