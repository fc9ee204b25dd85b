"""Pictures and files that people attach, as the model is shown them: later turns send them again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "attachments",
        sa.Column("response_id", sa.Text(), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.BigInteger()),
        sa.Column("height", sa.BigInteger()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger()),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("attachment_id", sa.BigInteger()),
        sa.Column("data", sa.LargeBinary()),
        sa.CheckConstraint("kind IN ('picture', 'file')", name="kind"),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name="fk_attachments_response_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "number", name="pk_attachments"),
    )
    op.create_index("ix_attachments_author_id", "attachments", ["author_id"])
    op.create_index("ix_attachments_message_id", "attachments", ["message_id"])
