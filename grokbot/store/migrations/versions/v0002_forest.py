"""The forest: branches, instructions, erased messages, shares with names, what xAI is to forget; indexes for lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns, build `shares` anew, and add the indexes."""
    _conversations()
    _responses()
    _guests()
    _shares()
    _to_forget()
    _former_messages()


def _conversations() -> None:
    op.add_column("conversations", sa.Column("branched_from", sa.Text()))
    op.create_index("ix_conversations_owner_id", "conversations", ["owner_id", "modified_at", "id"])
    op.create_index("ix_conversations_branched_from", "conversations", ["branched_from"])


def _responses() -> None:
    # With defaults, so that a table of any size gets them at once and without being built anew.
    op.add_column("responses", sa.Column("instruction", sa.Text(), nullable=False, server_default=""))
    op.add_column("responses", sa.Column("erased", sa.Boolean(), nullable=False, server_default=sa.false()))


def _guests() -> None:
    op.create_table(
        "guests",
        sa.Column("user_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "conversation_id", name="pk_guests"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_guests_conversation_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_guests_conversation_id", "guests", ["conversation_id"])
    op.execute(
        "INSERT INTO guests (user_id, conversation_id)"
        " SELECT DISTINCT responses.author_id, responses.conversation_id FROM responses"
        " JOIN conversations ON conversations.id = responses.conversation_id"
        " WHERE responses.author_id > 0 AND responses.author_id <> conversations.owner_id"
    )


def _shares() -> None:
    with op.batch_alter_table("shares") as batch:
        batch.add_column(sa.Column("conversation_id", sa.Text()))
        batch.add_column(sa.Column("names", sa.Boolean()))
    op.execute(
        "UPDATE shares SET names = false, conversation_id ="
        " (SELECT responses.conversation_id FROM responses WHERE responses.id = shares.response_id)"
    )
    with op.batch_alter_table("shares") as batch:
        batch.alter_column("conversation_id", existing_type=sa.Text(), nullable=False)
        batch.alter_column("names", existing_type=sa.Boolean(), nullable=False)
        batch.create_foreign_key(
            "fk_shares_conversation_id", "conversations", ["conversation_id"], ["id"], ondelete="CASCADE"
        )
    op.create_index("ix_shares_conversation_id", "shares", ["conversation_id"])


def _to_forget() -> None:
    op.create_table(
        "to_forget",
        sa.Column("xai_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("xai_id", name="pk_to_forget"),
    )


def _former_messages() -> None:
    op.create_table(
        "former_messages",
        sa.Column("response_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("response_id", name="pk_former_messages"),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name="fk_former_messages_response_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_former_messages_message_id", "former_messages", ["message_id"])
