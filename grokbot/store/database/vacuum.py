"""Making the file small again, and clean of what was in it: a little at a time, or at once.

Not here: what it takes to write it anew (`rebuild`), when which is due (`engine.deletion.retention`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.store import dialect
from grokbot.store.database.database import OnDatabase
from grokbot.store.database.rebuild import rebuilt

if TYPE_CHECKING:
    from sqlalchemy import Engine

PAGES = 256
"""Given back at once: a megabyte. It takes 4 ms, with the journal's turn over 16 ms, and who writes waits for it."""


class Shrinking(OnDatabase):
    """The part of the Store that is about the file's size. Every method raises StoreTrouble as `Database` does."""

    @property
    def wipes(self) -> int:
        """How often something was taken away since the database was opened: `rebuild` is due after it."""
        return self._database.wipes

    async def give_back(self, pages: int = PAGES) -> int:
        """Give some of what holds nothing back to the disk, between others' transactions.

        Returns:
            How many pages could still be given back; 0 also where the file cannot shrink.
        """

        def give_back(engine: Engine) -> int:
            return dialect.give_back(engine, pages) if dialect.gives_back(engine) else 0

        return await self._database.between(give_back)

    async def bytes_in_use(self) -> int:
        """How much of the file holds something."""
        return await self._database.between(dialect.bytes_in_use)

    async def rebuild(self) -> bool:
        """Write the file anew: of what was taken away nothing is left in it then, and it is as small as can be.

        Nothing is written meanwhile, which takes about a second for each 100 MB; who reads goes on.

        Returns:
            Whether it is so now: not where the disk has no room, or somebody (a backup) reads all the time.
        """

        def rebuild(engine: Engine) -> bool:
            return rebuilt(engine)

        return await self._database.between(rebuild)
