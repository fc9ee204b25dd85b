"""The only SQL. One `Store` that takes and returns conversation values."""

from grokbot.store.conversations import TextSource
from grokbot.store.database import IN_USE
from grokbot.store.errors import AlreadyKnownError, NotStoredError, RowRefusedError
from grokbot.store.store import Store

__all__ = ["IN_USE", "AlreadyKnownError", "NotStoredError", "RowRefusedError", "Store", "TextSource"]
