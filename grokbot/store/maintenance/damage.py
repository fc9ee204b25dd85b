"""What is wrong with a database file as such: its pages, indexes and foreign keys. Slow: seconds for each gigabyte.

Not here: what our rows must fulfil (`verification`).
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.store import dialect
from grokbot.store.errors import SENTENCES, Cause
from grokbot.store.maintenance.files import looking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

MOST = 20
"""How many findings are listed."""

_STEPS = 100_000
"""SQLite's instructions between two looks at whether to stop: some milliseconds."""


def damage_of(connection: sqlite3.Connection, *, quick: bool = False) -> Sequence[str]:
    """What SQLite finds wrong, in its words; empty: nothing.

    Args:
        connection: Of the database.
        quick: Whether to leave out that indexes and tables agree, and foreign keys.

    Raises:
        sqlite3.Error: The file is too damaged even for this, or `stopping` ended it.
    """
    check = f"quick_check({MOST})" if quick else f"integrity_check({MOST})"
    found = [str(text) for (text,) in connection.execute(f"PRAGMA {check}") if text != "ok"]
    if quick:
        return found
    edges = Counter(f"{table} → {parent}" for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check"))
    return [*found, *(f"foreign key {edge}: {count} rows point nowhere" for edge, count in edges.items())]


def check_quickly(database: Path, stopped: Callable[[], bool]) -> str:
    """What is wrong with a database beside its running daemon, in SQLite's words; "": nothing, or it was stopped.

    Reads the whole file once, some hundred MB a second.

    Args:
        database: The file.
        stopped: Asked often; True ends it.

    Raises:
        StoreError: It cannot be read.
    """
    try:
        with closing(looking(database)) as connection:
            stopping(connection, stopped)
            return "; ".join(damage_of(connection, quick=True)[:1])
    except sqlite3.Error as error:
        if stopped():
            return ""
        if dialect.cause_of(error) in {Cause.CORRUPT, Cause.NOT_A_DATABASE}:
            return str(error)
        raise StoreError(SENTENCES[dialect.cause_of(error)]) from error


def stopping(connection: sqlite3.Connection, stopped: Callable[[], bool]) -> None:
    """From now on statements of this connection end with an error once `stopped` says so."""
    connection.set_progress_handler(lambda: int(stopped()), _STEPS)
