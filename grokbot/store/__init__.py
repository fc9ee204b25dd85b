"""The only SQL. One `Store` that takes and returns conversation values."""

from grokbot.store.database import IN_USE
from grokbot.store.errors import AlreadyKnown, NotStored, RowRefused
from grokbot.store.store import Store

__all__ = ["IN_USE", "AlreadyKnown", "NotStored", "RowRefused", "Store"]
