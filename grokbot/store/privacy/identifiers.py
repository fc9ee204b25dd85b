"""How xAI may know a person: a keyed hash of their id, whose key is made once and kept in the database.

xAI attributes abuse to it instead of to the operator's key. It stays over restarts and new tokens, differs from bot to
bot, and nobody without the database can find out whose it is. Not here: which requests carry it (`engine`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from grokbot.store.tables.moderation import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from grokbot.store.database import Database

_THIS = {"scope": "guild", "scope_id": 0, "name": "identifier_key"}
_KEY = select(settings.c.value).where(*(settings.c[name] == value for name, value in _THIS.items()))
_LENGTH = 32
"""Hexadecimal digits: 128 bits."""


class Identifiers:
    """The keyed hashes of people's ids."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._key: bytes | None = None

    async def load(self) -> bytes:
        """Read the key, or make it if there is none: once, before people wait for anything."""
        found = await self._database.rows(_KEY)
        text = found[0]["value"] if found else await self._database.write(_made)
        self._key = key = bytes.fromhex(json.loads(text))
        return key

    async def of(self, user_id: int) -> str:
        """The same for the same person, always."""
        key = self._key or await self.load()
        return hash_of_person(key, user_id)


def hash_of_person(key: bytes, user_id: int) -> str:
    """A person's keyed hash."""
    return hmac.digest(key, str(user_id).encode(), hashlib.sha256).hex()[:_LENGTH]


def hashed_within(connection: Connection, user_id: int) -> str:
    """A person's keyed hash, within a transaction that may write."""
    return hash_of_person(bytes.fromhex(json.loads(_made(connection))), user_id)


def _made(connection: Connection) -> str:
    """The key: a new one, unless another process has just made it."""
    found = connection.execute(_KEY).scalar_one_or_none()
    if found is not None:
        return str(found)
    value = json.dumps(secrets.token_hex())
    connection.execute(insert(settings), {**_THIS, "value": value, "changed_by": 0, "changed_at": datetime.now(UTC)})
    return value
