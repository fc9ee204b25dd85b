"""One database: opening it, transactions that nobody's cancellation tears apart, closing it with nothing left open.

Not here: what is written in a transaction (`conversations`, `turns`, `messages`), SQLite's ways (`dialect`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy.exc import SQLAlchemyError

from grokbot.conversation.errors import StoreTrouble
from grokbot.store import dialect
from grokbot.store.errors import CLOSED, trouble
from grokbot.store.migrating import bring_up_to_date
from grokbot.store.sole_use import SoleUse
from grokbot.store.transactions import Whole, in_transaction

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from grokbot.store.rows import Row

T = TypeVar("T")
log = logging.getLogger(__name__)


def _name(work: object) -> str:
    return str(getattr(work, "__name__", "work"))


class Database:
    """An open database: one connection that writes, a few that read.

    Every piece of work runs as a task of its own, a `Whole` one. Who waits for it may be cancelled; the work is not, so
    a transaction is either whole or absent, and the writer's lock is always given back.
    """

    def __init__(self, writer: AsyncEngine, readers: AsyncEngine, sole_use: SoleUse | None) -> None:
        self._writer = writer
        self._readers = readers
        self._sole_use = sole_use
        self._writing = asyncio.Lock()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, address: str, *, alone: bool) -> Database:
        """Open the database at `address`, creating and migrating it where that is due.

        Raises:
            Misconfigured: With `store.url`, if the address is wrong, or what lies there is not for this version.
            StoreTrouble: If the machine is in the way: a full disk, a damaged file; or, to be `alone`, another process.
        """
        url = dialect.checked_url(address)
        dialect.make_place(url)
        sole_use = SoleUse(url) if alone else None
        try:
            await asyncio.shield(Whole(bring_up_to_date(url), name="store open"))
        except BaseException:
            if sole_use is not None:
                sole_use.release()
            raise
        # The engines connect when they are first used.
        return cls(dialect.writing_engine(url), dialect.reading_engine(url), sole_use)

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do `work` in one transaction: committed when it returns, rolled back when it raises.

        Pieces of work are done one after the other, in the order of the calls.

        Raises:
            StoreTrouble: If the machine is in the way. The transaction was rolled back.
            RowRefused: If the database's own rules refuse a row.
        """

        async def transaction() -> T:
            async with self._writing:
                return await in_transaction(self._writer, work)

        return await self._run(transaction, _name(work))

    async def read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do `work`, which only reads, on one unchanging state of the database.

        Raises:
            StoreTrouble: If the machine is in the way.
        """

        async def reading() -> T:
            return await in_transaction(self._readers, work)

        return await self._run(reading, _name(work))

    async def rows(self, statement: Select[Any]) -> Sequence[Row]:
        """All rows of one query. Raises StoreTrouble as `read` does."""

        async def query(connection: AsyncConnection) -> Sequence[Row]:
            return await rows_of(connection, statement)

        return await self.read(query)

    async def close(self) -> None:
        """Wait for the work under way, then close every connection. Later work is refused. Twice is harmless."""
        if self._closing is None:
            self._closing = Whole(self._close(), name="store close")
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        while self._under_way:
            await asyncio.wait(self._under_way)
        await self._readers.dispose()
        await self._writer.dispose()  # last, so that the connection that writes is also the one that checkpoints
        if self._sole_use is not None:
            self._sole_use.release()

    async def _run(self, work: Callable[[], Awaitable[T]], name: str) -> T:
        if self._closing is not None:
            raise StoreTrouble(CLOSED)
        task = Whole(_translated(work, name), name=f"store {name}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)


async def _translated(work: Callable[[], Awaitable[T]], name: str) -> T:
    try:
        return await work()
    except SQLAlchemyError as error:
        cause = dialect.cause_of(error)
        # No traceback: whoever handles the exception that follows decides about that.
        log.error("store.trouble work=%s cause=%s code=%s", name, cause.name.lower(), dialect.code_of(error))  # noqa: TRY400 -- see above
        raise trouble(cause) from error


async def rows_of(connection: AsyncConnection, statement: Select[Any]) -> Sequence[Row]:
    """All rows of a query within a transaction."""
    found = (await connection.execute(statement)).mappings().all()
    return cast("Sequence[Row]", found)  # the keys of a Core result are its columns' names


class OnDatabase:
    """What the parts of the Store have in common: the one database that they share."""

    def __init__(self, database: Database) -> None:
        self._database = database
