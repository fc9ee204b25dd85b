"""The tables of limits and of what is used up: who may spend how much, what is held, what was spent.

Not here: all others (`conversations`, which knows these too).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table, Text

from grokbot.store.tables.types import Moment, metadata

limits = Table(
    "limits",
    metadata,
    # Whose limit it is, and of what: `policy.limits.Limit`. The operator's ceiling is in the settings.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),  # 0: the operator's own, everywhere
    Column("scope", Text, primary_key=True),
    Column("scope_id", BigInteger, primary_key=True, autoincrement=False),  # 0 where the scope names nobody
    Column("counted", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("changed_by", BigInteger, nullable=False),
    Column("changed_at", Moment, nullable=False),
    CheckConstraint("scope IN ('everywhere', 'server', 'member', 'role', 'user')", name="scope"),
    CheckConstraint("amount >= 0", name="amount"),
)

limits_warned = Table(
    "limits_warned",
    metadata,
    # Of which limit the moderators were told, in this day or month, that an account has nearly used it up.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("scope", Text, primary_key=True),
    Column("scope_id", BigInteger, primary_key=True, autoincrement=False),
    Column("counted", Text, primary_key=True),
    Column("amount", BigInteger, primary_key=True, autoincrement=False),
    Column("account_guild_id", BigInteger, primary_key=True, autoincrement=False),  # as in `spent_days`
    Column("account_user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("since", Moment, primary_key=True),  # when the day or month began
)

reservations = Table(
    "reservations",
    metadata,
    # One row for each answer under way and each who pays for it. No foreign key: an answer that is deleted meanwhile is
    # accounted for, too. The first who pays has the answer's own id.
    Column("response_id", Text, primary_key=True),
    Column("answer_id", Text, nullable=False, server_default=""),  # the answer
    Column("kind", Text, nullable=False, server_default="answer"),  # `policy.limits.Kind`
    Column("guild_id", BigInteger, nullable=False),  # 0: direct messages, and what is held nowhere in Discord
    Column("user_id", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("cost_ticks", BigInteger, nullable=False),
    # What an answer is priced by of which xAI tells no cost.
    Column("path_tokens", BigInteger, nullable=False),
    Column("model", Text),
    Column("prompt_price", BigInteger, nullable=False),
    Column("cached_price", BigInteger, nullable=False),
    Column("answer_price", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
)

spent_days = Table(
    "spent_days",
    metadata,
    # What stands against budgets, added up by account and by the day on which the turns began: four rows for each
    # turn, so that no sum needs more than a month of one account, however long the ledger is.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),  # 0: direct messages; -1: everywhere
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),  # -1: everybody
    Column("day", Moment, primary_key=True),
    Column("tokens", BigInteger, nullable=False),
    Column("cost_ticks", BigInteger, nullable=False),
    Index("ix_spent_days_day", "day"),
)

usage_ledger = Table(
    "usage_ledger",
    metadata,
    # No foreign keys: what was spent stays spent when a conversation is deleted.
    Column("response_id", Text, primary_key=True),  # as in `reservations`
    Column("kind", Text, nullable=False, server_default="answer"),
    Column("conversation_id", Text, nullable=False),  # "" where none is kept: the stateless API
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger),
    Column("user_id", BigInteger, nullable=False),
    Column("model", Text),
    Column("state", Text, nullable=False),
    Column("prompt_tokens", BigInteger),  # NULL where xAI reported no usage at all: the cost is unknown, not nothing
    Column("cached_prompt_tokens", BigInteger),
    Column("completion_tokens", BigInteger),
    Column("reasoning_tokens", BigInteger),
    Column("tool_calls", BigInteger),
    Column("cost_ticks", BigInteger),
    Column("at", Moment, nullable=False),
    # What of it stands against budgets, and when the turn began; NULL where nothing was reserved: refusals, old rows.
    Column("began_at", Moment),
    Column("counted_tokens", BigInteger),
    Column("counted_ticks", BigInteger),
    Index("ix_usage_ledger_user_id", "user_id", "at"),
    Index("ix_usage_ledger_guild_id", "guild_id", "at"),
    Index("ix_usage_ledger_at", "at"),
)
