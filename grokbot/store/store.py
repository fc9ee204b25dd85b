"""The Store: opening, closing, and whether it can be written. What it keeps is in its parts.

Not here: statements (`conversations.conversations`, `conversations.turns`, and the other parts), transactions and
connections (`database.database`).
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from sqlalchemy import insert

from grokbot.store import dialect
from grokbot.store.audit import Audit
from grokbot.store.budgets import Limits, Settling, Spending
from grokbot.store.conversations import (
    Arranging,
    Conversations,
    Listing,
    Messages,
    Openings,
    Shares,
    Turns,
    Variants,
    Watermarks,
)
from grokbot.store.database import Database, Shrinking
from grokbot.store.errors import TakenBackError
from grokbot.store.keys import Keys
from grokbot.store.moderation import Blocks, Filters, Purging, Switches
from grokbot.store.privacy import Deleting, Leaving, Privacy, Retention, Words
from grokbot.store.tables.conversations import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ENOUGH = 64 * 1024
"""Characters that a trial write holds: more than the pages that SQLite keeps in memory while it spills early."""

_SOME_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class Store(
    Conversations,
    Turns,
    Messages,
    Watermarks,
    Openings,
    Variants,
    Listing,
    Shares,
    Deleting,
    Arranging,
    Keys,
    Switches,
    Spending,
    Audit,
    Retention,
    Privacy,
    Leaving,
    Words,
    Shrinking,
    Limits,
    Settling,
    Blocks,
    Filters,
    Purging,
):
    """Everything that is kept. Values go in, values come out; nobody else knows SQL.

    Any number of tasks may use it at once. Whoever waits for a call may be cancelled: what the call does is done whole
    or not at all, and later calls are not held up.
    """

    @classmethod
    async def open(cls, url: str, *, alone: bool = False) -> Self:
        """Open the database at `url` (`sqlite+aiosqlite:///PATH`), creating and migrating it where that is due.

        Args:
            url: Where it lies.
            alone: Whether no other process may open it in the same way until it is closed: what a daemon asks for.

        Raises:
            ConfigurationError: With `store.url`, if the address is wrong, or what lies there is not for this version.
            StoreTrouble: If the machine is in the way: a full disk, a damaged file; or, to be `alone`, another process.
        """
        return cls(await Database.open(url, alone=alone))

    async def close(self) -> None:
        """Wait for what is under way and close every connection. Later calls raise StoreTrouble."""
        await self._database.close()

    async def check_in_place(self) -> None:
        """Whether the database's file still lies where it was opened.

        Raises:
            StoreTrouble: Somebody took it away, put another in its place, or emptied it.
        """
        await self._database.check_in_place()

    async def check_writable(self) -> None:
        """Write for trial, down to the disk, and take it back.

        Raises:
            StoreTrouble: If that does not work.
        """
        trial = insert(settings).values(
            scope="guild", scope_id=0, name="trial", value="x" * _ENOUGH, changed_by=0, changed_at=_SOME_TIME
        )

        def check_writable(connection: Connection) -> None:
            dialect.spill(connection, early=True)
            try:
                connection.execute(trial)
            finally:
                dialect.spill(connection, early=False)
            raise TakenBackError

        with suppress(TakenBackError):
            await self._database.write(check_writable)
