"""Stars that people give to conversations, and shares: which token shows which path, until it is revoked.

Not here: the list of starred conversations (`listing`), the tokens themselves (the engine makes them; only hashes are
stored), what a page shows (`documents`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Text, bindparam, delete, exists, insert, select, update

from grokbot.store.tables.conversations import conversations, shares, stars
from grokbot.store.tables.rows import row_of_share, share_of_row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.conversation.records import Share
    from grokbot.store.database import Database

_USER, _THIS = bindparam("user", type_=BigInteger()), bindparam("this", type_=Text())

STARRED = exists().where(stars.c.user_id == _USER, stars.c.conversation_id == conversations.c.id)
"""Whether the person `user` has starred the row's conversation."""

_STAR = insert(stars).from_select(
    ["user_id", "conversation_id"],
    select(_USER, conversations.c.id).where(conversations.c.id == _THIS, ~STARRED),
)
_UNSTAR = delete(stars).where(stars.c.user_id == _USER, stars.c.conversation_id == _THIS)
_IS_STARRED = select(stars.c.user_id).where(stars.c.user_id == _USER, stars.c.conversation_id == _THIS)

_ADD_SHARE = insert(shares)
_ONE_SHARE = select(shares).where(shares.c.token_hash == bindparam("this"))
_OPEN_OF = select(shares.c.response_id).where(
    shares.c.conversation_id == bindparam("of"), shares.c.revoked_at.is_(None)
)
_REVOKE = update(shares).where(shares.c.conversation_id == bindparam("of"), shares.c.revoked_at.is_(None))
_REVOKE_OWN = _REVOKE.where(shares.c.created_by == bindparam("by")).returning(shares.c.token_hash)
_REVOKE_ALL = _REVOKE.returning(shares.c.token_hash)


class StarRows:
    """Stars that people give to conversations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, user_id: int, conversation_id: str) -> bool:
        """Star a conversation for one person.

        Returns:
            Whether that is new; False if there is no such conversation.
        """
        starred = {"user": user_id, "this": conversation_id}

        def star(connection: Connection) -> bool:
            return connection.execute(_STAR, starred).rowcount > 0

        return await self._database.write(star)

    async def remove(self, user_id: int, conversation_id: str) -> bool:
        """Remove a person's star. Returns whether there was one."""
        starred = {"user": user_id, "this": conversation_id}

        def unstar(connection: Connection) -> bool:
            return connection.execute(_UNSTAR, starred).rowcount > 0

        return await self._database.write(unstar)

    async def has(self, user_id: int, conversation_id: str) -> bool:
        """Whether this person has starred it."""
        return bool(await self._database.rows(_IS_STARRED, {"user": user_id, "this": conversation_id}))


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
            connection.execute(_ADD_SHARE, row_of_share(share))

        await self._database.write(add_share)

    async def get(self, token_hash: str) -> Share | None:
        """The share with this hash, also a revoked one."""
        rows = await self._database.rows(_ONE_SHARE, {"this": token_hash})
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

        def revoke_shares(connection: Connection) -> Sequence[str]:
            if created_by is None:
                return connection.execute(_REVOKE_ALL, revoked).scalars().all()
            return connection.execute(_REVOKE_OWN, {**revoked, "by": created_by}).scalars().all()

        hashes = await self._database.write(revoke_shares)
        await self._database.note_gone(share=hashes)
        return len(hashes)
