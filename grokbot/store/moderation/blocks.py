"""Blocks: setting and lifting one, listing active ones, and who was told of them.

Not here: what a block means (`policy.blocks`), who may set one (`engine`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, insert, or_, select, update

from grokbot.policy.blocks import Block, BlockKind, HeldBlock
from grokbot.store.audit import note_audit
from grokbot.store.tables.moderation import blocks, told
from grokbot.store.tables.rows import storable

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.conversation.records import AuditEntry
    from grokbot.store.database import Database
    from grokbot.store.tables.rows import Row

_HOLDS = and_(
    blocks.c.guild_id == bindparam("guild"),
    blocks.c.lifted_at.is_(None),
    or_(blocks.c.until.is_(None), blocks.c.until > bindparam("now")),
)
_HELD = select(blocks).where(_HOLDS).order_by(blocks.c.created_at.desc(), blocks.c.id.desc())
_LIFT = update(blocks).where(_HOLDS, blocks.c.kind == bindparam("which"), blocks.c.subject_id == bindparam("whom"))
_ADD = insert(blocks)
_TOLD = select(told).where(told.c.block_id == bindparam("block"), told.c.user_id == bindparam("user"))
_IS_THERE = select(blocks.c.id).where(blocks.c.id == bindparam("block"))
_TELL = insert(told)


class BlockRows:
    """Blocks of people, roles and channels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, held: HeldBlock, entry: AuditEntry) -> None:
        """Add a block, replacing an active one of the same subject.

        Raises:
            RowRefusedError: If the id is taken.
        """
        block = held.block
        row = {
            "id": held.id,
            "guild_id": block.guild_id,
            "kind": block.kind.value,
            "subject_id": block.subject_id,
            "reason": storable(block.reason),
            "created_by": held.by,
            "created_at": held.at,
            "until": block.until,
        }

        def block_(connection: Connection) -> None:
            _lift(connection, block.guild_id, block.kind, block.subject_id, held.at)
            connection.execute(_ADD, row)
            note_audit(connection, entry)

        await self._database.write(block_)

    async def lift(self, guild_id: int, kind: BlockKind, subject_id: int, at: datetime, entry: AuditEntry) -> bool:
        """Lift the block of a subject. Returns whether one was active; if not, nothing is logged.

        Args:
            guild_id: The server; 0: all servers.
            kind: What the subject is.
            subject_id: The person, role or channel.
            at: UTC, now.
            entry: The line of the audit log, written with it.
        """

        def unblock(connection: Connection) -> bool:
            lifted = _lift(connection, guild_id, kind, subject_id, at)
            if lifted:
                note_audit(connection, entry)
            return lifted

        return await self._database.write(unblock)

    async def of(self, guild_id: int, now: datetime) -> tuple[HeldBlock, ...]:
        """The blocks active in a server now, newest first; 0: global ones."""
        return tuple(map(_held, await self._database.rows(_HELD, {"guild": guild_id, "now": now})))

    async def note_told(self, block_id: str, user_id: int) -> bool:
        """Note that a person was told of a block. Returns whether that is new."""

        def tell_of_block(connection: Connection) -> bool:
            of_it = {"block": block_id, "user": user_id}
            if connection.execute(_TOLD, of_it).first() is not None:
                return False
            if connection.execute(_IS_THERE, of_it).first() is not None:
                connection.execute(_TELL, {"block_id": block_id, "user_id": user_id})
            return True

        return await self._database.write(tell_of_block)


def _lift(connection: Connection, guild_id: int, kind: BlockKind, subject_id: int, at: datetime) -> bool:
    whose = {"guild": guild_id, "now": at, "which": kind.value, "whom": subject_id}
    return connection.execute(_LIFT, {**whose, "lifted_at": at}).rowcount > 0


def _held(row: Row) -> HeldBlock:
    block = Block(
        guild_id=row["guild_id"],
        kind=BlockKind(row["kind"]),
        subject_id=row["subject_id"],
        until=row["until"],
        reason=row["reason"],
    )
    return HeldBlock(id=row["id"], block=block, by=row["created_by"], at=row["created_at"])
