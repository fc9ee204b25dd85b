"""Servers that the bot knows, so that it greets each only once.

Not here: when it greets (`engine.moderation.servers`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select

from grokbot.store.tables.moderation import known_servers

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.store.database import Database

_BEFORE = 0
"""Stands for all servers that the bot joined before a moment. No Discord server has id 0."""

_ALL = select(known_servers.c.guild_id, known_servers.c.at)
_ADD = insert(known_servers)
_FORGET = delete(known_servers).where(known_servers.c.guild_id == bindparam("which"))


class KnownServerRows:
    """Servers that the bot knows, and since when."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> tuple[frozenset[int], datetime | None]:
        """Their ids; and the moment before which the bot knows every server that it joined, if there is one."""
        found = {row["guild_id"]: row["at"] for row in await self._database.rows(_ALL)}
        before = found.pop(_BEFORE, None)
        return frozenset(found), before

    async def add(self, guild_ids: Collection[int], at: datetime) -> frozenset[int]:
        """Add servers; returns those that were unknown."""

        def add(connection: Connection) -> frozenset[int]:
            known = {row.guild_id for row in connection.execute(_ALL)}
            new = frozenset(guild_ids) - known
            if new:
                connection.execute(_ADD, [{"guild_id": guild_id, "at": at} for guild_id in new])
            return new

        return await self._database.write(add)

    async def forget(self, guild_id: int) -> None:
        """Forget a server: should the bot join it again, it is greeted again."""
        await self._database.write(lambda connection: connection.execute(_FORGET, {"which": guild_id}))
