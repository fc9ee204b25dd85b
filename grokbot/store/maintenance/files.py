"""Files of a database on disk: where one is, whose they are, and a new one that appears complete or not at all.

Not here: what is written into them (`backup`, `restore`).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
from contextlib import closing, contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, make_url

from grokbot.conversation.errors import StoreError
from grokbot.store import dialect
from grokbot.store.errors import SENTENCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PARTIAL = ".partial"
"""How the name of a file ends that is not complete yet."""

OTHER_DATABASE = "Only SQLite databases are handled here. Use your database server's own tools, such as pg_dump."
LINKED = "{path} is a link. Put the file or folder itself there: root must not follow what another user may change."


def database_file(url: str) -> Path:
    """The file of a database.

    Raises:
        StoreError: It is another kind of database.
    """
    found = make_url(url)
    if not found.drivername.startswith("sqlite") or not found.database:
        raise StoreError(OTHER_DATABASE)
    return Path(found.database).absolute()


def with_end(path: Path, end: str) -> Path:
    """The file beside it whose name is longer by `end`."""
    return path.with_name(path.name + end)


def looking(path: Path, *, at_rest: bool = False) -> sqlite3.Connection:
    """A read-only connection, also beside a daemon. As root, SQLite gives the files that it makes to the owner.

    Args:
        path: The database.
        at_rest: Whether nobody writes to it, a backup: then no other file is made beside it.

    Raises:
        sqlite3.Error: It cannot be opened.
        StoreError: It is a link.
    """
    if at_rest and not any(with_end(path, end).exists() for end in ("-wal", "-journal")):
        return dialect.opened(url_of(path), dialect.RESTING)
    refuse_links(path)
    return dialect.opened(url_of(path), dialect.LOOKING)


def writing(path: Path) -> sqlite3.Connection:
    """A connection that writes: nobody else may have the database open.

    Raises:
        sqlite3.Error: It cannot be opened.
        StoreError: It is a link.
    """
    refuse_links(path)
    return dialect.opened(url_of(path), dialect.WRITING)


def refuse_links(path: Path) -> None:
    """Check that neither the database nor a file beside it is a link, if root is about to open them.

    Raises:
        StoreError: One is.
    """
    if os.geteuid() != 0:
        return
    for end in ("", "-wal", "-shm", "-journal", ".lock"):
        with suppress(FileNotFoundError):
            if stat.S_ISLNK(with_end(path, end).lstat().st_mode):
                raise StoreError(LINKED.format(path=with_end(path, end)))


def give_to_owner(descriptor: int, folder: Path) -> None:
    """Give an open file to its folder's owner, if root made it: a service must be able to use it."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def make_folder(folder: Path) -> None:
    """Make a folder (0700) with the owner of the one above it, if it is missing.

    Raises:
        StoreError: Root is asked to, and the folder is a link that somebody else has made.
    """
    if os.geteuid() == 0 and folder.is_symlink() and folder.lstat().st_uid != 0:
        raise StoreError(LINKED.format(path=folder))
    if not folder.is_dir():
        folder.mkdir(mode=0o700)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)  # a link could be to any folder
        try:
            give_to_owner(descriptor, folder.parent)
        finally:
            os.close(descriptor)


@contextmanager
def new_file(path: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """A file (0600) under another name beside `path`, which takes its place when the block ends without an error.

    Yields:
        Its present path, and a function that brings to the disk what is written so far.
    """
    remove_leftovers(path.parent, path.name)
    partial = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL}")
    descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # as long as it is held, nobody takes it for a leftover
        give_to_owner(descriptor, path.parent)
        yield partial, lambda: os.fsync(descriptor)
        os.fsync(descriptor)
        partial.replace(path)
        fsync_folder(path.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    finally:
        for end in ("-journal", "-wal", "-shm"):
            with_end(partial, end).unlink(missing_ok=True)
        os.close(descriptor)


def remove_leftovers(folder: Path, stem: str) -> None:
    """Remove files that a crash left incomplete.

    Args:
        folder: Where they are. Other programs' partial files may be there, too.
        stem: How the names begin that they were to get.
    """
    for path in folder.glob(f".{escape(stem)}*.[0-9]*{PARTIAL}"):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
                for end in ("-journal", "-wal", "-shm"):
                    with_end(path, end).unlink(missing_ok=True)
            finally:
                os.close(descriptor)


def fsync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explained(doing: str, path: Path) -> Iterator[None]:
    """Turns the machine's errors into sentences.

    Args:
        doing: What failed then: "The backup was not made".
        path: The file that it is about.

    Raises:
        StoreError: For any of them.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{doing} ({path}). {SENTENCES[dialect.cause_of(error)]}") from error
    except OSError as error:
        raise StoreError(f"{doing} ({error.filename or path}). {error.strerror or error}.") from error


def tables_of(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The names of all tables."""
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return tuple(sorted(name for (name,) in found))


def pragma(connection: sqlite3.Connection, name: str) -> int:
    """The number that a pragma returns."""
    with closing(connection.execute(f"PRAGMA {name}")) as found:
        return int(found.fetchone()[0])


def url_of(path: Path) -> URL:
    """The address of a database's file."""
    return URL.create("sqlite+aiosqlite", database=str(path))


def journal_bytes(path: Path) -> int:
    """How large the database's write-ahead log is."""
    try:
        return with_end(path, "-wal").stat().st_size
    except FileNotFoundError:
        return 0
