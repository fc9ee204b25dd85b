"""A server's filters: adding, removing and listing them.

Not here: what they match (`policy.filters.filters`), who may change them (`engine`).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, select

from grokbot.conversation.errors import UserError
from grokbot.policy.filters import MOST_FILTERS, NAME_TAKEN, TOO_MANY, Action, Filter, PatternError, Where, compiled
from grokbot.store.audit import note_audit
from grokbot.store.tables.moderation import audit_log, filters
from grokbot.store.tables.rows import storable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.conversation.records import AuditEntry
    from grokbot.store.database import Database
    from grokbot.store.tables.rows import Row

log = logging.getLogger(__name__)

_OF = filters.c.guild_id == bindparam("guild")
_ALL = select(filters).where(_OF).order_by(filters.c.created_at, filters.c.id)
_NAMED = select(filters.c.number, filters.c.name).where(_OF)
_EVER_ADDED = (
    select(func.count())
    .select_from(audit_log)
    .where(audit_log.c.guild_id == bindparam("guild"), audit_log.c.action == "filter.add")
)
_ADD = insert(filters)
_REMOVE = delete(filters).where(_OF, filters.c.id == bindparam("this"))


class FilterRows:
    """Filters of servers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, guild_id: int, new: Filter, by: int, at: datetime, entry: Callable[[Filter], AuditEntry]
    ) -> Filter:
        """Add a filter; returns it with its number.

        Args:
            guild_id: The server.
            new: The filter.
            by: Who adds it.
            at: UTC, when.
            entry: The line of the audit log about the numbered filter, written with it.

        Raises:
            UserError: The server has the maximum number of filters, or one of this name.
            RowRefusedError: If the id is taken.
        """

        def add_filter(connection: Connection) -> Filter:
            kept = connection.execute(_NAMED, {"guild": guild_id}).all()
            if len(kept) >= MOST_FILTERS:
                raise UserError(TOO_MANY.later(most=MOST_FILTERS))
            if new.name and new.name.casefold() in {row.name.casefold() for row in kept}:
                raise UserError(NAME_TAKEN)
            added = connection.execute(_EVER_ADDED, {"guild": guild_id}).scalar_one()
            numbered = replace(new, number=max([added, *(row.number for row in kept)]) + 1)
            row = {
                "id": new.id,
                "guild_id": guild_id,
                "pattern": storable(new.pattern.source),
                "place": new.where.value,
                "action": new.action.value,
                "created_by": by,
                "created_at": at,
                "number": numbered.number,
                "name": storable(new.name),
            }
            connection.execute(_ADD, row)
            note_audit(connection, entry(numbered))
            return numbered

        return await self._database.write(add_filter)

    async def remove(self, guild_id: int, filter_id: str, entry: AuditEntry) -> bool:
        """Remove a filter. Returns whether the server had it; if not, nothing is logged.

        Args:
            guild_id: The server.
            filter_id: The filter.
            entry: The line of the audit log, written with it.
        """

        def remove_filter(connection: Connection) -> bool:
            removed = connection.execute(_REMOVE, {"guild": guild_id, "this": filter_id}).rowcount > 0
            if removed:
                note_audit(connection, entry)
            return removed

        return await self._database.write(remove_filter)

    async def of(self, guild_id: int) -> tuple[Filter, ...]:
        """A server's filters, oldest first. One that no longer compiles is skipped and logged."""
        rows = await self._database.rows(_ALL, {"guild": guild_id})
        return tuple(found for row in rows if (found := _filter(row)) is not None)


def _filter(row: Row) -> Filter | None:
    try:
        where, action = Where(row["place"]), Action(row["action"])
        return Filter(row["id"], compiled(row["pattern"]), where, action, row["number"], row["name"])
    except PatternError:
        log.exception("filter.unreadable filter=%s", row["id"])
        return None
