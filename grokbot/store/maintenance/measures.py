"""How large a database is, what of, and how fast it grows; and making it as small as it can be.

Not here: giving back room while the bot runs (`engine.deletion.retention`).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from grokbot.store import dialect
from grokbot.store.database.rebuild import rebuilt
from grokbot.store.maintenance.files import explained, journal_bytes, looking, pragma, tables_of, url_of
from grokbot.store.maintenance.restore import sole_use

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WEEK = timedelta(days=7)

_OF_TABLE = """
WITH sizes AS MATERIALIZED (SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE)
SELECT tbl_name, sum(pgsize) FROM sizes JOIN sqlite_master USING (name) GROUP BY tbl_name
"""
"""Bytes of each table with its indexes. It reads all pages."""

_ROWS = """
SELECT count(*), count(*) FILTER (WHERE state IN ('pending', 'streaming')),
    count(*) FILTER (WHERE created_at >= ?), min(created_at) FROM responses
"""


@dataclass(frozen=True, slots=True)
class Measures:
    """The figures of one database.

    Attributes:
        size: Bytes of the file.
        unused: Bytes of it that hold nothing.
        journal: Bytes of the write-ahead log.
        tables: Bytes and rows of each table, with its indexes; the largest first. No bytes where SQLite cannot tell.
        conversations: How many there are.
        responses: How many there are.
        waiting: How many of them run or wait.
        oldest: UTC, when the first of them came.
        growth: Bytes a day, as the last week's responses suggest.
        revision: Which version of the tables it has.
    """

    size: int
    unused: int
    journal: int
    tables: Mapping[str, tuple[int, int]]
    conversations: int
    responses: int
    waiting: int
    oldest: datetime | None
    growth: int
    revision: str


def measures_of(database: Path, now: datetime) -> Measures:
    """The figures of a database, also beside a running daemon. Blocks: it reads all of it.

    Raises:
        StoreError: It cannot be read, or is no database of grokbot.
    """
    with explained("The database cannot be read", database):
        database.stat()
    with explained("The database cannot be read", database), closing(looking(database)) as held:
        held.execute("BEGIN")
        page = pragma(held, "page_size")
        size, unused = pragma(held, "page_count") * page, pragma(held, "freelist_count") * page
        since = min(now, datetime.now(UTC)) - WEEK
        responses, waiting, lately, oldest = held.execute(_ROWS, (int(since.timestamp() * 10**6),)).fetchone()
        days = WEEK.days if oldest is None else max(1.0, min(7.0, (now.timestamp() - oldest / 10**6) / 86400))
        return Measures(
            size=size,
            unused=unused,
            journal=journal_bytes(database),
            tables=_tables(held),
            conversations=held.execute("SELECT count(*) FROM conversations").fetchone()[0],
            responses=responses,
            waiting=waiting,
            oldest=None if oldest is None else datetime.fromtimestamp(oldest / 10**6, UTC),
            growth=int((size - unused) * lately / responses / days) if responses else 0,
            revision=held.execute("SELECT version_num FROM alembic_version").fetchone()[0],
        )


def vacuum(database: Path) -> tuple[int, int] | None:
    """Rewrite a database without unused room and without a trace of deleted data; the bot must be stopped. Blocks.

    Returns:
        Bytes before and after; None: there is no room for the second copy that this takes.

    Raises:
        StoreError: It failed, or the bot runs.
    """
    with explained("The database was not rewritten", database):
        before = database.stat().st_size
        with sole_use(database):
            url = url_of(database)
            engine = dialect.engine_of(url, dialect.WRITING, lambda: dialect.opened(url, dialect.WRITING))
            try:
                done = rebuilt(engine)
            finally:
                engine.dispose()
            if not done:
                return None
        return before, database.stat().st_size


def _tables(held: sqlite3.Connection) -> Mapping[str, tuple[int, int]]:
    try:
        sizes = dict(held.execute(_OF_TABLE).fetchall())
    except sqlite3.OperationalError:  # SQLite was built without it
        sizes = {}
    rows = {name: held.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables_of(held)}  # noqa: S608
    found = {name: (sizes.get(name, 0), count) for name, count in rows.items()}
    return dict(sorted(found.items(), key=lambda item: item[1], reverse=True))
