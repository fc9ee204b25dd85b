"""Shares: which token shows which path, until it is revoked.

Not here: the tokens themselves (the engine makes them; only hashes are stored), what a page shows (`documents`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from grokbot.store.tables.conversations import shares
from grokbot.store.tables.rows import row_of_share, share_of_row

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.conversation.records import Share
    from grokbot.store.database import Database

_ADD = insert(shares)
_ONE = select(shares).where(shares.c.token_hash == bindparam("this"))
_OPEN_OF = select(shares.c.response_id).where(
    shares.c.conversation_id == bindparam("of"), shares.c.revoked_at.is_(None)
)
_REVOKE = update(shares).where(shares.c.conversation_id == bindparam("of"), shares.c.revoked_at.is_(None))
_REVOKE_OWN = _REVOKE.where(shares.c.created_by == bindparam("by"))


class ShareRows:
    """Shares, by token hash."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, share: Share) -> None:
        """Add a share.

        Raises:
            RowRefusedError: If its response or its conversation does not exist, or the token is taken.
        """

        def add_share(connection: Connection) -> None:
            connection.execute(_ADD, row_of_share(share))

        await self._database.write(add_share)

    async def get(self, token_hash: str) -> Share | None:
        """The share with this hash, also a revoked one."""
        rows = await self._database.rows(_ONE, {"this": token_hash})
        return share_of_row(rows[0]) if rows else None

    async def of(self, conversation_id: str) -> frozenset[str]:
        """The responses up to which a conversation is currently shared."""
        rows = await self._database.rows(_OPEN_OF, {"of": conversation_id})
        return frozenset(row["response_id"] for row in rows)

    async def revoke(self, conversation_id: str, at: datetime, created_by: int | None = None) -> int:
        """Revoke a conversation's shares; with `created_by` only that person's.

        Args:
            conversation_id: The conversation.
            at: UTC, now.
            created_by: Whose shares; None: everyone's.

        Returns:
            How many were still valid.
        """
        revoked = {"of": conversation_id, "revoked_at": at}

        def revoke_shares(connection: Connection) -> int:
            if created_by is None:
                return connection.execute(_REVOKE, revoked).rowcount
            return connection.execute(_REVOKE_OWN, {**revoked, "by": created_by}).rowcount

        return await self._database.write(revoke_shares)
