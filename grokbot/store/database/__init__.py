"""Connections to the database file: transactions, migrations, its lock, its place on the disk, its size.

Not here: tables (`tables`), what is kept (`conversations` and its neighbours).
"""

from __future__ import annotations

from grokbot.store.database.database import Database, OnDatabase, rows_of
from grokbot.store.database.file_lock import IN_USE
from grokbot.store.database.vacuum import Shrinking

__all__ = ["IN_USE", "Database", "OnDatabase", "Shrinking", "rows_of"]
