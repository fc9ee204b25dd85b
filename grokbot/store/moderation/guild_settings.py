"""Pauses, and settings of a server or channel.

Not here: what they do (`engine`), their names and allowed values (`engine.moderation.guild_settings`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, or_, select

from grokbot.conversation.records import Pause
from grokbot.store.audit import note_audit
from grokbot.store.tables.moderation import settings
from grokbot.store.tables.rows import storable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.conversation.records import AuditEntry
    from grokbot.store.database import Database

EVERYWHERE = 0
"""Stands for all servers in place of a server's id. No Discord server has id 0."""

_GUILD, _CHANNEL, _PAUSE = "guild", "channel", "pause"

_THIS = (
    settings.c.scope == bindparam("in"),
    settings.c.scope_id == bindparam("whose"),
    settings.c.name == bindparam("what"),
)
_SET = insert(settings)
_ONE = select(settings.c.value, settings.c.changed_by, settings.c.changed_at).where(*_THIS)
_CLEAR = delete(settings).where(*_THIS, settings.c.guild_id == bindparam("guild"))
_OF_GUILD = select(settings.c.scope, settings.c.scope_id, settings.c.name, settings.c.value).where(
    or_(
        (settings.c.scope == _GUILD) & (settings.c.scope_id == bindparam("guild")),
        (settings.c.scope == _CHANNEL) & (settings.c.guild_id == bindparam("guild")),
    ),
    settings.c.name != _PAUSE,
)

_ANYWHERE = select(settings.c.scope, settings.c.scope_id, settings.c.guild_id).where(
    settings.c.name == bindparam("what"), settings.c.value == "true"
)


class GuildSettingRows:
    """Pauses, and settings of a server or channel."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pause(self, guild_id: int = EVERYWHERE) -> Pause | None:
        """The active pause of a server, or the global one; None if there is none."""
        rows = await self._database.rows(_ONE, {"in": _GUILD, "whose": guild_id, "what": _PAUSE})
        if not rows:
            return None
        told = json.loads(rows[0]["value"])
        return Pause(since=rows[0]["changed_at"], by=rows[0]["changed_by"], reason=told["reason"])

    async def set_pause(self, pause: Pause | None, guild_id: int = EVERYWHERE, *entries: AuditEntry) -> None:
        """Pause answers, replacing an earlier pause; None: end the pause.

        `entries` go into the audit log with it.
        """

        def set_pause(connection: Connection) -> None:
            connection.execute(_CLEAR, {"in": _GUILD, "whose": guild_id, "what": _PAUSE, "guild": 0})
            note_audit(connection, *entries)
            if pause is None:
                return
            row = {
                "scope": _GUILD,
                "scope_id": guild_id,
                "name": _PAUSE,
                "value": _text({"reason": pause.reason}),
                "changed_by": pause.by,
                "changed_at": pause.since,
            }
            connection.execute(_SET, row)

        await self._database.write(set_pause)

    async def of(self, guild_id: int) -> Mapping[int | None, Mapping[str, Any]]:
        """The settings chosen for a server (under None) and for its channels (under their ids), by name."""
        found: dict[int | None, dict[str, Any]] = {}
        for row in await self._database.rows(_OF_GUILD, {"guild": guild_id}):
            whose = None if row["scope"] == _GUILD else row["scope_id"]
            found.setdefault(whose, {})[row["name"]] = json.loads(row["value"])
        return found

    async def switched_on(self, name: str) -> frozenset[int]:
        """The servers where a setting is switched on, for the server or for any of its channels."""
        rows = await self._database.rows(_ANYWHERE, {"what": name})
        return frozenset(row["scope_id"] if row["scope"] == _GUILD else row["guild_id"] for row in rows)

    async def set(
        self, guild_id: int, channel_id: int | None, name: str, value: Any, by: int, at: datetime, entry: AuditEntry
    ) -> None:
        """Set a server's or channel's setting.

        Args:
            guild_id: The server.
            channel_id: One of its channels; None: the whole server.
            name: Which setting.
            value: A JSON value; None: the default.
            by: Who sets it.
            at: UTC, when.
            entry: The line of the audit log, written with it.

        Raises:
            RowRefusedError: The channel belongs to another server.
        """
        scope, whose = (_GUILD, guild_id) if channel_id is None else (_CHANNEL, channel_id)
        of_guild = 0 if channel_id is None else guild_id
        row = {
            "scope": scope,
            "scope_id": whose,
            "name": name,
            "value": _text(value),
            "changed_by": by,
            "changed_at": at,
            "guild_id": of_guild,
        }

        def choose(connection: Connection) -> None:
            connection.execute(_CLEAR, {"in": scope, "whose": whose, "what": name, "guild": of_guild})
            if value is not None:
                connection.execute(_SET, row)
            note_audit(connection, entry)

        await self._database.write(choose)


def _text(value: object) -> str:
    return storable(json.dumps(value, ensure_ascii=False))
