"""API keys: their owners, by key hash.

Not here: the secrets themselves (the engine makes them; only hashes are stored), who a key lets in (`engine`).
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, or_, select, update

from grokbot.conversation.records import ApiKey
from grokbot.store.database import rows_of
from grokbot.store.tables.conversations import api_keys
from grokbot.store.tables.rows import storable

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection

    from grokbot.store.database import Database

_FIELDS = tuple(field.name for field in fields(ApiKey))
KEYS = select(*(api_keys.c[name] for name in _FIELDS))  # never the hash

_ADD = insert(api_keys)
_BY_HASH = KEYS.where(api_keys.c.key_hash == bindparam("this"))
_ONE = KEYS.where(api_keys.c.id == bindparam("this"))
_ALL = KEYS.order_by(api_keys.c.id)
_REVOKE = update(api_keys).where(api_keys.c.id == bindparam("this"), api_keys.c.revoked_at.is_(None))
_USED = update(api_keys).where(
    api_keys.c.id == bindparam("this"),
    or_(api_keys.c.used_at.is_(None), api_keys.c.used_at < bindparam("at", type_=api_keys.c.used_at.type)),
)


class Keys:
    """API keys, by hash."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, key: ApiKey, key_hash: str) -> None:
        """Add a key.

        Raises:
            RowRefusedError: If its id or its hash is taken.
        """
        row: dict[str, Any] = {name: getattr(key, name) for name in _FIELDS}

        def add_key(connection: Connection) -> None:
            connection.execute(_ADD, {**row, "name": storable(key.name), "key_hash": key_hash})

        await self._database.write(add_key)

    async def by_hash(self, key_hash: str) -> ApiKey | None:
        """The key with this hash, also a revoked one."""
        rows = await self._database.rows(_BY_HASH, {"this": key_hash})
        return ApiKey(**rows[0]) if rows else None

    async def all(self) -> tuple[ApiKey, ...]:
        """All keys, revoked ones too, oldest first."""
        return tuple(ApiKey(**row) for row in await self._database.rows(_ALL))

    async def revoke(self, key_id: str, at: datetime) -> ApiKey | None:
        """Revoke a key permanently. A revoked one keeps its time. None for an unknown id."""

        def revoke_key(connection: Connection) -> ApiKey | None:
            connection.execute(_REVOKE, {"this": key_id, "revoked_at": at})
            rows = rows_of(connection, _ONE, {"this": key_id})
            return ApiKey(**rows[0]) if rows else None

        key = await self._database.write(revoke_key)
        await self._database.note_gone(key=[key_id])
        return key

    async def note_use(self, key_id: str, at: datetime) -> None:
        """Note when a key was last used; a time before the noted one changes nothing."""

        def key_used(connection: Connection) -> None:
            connection.execute(_USED, {"this": key_id, "at": at, "used_at": at})

        await self._database.write(key_used)
