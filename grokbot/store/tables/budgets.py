"""The tables of limits and usage: who may spend how much, what is reserved, what was spent.

Not here: all others (`conversations`, which imports these too).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table, Text

from grokbot.store.tables.types import Moment, metadata

limits = Table(
    "limits",
    metadata,
    # Who the limit applies to, and what it limits: `policy.limits.Limit`. The operator's ceiling is in the settings.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),  # 0: the operator's own, global
    Column("scope", Text, primary_key=True),
    Column("scope_id", BigInteger, primary_key=True, autoincrement=False),  # 0 if the scope names nobody
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
    # The limits whose moderators were warned, in this day or month, that an account has nearly used them up.
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
    # One row per answer in progress and payer. No foreign key: an answer deleted meanwhile is still
    # accounted for. The first payer's row has the answer's own id.
    Column("response_id", Text, primary_key=True),
    Column("answer_id", Text, nullable=False, server_default=""),  # the answer
    Column("kind", Text, nullable=False, server_default="answer"),  # `policy.limits.Kind`
    Column("guild_id", BigInteger, nullable=False),  # 0: direct messages, and outside Discord
    Column("user_id", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("cost_ticks", BigInteger, nullable=False),
    # For pricing an answer whose cost xAI does not report.
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
    # Usage that counts against budgets, summed by account and by the day on which the turns began: four rows per
    # turn, so that no sum reads more than a month of one account, however long the ledger is.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),  # 0: direct messages; -1: everywhere
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),  # -1: everyone
    Column("day", Moment, primary_key=True),
    Column("tokens", BigInteger, nullable=False),
    Column("cost_ticks", BigInteger, nullable=False),
    Index("ix_spent_days_day", "day"),
)

usage_ledger = Table(
    "usage_ledger",
    metadata,
    # No foreign keys: usage stays recorded when a conversation is deleted.
    Column("response_id", Text, primary_key=True),  # as in `reservations`
    Column("kind", Text, nullable=False, server_default="answer"),
    Column("conversation_id", Text, nullable=False),  # "" if none is stored: the stateless API
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger),
    Column("user_id", BigInteger, nullable=False),
    Column("model", Text),
    Column("state", Text, nullable=False),
    Column("prompt_tokens", BigInteger),  # NULL if xAI reported no usage: the cost is unknown, not zero
    Column("cached_prompt_tokens", BigInteger),
    Column("completion_tokens", BigInteger),
    Column("reasoning_tokens", BigInteger),
    Column("tool_calls", BigInteger),
    Column("cost_ticks", BigInteger),
    Column("at", Moment, nullable=False),
    # What counts against budgets, and when the turn began; NULL if nothing was reserved: refusals, old rows.
    Column("began_at", Moment),
    Column("counted_tokens", BigInteger),
    Column("counted_ticks", BigInteger),
    Index("ix_usage_ledger_user_id", "user_id", "at"),
    Index("ix_usage_ledger_guild_id", "guild_id", "at"),
    Index("ix_usage_ledger_at", "at"),
)
