"""The tables, and conversion between rows and values.

Not here: queries.
"""

from __future__ import annotations

from grokbot.store.tables import budgets, conversations, dialect_sql, rows, types

__all__ = ["budgets", "conversations", "dialect_sql", "rows", "types"]
