"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create all tables."""
    _audit_log()
    _blocks()
    _conversations()
    _limits()
    _settings()
    _usage_ledger()
    _watermarks()
    _responses()
    _stars()
    _unshown()
    _discord_messages()
    _shares()


def _audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_guild_id", "audit_log", ["guild_id", "at"])


def _blocks() -> None:
    op.create_table(
        "blocks",
        sa.Column("guild_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name="pk_blocks"),
    )


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_by", sa.Text()),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("persona", sa.Text()),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("leaf_id", sa.Text()),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
        sa.CheckConstraint("mode IN ('stateless', 'stateful')", name=op.f("ck_conversations_mode")),
    )
    op.create_index("ix_conversations_channel_id", "conversations", ["channel_id", "created_at", "id"])


def _limits() -> None:
    op.create_table(
        "limits",
        sa.Column("guild_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("counted", sa.Text(), nullable=False),
        sa.Column("window_seconds", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "scope", "scope_id", "counted", "window_seconds", name="pk_limits"),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_limits_amount")),
        sa.CheckConstraint("counted IN ('answers', 'tokens', 'cost_ticks')", name=op.f("ck_limits_counted")),
        sa.CheckConstraint("scope IN ('everyone', 'channel', 'role', 'user')", name=op.f("ck_limits_scope")),
        sa.CheckConstraint("window_seconds > 0", name=op.f("ck_limits_window_seconds")),
    )


def _settings() -> None:
    op.create_table(
        "settings",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "scope_id", "name", name="pk_settings"),
        sa.CheckConstraint("scope IN ('guild', 'channel')", name=op.f("ck_settings_scope")),
    )


def _usage_ledger() -> None:
    op.create_table(
        "usage_ledger",
        sa.Column("response_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger()),
        sa.Column("cached_prompt_tokens", sa.BigInteger()),
        sa.Column("completion_tokens", sa.BigInteger()),
        sa.Column("reasoning_tokens", sa.BigInteger()),
        sa.Column("tool_calls", sa.BigInteger()),
        sa.Column("cost_ticks", sa.BigInteger()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("response_id", name="pk_usage_ledger"),
    )
    op.create_index("ix_usage_ledger_guild_id", "usage_ledger", ["guild_id", "at"])
    op.create_index("ix_usage_ledger_user_id", "usage_ledger", ["user_id", "at"])


def _watermarks() -> None:
    op.create_table(
        "watermarks",
        sa.Column("channel_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", name="pk_watermarks"),
    )


def _responses() -> None:
    op.create_table(
        "responses",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text()),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("author_id", sa.BigInteger()),
        sa.Column("author_name", sa.Text()),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("reasoning", sa.Text(), nullable=False),
        sa.Column("encrypted_content", sa.Text(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("queries", sa.Text(), nullable=False),
        sa.Column("citations", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("manual", sa.Boolean(), nullable=False),
        sa.Column("failure", sa.Text()),
        sa.Column("xai_id", sa.Text()),
        sa.Column("stored_until", sa.BigInteger()),
        sa.Column("model", sa.Text()),
        sa.Column("prompt_tokens", sa.BigInteger()),
        sa.Column("cached_prompt_tokens", sa.BigInteger()),
        sa.Column("completion_tokens", sa.BigInteger()),
        sa.Column("reasoning_tokens", sa.BigInteger()),
        sa.Column("tool_calls", sa.BigInteger()),
        sa.Column("cost_ticks", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_responses"),
        sa.CheckConstraint("sender = 'model' OR state IN ('pending', 'done')", name=op.f("ck_responses_human_state")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_responses_parent")),
        sa.CheckConstraint("sender IN ('human', 'model')", name=op.f("ck_responses_sender")),
        sa.CheckConstraint(
            "state IN ('pending', 'streaming', 'done', 'stopped', 'failed', 'interrupted')",
            name=op.f("ck_responses_state"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_responses_conversation_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id", "parent_id"],
            ["responses.conversation_id", "responses.id"],
            name="fk_responses_parent_id",
        ),
        sa.UniqueConstraint("conversation_id", "id", name="uq_responses_conversation_id_id"),
    )
    unended = sa.text("state IN ('pending', 'streaming')")
    op.create_index(
        "ix_responses_open", "responses", ["sender", "conversation_id"], sqlite_where=unended, postgresql_where=unended
    )
    op.create_index("ix_responses_parent_id", "responses", ["parent_id"])
    op.create_index("ix_responses_xai_id", "responses", ["xai_id"])


def _stars() -> None:
    op.create_table(
        "stars",
        sa.Column("user_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "conversation_id", name="pk_stars"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_stars_conversation_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_stars_conversation_id", "stars", ["conversation_id"])


def _unshown() -> None:
    op.create_table(
        "unshown",
        sa.Column("response_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("response_id", name="pk_unshown"),
        sa.ForeignKeyConstraint(["response_id"], ["responses.id"], name="fk_unshown_response_id", ondelete="CASCADE"),
    )


def _discord_messages() -> None:
    op.create_table(
        "discord_messages",
        sa.Column("message_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("response_id", sa.Text(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_discord_messages"),
        sa.CheckConstraint("part >= 0", name=op.f("ck_discord_messages_part")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name="fk_discord_messages_response_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_discord_messages_response_id", "discord_messages", ["response_id", "part"])
    op.create_index("ix_discord_messages_channel_id", "discord_messages", ["channel_id", "message_id"])


def _shares() -> None:
    op.create_table(
        "shares",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("response_id", sa.Text(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("token_hash", name="pk_shares"),
        sa.ForeignKeyConstraint(["response_id"], ["responses.id"], name="fk_shares_response_id", ondelete="CASCADE"),
    )
    op.create_index("ix_shares_response_id", "shares", ["response_id"])
