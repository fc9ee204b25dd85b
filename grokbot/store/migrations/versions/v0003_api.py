"""The API: keys, what one answer was asked to be made with; indexes for lists and sums over everything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table of keys, a column, and the indexes."""
    _api_keys()
    # With a default, so that a table of any size gets it at once and without being built anew.
    op.add_column("responses", sa.Column("options", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_conversations_modified_at", "conversations", ["modified_at", "id"])
    op.create_index("ix_usage_ledger_at", "usage_ledger", ["at"])


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("everything", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.Column("used_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),
    )
