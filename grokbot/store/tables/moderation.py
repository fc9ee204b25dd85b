"""What moderators decide for a server: its settings, blocks, filters and personas; and the log of what was done.

Not here: limits (`budgets`), everything else (`conversations`).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Table, Text

from grokbot.store.tables.types import Moment, metadata

settings = Table(
    "settings",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("scope_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),  # JSON
    Column("changed_by", BigInteger, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("guild_id", BigInteger, nullable=False, server_default="0"),  # the channel's server
    CheckConstraint("scope IN ('guild', 'channel')", name="scope"),
    Index("ix_settings_guild_id", "guild_id"),
)

blocks = Table(
    "blocks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),  # 0: all guilds and direct messages
    Column("kind", Text, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("until", Moment),
    Column("lifted_at", Moment),
    CheckConstraint("kind IN ('user', 'role', 'channel')", name="kind"),
    Index("ix_blocks_guild_id", "guild_id", "kind", "subject_id"),
)

told = Table(
    "told",
    metadata,
    # Who was told of a block: once each.
    Column("block_id", Text, ForeignKey("blocks.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
)

filters = Table(
    "filters",
    metadata,
    Column("id", Text, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("pattern", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("number", BigInteger, nullable=False, server_default="0"),  # within the server, never given twice
    Column("name", Text, nullable=False, server_default=""),
    CheckConstraint("place IN ('prompts', 'answers', 'both')", name="place"),
    CheckConstraint("action IN ('refuse', 'spoiler', 'stop', 'tell')", name="action"),
    Index("ix_filters_guild_id", "guild_id"),
)

personas = Table(
    "personas",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("description", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("changed_by", BigInteger, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("guild_id", BigInteger),
    Column("actor_id", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("details", Text, nullable=False),  # JSON
    Column("reason", Text, nullable=False, server_default=""),
    # Rows are never changed or removed: triggers refuse it (`dialect_sql.append_only`).
    Index("ix_audit_log_guild_id", "guild_id", "at"),
    Index("ix_audit_log_actor_id", "guild_id", "actor_id", "at"),
    Index("ix_audit_log_target", "guild_id", "target", "at"),
)

known_servers = Table(
    "known_servers",
    metadata,
    # 0: all servers that the bot joined before that moment.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
)
