"""Moderation: the audit log takes reasons, and nothing in it can be changed or removed any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

from grokbot.store.tables.dialect_sql import append_only

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column and an index for filters, then the triggers."""
    # With a default, so that a table of any size gets it at once and without being built anew.
    op.add_column("audit_log", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_audit_log_actor_id", "audit_log", ["guild_id", "actor_id", "at"])
    op.create_index("ix_audit_log_target", "audit_log", ["guild_id", "target", "at"])
    for statement in append_only("audit_log", op.get_bind().dialect.name):
        op.execute(statement)
    _moderation()
    _privacy()
    _limits()
    _budgets()


def _moderation() -> None:
    op.drop_table("blocks")  # nothing was ever kept in it
    op.create_table(
        "blocks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("lifted_at", sa.BigInteger()),
        sa.CheckConstraint("kind IN ('user', 'role', 'channel')", name="kind"),
        sa.PrimaryKeyConstraint("id", name="pk_blocks"),
    )
    op.create_index("ix_blocks_guild_id", "blocks", ["guild_id", "kind", "subject_id"])
    op.create_table(
        "told",
        sa.Column("block_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["block_id"], ["blocks.id"], name="fk_told_block_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("block_id", "user_id", name="pk_told"),
    )
    op.create_table(
        "filters",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("place IN ('prompts', 'answers', 'both')", name="place"),
        sa.CheckConstraint("action IN ('refuse', 'spoiler', 'stop', 'tell')", name="action"),
        sa.PrimaryKeyConstraint("id", name="pk_filters"),
    )
    op.create_index("ix_filters_guild_id", "filters", ["guild_id"])
    op.add_column("settings", sa.Column("guild_id", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_settings_guild_id", "settings", ["guild_id"])


def _privacy() -> None:
    op.add_column("responses", sa.Column("quoted_id", sa.BigInteger()))
    quotes = sa.text("quoted_id IS NOT NULL")
    op.create_index("ix_responses_quoted_id", "responses", ["quoted_id"], sqlite_where=quotes, postgresql_where=quotes)
    op.create_table(
        "optouts",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.PrimaryKeyConstraint("user_id", name="pk_optouts"),
    )
    op.create_table(
        "noticed",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_noticed"),
    )
    op.create_table(
        "leaving",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("words_gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_leaving"),
    )


def _limits() -> None:
    op.drop_table("limits")  # nothing was ever kept in it
    op.create_table(
        "limits",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("counted", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("scope IN ('everywhere', 'server', 'member', 'role', 'user')", name="scope"),
        sa.CheckConstraint("amount >= 0", name="amount"),
        sa.PrimaryKeyConstraint("guild_id", "scope", "scope_id", "counted", name="pk_limits"),
    )
    keys = ("guild_id", "scope", "scope_id", "counted", "amount", "account_guild_id", "account_user_id", "since")
    op.create_table(
        "limits_warned",
        *(
            sa.Column(name, sa.Text() if name in ("scope", "counted") else sa.BigInteger(), nullable=False)
            for name in keys
        ),
        sa.PrimaryKeyConstraint(*keys, name="pk_limits_warned"),
    )


def _budgets() -> None:
    op.create_table(
        "reservations",
        sa.Column("response_id", sa.Text(), nullable=False),
        *_numbers("guild_id", "user_id", "tokens", "cost_ticks", "path_tokens"),
        sa.Column("model", sa.Text()),
        *_numbers("prompt_price", "cached_price", "answer_price", "at"),
        sa.PrimaryKeyConstraint("response_id", name="pk_reservations"),
    )
    op.create_table(
        "spent_days",
        *_numbers("guild_id", "user_id", "day", "tokens", "cost_ticks"),
        sa.PrimaryKeyConstraint("guild_id", "user_id", "day", name="pk_spent_days"),
    )
    op.create_index("ix_spent_days_day", "spent_days", ["day"])
    # Each NULL at first, so that a ledger of any size gets them at once. What was spent before there were budgets
    # stands against none.
    for name in ("began_at", "counted_tokens", "counted_ticks"):
        op.add_column("usage_ledger", sa.Column(name, sa.BigInteger()))


def _numbers(*names: str) -> Iterator[sa.Column[int]]:
    for name in names:
        yield sa.Column(name, sa.BigInteger(), nullable=False)
