"""The database file and its connections: transactions, migrations, its lock, its place on disk, its size.

Not here: tables (`tables`), what is stored (`conversations` and its neighbours).
"""

from __future__ import annotations

from grokbot.store.database.database import Database
from grokbot.store.database.erasures import ErasureLog, NotedErasure
from grokbot.store.database.file import DatabaseFile
from grokbot.store.database.file_lock import IN_USE, SoleUse
from grokbot.store.database.statements import batches, rows_of

__all__ = ["IN_USE", "Database", "DatabaseFile", "ErasureLog", "NotedErasure", "SoleUse", "batches", "rows_of"]
