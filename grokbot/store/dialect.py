"""Everything specific to one kind of database; today that is SQLite. PostgreSQL would get its own branch here.

Not here: statements. They are the same for every database, except those of `tables.dialect_sql`.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sqlalchemy import URL, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError, StatementError

from grokbot.store.errors import Cause, misplaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine

READERS = 2
"""Read-only connections. Each is a thread; a read takes well under a millisecond."""

BUSY_MS = 5000
"""How long a connection waits for another process (a backup, a shell) that holds the file's lock."""

DRIVERS_ERROR = sqlite3.Error
"""What direct calls on a connection raise (`wipe`, `give_back`, `rebuild`)."""

WIPE_MS = 500
"""How long wiping waits for readers: nothing is written meanwhile."""

_INCREMENTAL = 2
"""`PRAGMA auto_vacuum`: unused pages are returned on request, not with every commit."""

_CAUSES = {
    sqlite3.SQLITE_FULL: Cause.FULL,
    sqlite3.SQLITE_READONLY: Cause.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Cause.NO_ACCESS,
    sqlite3.SQLITE_PERM: Cause.NO_ACCESS,
    sqlite3.SQLITE_AUTH: Cause.NO_ACCESS,
    sqlite3.SQLITE_NOTADB: Cause.NOT_A_DATABASE,
    sqlite3.SQLITE_CORRUPT: Cause.CORRUPT,
    sqlite3.SQLITE_BUSY: Cause.BUSY,
    sqlite3.SQLITE_LOCKED: Cause.BUSY,
    sqlite3.SQLITE_IOERR: Cause.BROKEN_DISK,
    sqlite3.SQLITE_NOMEM: Cause.NO_MEMORY,
    sqlite3.SQLITE_CONSTRAINT: Cause.CONFLICT,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: Cause.TWICE,
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: Cause.TWICE,
}


def checked_url(text: str) -> URL:
    """The address of the database.

    Raises:
        ConfigurationError: If it is invalid or this version cannot use it. The text never repeats the address.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        raise misplaced("The database's URL is invalid. It must look like sqlite+aiosqlite:///PATH.") from None
    if url.drivername != "sqlite+aiosqlite":
        raise misplaced("This version supports only SQLite: the URL must begin with sqlite+aiosqlite:///.")
    if not url.database or url.database.startswith((":memory:", "file:")) or url.query or url.host:
        raise misplaced("The database's URL must name a file and nothing else: sqlite+aiosqlite:///PATH.")
    return url


def make_place(url: URL) -> None:
    """Create the file (0600) and its folders (0700) if missing. Existing ones keep their modes.

    Raises:
        ConfigurationError: If that fails, or an existing file is not writable.
    """
    path = Path(url.database or "")
    try:
        for folder in reversed(path.parents):
            if not folder.is_dir():
                folder.mkdir(mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite gives its -wal and -shm the same rights
    except OSError as error:
        raise misplaced(f"The database {path} cannot be opened for writing: {error.strerror}.") from error


@dataclass(frozen=True, slots=True)
class ConnectionRole:
    """What a connection is for: how its transactions begin, and its pragmas."""

    name: str
    begin: str
    pragma: str


MIGRATING = ConnectionRole("migrating", "BEGIN IMMEDIATE", "foreign_keys=OFF")
"""For migrations alone: SQLite rebuilds a table by dropping it, and foreign keys would cascade."""

WRITING = ConnectionRole("writing", "BEGIN IMMEDIATE", "foreign_keys=ON")
"""Exactly one connection: SQLite before 3.51.3 can corrupt a WAL that two of them write to.

BEGIN IMMEDIATE, since a transaction that reads first and then writes is refused at once when another one writes.
"""

READING = ConnectionRole("reading", "BEGIN", "query_only=ON")
"""Cannot write. Each transaction sees one state of the database."""

LOOKING = ConnectionRole("looking", "BEGIN", "query_only=ON")
"""As `READING`, for a process that does not own the database: the file is never created and never written to.

Not even a checkpoint when it is closed: beside a daemon it would be a second one that writes to the WAL.
"""

RESTING = ConnectionRole("resting", "BEGIN", "query_only=ON")
"""As `LOOKING`, for a file that nobody writes to, a backup: nothing is locked, and no file is made beside it."""

LARGEST_JOURNAL = 32 * 1024**2
"""Bytes of the write-ahead log that stay on the disk: a backup or a rebuild may make it larger for a while."""


def opened(url: URL, role: ConnectionRole) -> sqlite3.Connection:
    """A new connection of the driver, for use on this thread.

    Raises:
        sqlite3.Error: It cannot be opened, or the file is no database.
    """
    if role in (LOOKING, RESTING):
        address = f"{Path(url.database or '').absolute().as_uri()}?mode=ro{'&immutable=1' if role is RESTING else ''}"
        return _with_pragmas(sqlite3.connect(address, uri=True, isolation_level=None), role)
    connection = sqlite3.connect(url.database or "", isolation_level=None)  # the driver begins no transactions itself
    try:
        if not _asked(connection, "page_count"):  # before anything is written; later it would need a rebuild
            connection.execute(f"PRAGMA auto_vacuum={_INCREMENTAL}").close()
    except BaseException:
        connection.close()
        raise
    journal = ("journal_mode=WAL", f"journal_size_limit={LARGEST_JOURNAL}")
    return _with_pragmas(connection, role, *journal, "synchronous=FULL", "secure_delete=ON")


def _with_pragmas(connection: sqlite3.Connection, role: ConnectionRole, *more: str) -> sqlite3.Connection:
    try:
        for pragma in (f"busy_timeout={BUSY_MS}", *more, role.pragma):
            connection.execute(f"PRAGMA {pragma}").close()
    except BaseException:
        connection.close()
        raise
    return connection


def engine_of(url: URL, role: ConnectionRole, creator: Callable[[], sqlite3.Connection]) -> Engine:
    """An engine with one connection, which `creator` opens, and reopens after it was dropped.

    Args:
        url: The database.
        role: What the connection is for.
        creator: Opens it, on the thread that uses the engine.
    """
    synchronous = url.set(drivername="sqlite+pysqlite")
    engine = create_engine(synchronous, creator=creator, pool_size=1, max_overflow=0, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(role.begin)

    return engine


def cause_of(error: BaseException) -> Cause:
    """Why the database refused, from any of the libraries' errors."""
    if isinstance(error, StatementError) and not isinstance(error, DBAPIError):
        return Cause.CONFLICT  # a value that does not fit a column's type
    original = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(original, "sqlite_errorcode", None)
    if code is None:
        return Cause.OTHER
    return _CAUSES.get(code) or _CAUSES.get(code & 0xFF, Cause.OTHER)


def is_refusal(error: Exception) -> bool:
    """Whether the database only refused a row by its own rules: it is intact, and its transaction goes on."""
    return isinstance(error, SQLAlchemyError) and cause_of(error) in {Cause.CONFLICT, Cause.TWICE}


def code_of(error: SQLAlchemyError | sqlite3.Error) -> str:
    """The database's name for the error, for the log."""
    return str(getattr(getattr(error, "orig", error), "sqlite_errorname", type(error).__name__))


def check_edges(connection: Connection) -> bool:
    """Whether every foreign key holds. For use after a migration, which runs without them."""
    return connection.exec_driver_sql("PRAGMA foreign_key_check").first() is None


def spill(connection: Connection, *, early: bool) -> None:
    """Set whether pages go to disk early, before the commit: a full disk then shows at once."""
    connection.exec_driver_sql(f"PRAGMA cache_size={8 if early else -2000}")


def wipe(engine: Engine, *, patient: bool = True) -> bool:
    """Empty the writer's journal: it keeps pages as they were before a deletion.

    The file itself is clean already, since `secure_delete` overwrites. Call it between transactions.

    Args:
        engine: Of the writing connection.
        patient: Whether to wait a moment for somebody who reads.

    Returns:
        Whether it is empty: not while somebody reads (a backup does so for long), or if the disk is full.
    """
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={WIPE_MS if patient else 0}")
        busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    except sqlite3.Error:
        connection.invalidate()
        return False
    finally:
        connection.close()
    return not busy


def gives_back(engine: Engine) -> bool:
    """Whether unused pages can be returned to the disk; in files of older versions only `rebuild` can."""
    with _raw(engine) as connection:
        return _asked(connection, "auto_vacuum") == _INCREMENTAL


def give_back(engine: Engine, pages: int) -> int:
    """Return at most so many unused pages to the disk. Returns how many are left."""
    with _raw(engine) as connection:
        # `execute` runs one step of the statement only, and each step returns one page.
        connection.executescript(f"PRAGMA incremental_vacuum({int(pages)})")
        return _asked(connection, "freelist_count")


def rebuild(engine: Engine) -> bool:
    """Rewrite the whole file with live data only. Call it between transactions.

    Returns:
        Whether it has reached the file itself: not while somebody reads (see `wipe`).
    """
    with _raw(engine) as connection:
        connection.executescript(f"PRAGMA auto_vacuum={_INCREMENTAL}; VACUUM")
    return wipe(engine)


def copy_into(engine: Engine, path: Path) -> None:
    """Write all live data into an empty file. Call it between transactions."""
    with _raw(engine) as connection:
        connection.execute("VACUUM INTO ?", (str(path),)).close()


def bytes_in_use(engine: Engine) -> int:
    """The size that the file would have without unused pages."""
    with _raw(engine) as connection:
        pages = _asked(connection, "page_count") - _asked(connection, "freelist_count")
        return pages * _asked(connection, "page_size")


def folders_of(engine: Engine) -> tuple[Path, Path]:
    """The folders where `rebuild` writes: the file's own, and the temporary one (sqlite.org/tempfiles.html)."""
    own = Path(engine.url.database or "").absolute().parent
    named = (os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp")  # noqa: S108 -- SQLite's list
    usable = (Path(name) for name in named if name and os.access(name, os.W_OK | os.X_OK))
    return own, next((folder for folder in usable if folder.is_dir()), Path.cwd())


@contextmanager
def _raw(engine: Engine) -> Iterator[sqlite3.Connection]:
    """The driver's own connection; after an error it is discarded."""
    lent = engine.raw_connection()
    try:
        yield cast("sqlite3.Connection", lent.driver_connection)
    except sqlite3.Error:
        lent.invalidate()
        raise
    finally:
        lent.close()


def _asked(connection: sqlite3.Connection, pragma: str) -> int:
    (value,) = connection.execute(f"PRAGMA {pragma}").fetchone()
    return int(value)
