"""The database's file: whether it is in its place and can be written, and making it small and clean again.

Not here: what it takes to write it anew (`rebuild`), when which is due (`engine.deletion.retention`, `daemon`).
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert

from grokbot.store import dialect
from grokbot.store.database.rebuild import rebuilt
from grokbot.store.errors import TakenBackError
from grokbot.store.tables.conversations import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from grokbot.store.database.database import Database

PAGES = 256
"""Given back at once: a megabyte. It takes 4 ms, with the journal's turn over 16 ms, and who writes waits for it."""

_ENOUGH = 64 * 1024
"""Characters that a trial write holds: more than the pages that SQLite keeps in memory while it spills early."""

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
        """How often something was deleted since the database was opened: `rebuild` is due after it."""
        return self._database.wipes

    async def check_in_place(self) -> None:
        """Check that the file still lies where it was opened.

        Raises:
            StoreError: Somebody took it away, put another in its place, or emptied it.
        """
        await self._database.check_in_place()

    async def check_writable(self) -> None:
        """Write for trial, down to the disk, and take it back.

        Raises:
            StoreError: If that does not work.
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

    async def give_back(self, pages: int = PAGES) -> int:
        """Give some unused pages back to the disk, between others' transactions.

        Returns:
            How many pages could still be given back; 0 also where the file cannot shrink.
        """

        def give_back(engine: Engine) -> int:
            return dialect.give_back(engine, pages) if dialect.gives_back(engine) else 0

        return await self._database.between(give_back)

    async def bytes_in_use(self) -> int:
        """How much of the file is in use."""
        return await self._database.between(dialect.bytes_in_use)

    async def rebuild(self) -> bool:
        """Write the file anew: nothing of what was deleted is left in it then, and it is as small as can be.

        Nothing is written meanwhile, which takes about a second for each 100 MB; readers go on.

        Returns:
            Whether it was done: not where the disk has no room, or somebody (a backup) reads all the time.
        """
        return await self._database.between(rebuilt)
