"""Servers that the bot knows: each is greeted once.

A database that has served before knows all servers that the bot joined until now, under the number 0.
"""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_HAS_SERVED = "SELECT 1 FROM served UNION ALL SELECT 1 FROM conversations UNION ALL SELECT 1 FROM settings LIMIT 1"


def upgrade() -> None:
    """Add the table."""
    known = op.create_table(
        "known_servers",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name="pk_known_servers"),
    )
    if op.get_bind().execute(sa.text(_HAS_SERVED)).first() is not None:
        op.bulk_insert(known, [{"guild_id": 0, "at": time.time_ns() // 1000}])
