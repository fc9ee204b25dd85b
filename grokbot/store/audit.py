"""The audit log: adding lines, reading a page, exporting all. Nothing here changes or removes a line.

Database triggers refuse that too (`tables.dialect_sql.append_only`). Not here: which acts are logged (`engine`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, or_, select

from grokbot.conversation.records import EVERYTHING, LONGEST_REASON, AuditEntry, AuditPage
from grokbot.store.database import rows_of
from grokbot.store.tables.moderation import audit_log
from grokbot.store.tables.rows import storable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import ColumnElement, Connection

    from grokbot.conversation.records import AuditFilter
    from grokbot.store.database import Database
    from grokbot.store.tables.rows import Row

BATCH = 500
"""Lines per read in an export."""

_ADD = insert(audit_log)
_NEWEST_FIRST = select(audit_log).order_by(audit_log.c.at.desc(), audit_log.c.id.desc())
_OLDEST_FIRST = select(audit_log).order_by(audit_log.c.at, audit_log.c.id)


class AuditLog:
    """The audit log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, *entries: AuditEntry) -> None:
        """Add lines, all of them or none.

        Raises:
            RowRefusedError: If an id is taken.
        """

        def add_audit(connection: Connection) -> None:
            note_audit(connection, *entries)

        await self._database.write(add_audit)

    async def page(
        self, guild_id: int | None, wanted: AuditFilter = EVERYTHING, *, offset: int = 0, limit: int = 10
    ) -> AuditPage:
        """A page of one server's log, newest first.

        Args:
            guild_id: The server. None: lines that belong to no server.
            wanted: Which lines.
            offset: How many to skip, 0 or more.
            limit: How many at most.
        """
        which = _which(guild_id, wanted)

        def audit(connection: Connection) -> AuditPage:
            rows = rows_of(connection, _NEWEST_FIRST.where(which).offset(offset).limit(limit))
            total = connection.execute(select(func.count()).select_from(audit_log).where(which)).scalar_one()
            return AuditPage(tuple(map(_entry, rows)), total)

        return await self._database.read(audit)

    async def export(
        self, guild_id: int | None, wanted: AuditFilter = EVERYTHING
    ) -> AsyncIterator[tuple[AuditEntry, ...]]:
        """All lines as of now, oldest first, in batches of at most BATCH. Lines added meanwhile are left out."""
        newest = (await self.page(guild_id, wanted, limit=1)).entries
        if not newest:
            return
        last = _up_to(newest[0])
        after: ColumnElement[bool] | None = None
        while True:
            which = (
                and_(_which(guild_id, wanted), last) if after is None else and_(_which(guild_id, wanted), last, after)
            )
            rows = await self._database.rows(_OLDEST_FIRST.where(which).limit(BATCH))
            if rows:
                batch = tuple(map(_entry, rows))
                yield batch
                after = ~_up_to(batch[-1])
            if len(rows) < BATCH:
                return


def note_audit(connection: Connection, *entries: AuditEntry) -> None:
    """Add lines within a transaction, so that an act and its log line are written together."""
    if entries:
        connection.execute(_ADD, [_row(entry) for entry in entries])


def _which(guild_id: int | None, wanted: AuditFilter) -> ColumnElement[bool]:
    table = audit_log.c
    parts = [table.guild_id.is_(None) if guild_id is None else table.guild_id == guild_id]
    if wanted.actor_id is not None:
        parts.append(table.actor_id == wanted.actor_id)
    if wanted.target is not None:
        parts.append(table.target == storable(wanted.target))
    if wanted.action is not None:
        parts.append(table.action == storable(wanted.action))
    if wanted.since is not None:
        parts.append(table.at >= wanted.since)
    if wanted.until is not None:
        parts.append(table.at < wanted.until)
    return and_(*parts)


def _up_to(entry: AuditEntry) -> ColumnElement[bool]:
    """This line and all before it."""
    table = audit_log.c
    return or_(table.at < entry.at, and_(table.at == entry.at, table.id <= entry.id))


def _row(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at,
        "guild_id": entry.guild_id,
        "actor_id": entry.actor_id,
        "action": storable(entry.action),
        "target": storable(entry.target),
        "reason": storable(entry.reason[:LONGEST_REASON]),
        "details": storable(json.dumps(dict(entry.details), ensure_ascii=False, separators=(",", ":"))),
    }


def _entry(row: Row) -> AuditEntry:
    return AuditEntry(
        id=row["id"],
        at=row["at"],
        guild_id=row["guild_id"],
        actor_id=row["actor_id"],
        action=row["action"],
        target=row["target"],
        reason=row["reason"],
        details=json.loads(row["details"]),
    )
