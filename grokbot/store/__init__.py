"""All SQL is here. A `Store` takes and returns conversation values."""

from grokbot.store.conversations import TextSource
from grokbot.store.database import IN_USE
from grokbot.store.errors import NotStoredError, RowRefusedError
from grokbot.store.store import Store

__all__ = ["IN_USE", "NotStoredError", "RowRefusedError", "Store", "TextSource"]
