"""What the model is shown instead of the earlier part of a long conversation, and for which answers it was made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the table and the column."""
    op.create_table(
        "compactions",
        sa.Column("response_id", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name="fk_compactions_response_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "model", name="pk_compactions"),
    )
    op.create_index("ix_compactions_conversation_id", "compactions", ["conversation_id"])
    op.add_column("responses", sa.Column("compacted", sa.Boolean(), nullable=False, server_default=sa.false()))
