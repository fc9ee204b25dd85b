"""The database file: checks that it is in place and writable, shrinks it and wipes deleted data.

Not here: what a rebuild takes (`rebuild`), when each is due (`engine.deletion.retention`, `daemon`).
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from grokbot.store import dialect
from grokbot.store.database.rebuild import rebuilt
from grokbot.store.errors import TakenBackError
from grokbot.store.tables.moderation import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from grokbot.store.database.database import Database

PAGES = 256
"""Pages per call: a megabyte. It takes 4 ms, or 16 ms with the journal checkpoint, and writers wait for it."""

_ENOUGH = 64 * 1024
"""Characters in a trial write: more than the pages that SQLite caches when it spills early."""

_TRIAL = insert(settings).values(
    scope="guild",
    scope_id=0,
    name="trial",
    value="x" * _ENOUGH,
    changed_by=0,
    changed_at=datetime(1970, 1, 1, tzinfo=UTC),
)


class DatabaseFile:
    """The database's file: its place, whether it can be written, its size."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def wipes(self) -> int:
        """How often data was deleted since the database was opened: each makes a `rebuild` due."""
        return self._database.wipes

    async def check_in_place(self) -> None:
        """Check that the file still lies where it was opened.

        Raises:
            StoreError: It was removed, replaced or emptied.
        """
        await self._database.check_in_place()

    async def check_writable(self) -> None:
        """Make a trial write to disk, and roll it back.

        Raises:
            StoreError: If that fails.
        """

        def check_writable(connection: Connection) -> None:
            dialect.spill(connection, early=True)
            try:
                connection.execute(_TRIAL)
            finally:
                dialect.spill(connection, early=False)
            raise TakenBackError

        with suppress(TakenBackError):
            await self._database.write(check_writable)

    async def probe(self, *, to_disk: bool) -> None:
        """See whether the database takes writes and gives reads, at the least cost. Changes nothing.

        Args:
            to_disk: Whether the trial write must reach the disk, to see whether that has room again.

        Raises:
            StoreError: It does not.
        """

        def write(connection: Connection) -> None:
            connection.execute(_TRIAL)
            raise TakenBackError

        await self._database.rows(select(settings.c.name).limit(1))
        if to_disk:
            await self.check_writable()
        else:
            with suppress(TakenBackError):
                await self._database.write(write)

    async def give_back(self, pages: int = PAGES) -> int:
        """Return some unused pages to the disk, between transactions.

        Returns:
            How many more pages could be returned; 0 also if the file cannot shrink.
        """

        def give_back(engine: Engine) -> int:
            return dialect.give_back(engine, pages) if dialect.gives_back(engine) else 0

        return await self._database.between(give_back)

    async def sizes(self) -> tuple[int, int, int]:
        """Bytes of the database file, of its write-ahead log, and free on their disk. Raises OSError."""
        return await self._database.sizes()

    async def bytes_in_use(self) -> int:
        """How many bytes of the file are in use."""
        return await self._database.between(dialect.bytes_in_use)

    async def rebuild(self) -> bool:
        """Rewrite the file: it then contains no deleted data and is as small as possible.

        Blocks writers for about a second per 100 MB; readers continue.

        Returns:
            Whether it was done: not if the disk has no room, or somebody (a backup) reads all the time.
        """
        return await self._database.between(rebuilt)
