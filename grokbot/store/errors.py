"""The store's errors besides `StoreError` and `ConfigurationError`, and the texts of those two.

Not here: finding the cause of a library's exception (`dialect`).
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from grokbot.conversation.errors import ConfigurationError, GrokbotError, StoreError
from grokbot.conversation.text.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping


class NotStoredError(LookupError):
    """The store has no such id. Nothing was written."""


class RowRefusedError(ValueError):
    """A row contradicts stored data, such as a second end of an answer. Nothing was written."""


class TakenBackError(Exception):
    """Raised by trial work to roll it back. Nothing was written. It never leaves the Store."""


class Cause(Enum):
    """Why the database failed."""

    FULL = auto()
    READ_ONLY = auto()
    NO_ACCESS = auto()
    NOT_A_DATABASE = auto()
    CORRUPT = auto()
    BUSY = auto()
    BROKEN_DISK = auto()
    NO_MEMORY = auto()
    CONFLICT = auto()
    TWICE = auto()
    OTHER = auto()


SENTENCES: Mapping[Cause, str] = {
    Cause.FULL: Sentence("The disk with the database is full."),
    Cause.READ_ONLY: Sentence("The database is read-only."),
    Cause.NO_ACCESS: Sentence(
        "The database file cannot be opened: it or its folder is missing, or permission is denied."
    ),
    Cause.NOT_A_DATABASE: Sentence("The file is not a database."),
    Cause.CORRUPT: Sentence("The database file is damaged. Restore it from a backup."),
    Cause.BUSY: Sentence("Another process has locked the database."),
    Cause.BROKEN_DISK: Sentence("The disk with the database could not be read or written."),
    Cause.NO_MEMORY: Sentence("The machine is out of memory."),
    Cause.CONFLICT: Sentence("The database refused a row that contradicts what it holds."),
    Cause.TWICE: Sentence("The database refused a row that it holds already."),
    Cause.OTHER: Sentence("The database failed. The bot's log has the cause."),
}

OPERATORS_CHOICE = frozenset({Cause.READ_ONLY, Cause.NO_ACCESS, Cause.NOT_A_DATABASE})
"""Causes that, at startup, mean that the setting names the wrong place."""

REFUSALS = frozenset({Cause.CONFLICT, Cause.TWICE})
"""Causes that lie in the row, not in the machine."""

MENDED_BY_START = frozenset({Cause.NO_MEMORY, Cause.OTHER})
"""Causes that a new start of the process may mend. The others are the operator's, such as a full disk."""

CLOSED = Sentence("The bot is shutting down; its database is closed.")


def error_of(cause: Cause) -> Exception:
    """The error to raise for `cause` while the store is in use."""
    if cause in REFUSALS:
        return RowRefusedError(SENTENCES[cause])
    return StoreError(SENTENCES[cause])


def error_at_start(cause: Cause) -> GrokbotError:
    """The error to raise for `cause` while the store is being opened."""
    if cause in OPERATORS_CHOICE:
        return misplaced(SENTENCES[cause])
    return StoreError(SENTENCES[cause])


def misplaced(text: str) -> ConfigurationError:
    """The error for a setting that names the wrong database."""
    return ConfigurationError("store.url", text)
