"""What was said in a place before the bot was called there, which goes when its writers want it to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the table. Conversations from before have none."""
    op.create_table(
        "background",
        sa.Column("response_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name="fk_background_response_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "message_id", name="pk_background"),
    )
    op.create_index("ix_background_message_id", "background", ["message_id"])
    op.create_index("ix_background_author_id", "background", ["author_id"])
