"""One database: opens it, runs transactions that survive the caller's cancellation, closes everything.

Not here: what a transaction writes (`conversations.conversations`, `conversations.turns`,
`conversations.message_places`), SQLite specifics (`dialect`), threads (`connection`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy.exc import SQLAlchemyError

from grokbot.conversation.errors import StoreError
from grokbot.process import metrics
from grokbot.store import dialect
from grokbot.store.database.connection import Readers, SqliteConnection
from grokbot.store.database.file_lock import SoleUse
from grokbot.store.database.file_place import FilePlace
from grokbot.store.database.migrate import bring_up_to_date, check_current
from grokbot.store.database.rebuild import make_shrinkable
from grokbot.store.database.statements import rows_of
from grokbot.store.database.transactions import Whole, WorkOutcome, transact, transact_all
from grokbot.store.errors import CLOSED, error_at_start, error_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence

    from sqlalchemy import URL, Connection, Engine, Select

    from grokbot.store.database.transactions import Work
    from grokbot.store.tables.rows import Row

T = TypeVar("T")
log = logging.getLogger(__name__)


def _name(work: Callable[..., Any]) -> str:
    """A name for the log: `Turns.begin` for a function defined in that method."""
    return str(getattr(work, "__qualname__", "work")).partition(".<locals>")[0]


def _retrieve(done: asyncio.Future[Any]) -> None:
    """Mark an error as retrieved: it is logged, and the caller may have been cancelled."""
    if not done.cancelled():
        done.exception()


@dataclass(frozen=True, slots=True, eq=False)
class _InLine:
    """Work waiting for the writer, and the future that receives its result."""

    work: Work[Any]
    outcome: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def __post_init__(self) -> None:
        self.outcome.add_done_callback(_retrieve)


class Database:
    """An open database: one connection that writes, a few that read.

    Every transaction runs in its own `Whole` task. Cancelling the caller does not cancel the work, so a transaction is
    complete or absent, and the writer's lock is always released.

    While the writer is busy, work queues up, and the next transaction does the whole queue: one call to the writer's
    thread and one disk sync for all of it.
    """

    def __init__(self, writer: SqliteConnection, readers: Readers, place: FilePlace, sole_use: SoleUse | None) -> None:
        self._writer = writer
        self._readers = readers
        self._place = place
        self._sole_use = sole_use
        self._line: list[_InLine] = []
        self._writing = asyncio.Lock()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._closing: asyncio.Task[None] | None = None
        self.wipes = 0
        """How often deleted data was wiped."""

    @classmethod
    async def open(
        cls, address: str, *, alone: bool, before_migration: Callable[[str, str], None] | None = None
    ) -> Database:
        """Open the database at `address`, creating and migrating it if needed.

        Args:
            address: As in store.url.
            alone: Whether to refuse to share it.
            before_migration: See `bring_up_to_date`.

        Raises:
            ConfigurationError: With `store.url`, if the address is wrong, or the file is not for this version.
            StoreError: If the machine fails: a full disk, a damaged file; or, with `alone`, another process has it.
        """
        url = dialect.checked_url(address)
        dialect.make_place(url)
        opening = Whole(cls._open(url, before_migration, alone=alone), name="store open")
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            Whole(_closed_again(opening), name="store close")
            raise

    @classmethod
    async def read_only(cls, address: str) -> Database:
        """Open an existing database of this version read-only, also beside a daemon. Raises as `open` does."""
        url = dialect.checked_url(address)
        async with AsyncExitStack() as stack:
            stack.enter_context(_translated_at_start())
            for connection in (both := [SqliteConnection(url, dialect.LOOKING) for _ in range(2)]):
                await stack.enter_async_context(connection)
            await both[0].run(check_current)
            stack.pop_all()
            return cls(both[0], Readers(both[1:]), FilePlace(url), None)

    @classmethod
    async def _open(cls, url: URL, before_migration: Callable[[str, str], None] | None, *, alone: bool) -> Database:
        async with AsyncExitStack() as stack:
            sole_use = SoleUse(url) if alone else None
            if sole_use is not None:
                stack.callback(sole_use.release)
            stack.enter_context(_translated_at_start())
            migrating = SqliteConnection(url, dialect.MIGRATING)
            async with migrating:
                await migrating.run(partial(bring_up_to_date, before=before_migration))
                if alone:  # nobody else is writing to it
                    await migrating.run(make_shrinkable)
            writer = SqliteConnection(url, dialect.WRITING)
            readers = [SqliteConnection(url, dialect.READING) for _ in range(dialect.READERS)]
            for connection in (writer, *readers):
                await stack.enter_async_context(connection)
            stack.pop_all()  # it stays open
            return cls(writer, Readers(readers), FilePlace(url), sole_use)

    async def write(self, work: Work[T]) -> T:
        """Run `work` completely or not at all: committed when this returns, rolled back when `work` raises.

        Work runs in the order of the calls, one at a time.

        Raises:
            StoreError: If the machine fails. The work was rolled back.
            RowRefusedError: If the database's own rules refuse a row.
        """
        self._refuse_if_closed()
        mine = _InLine(work)
        self._line.append(mine)
        if len(self._line) == 1:  # the first in line runs all that queue up until the writer is free
            self._start(self._write_line(), _name(work))
        return cast("T", await asyncio.shield(mine.outcome))

    async def wipe(self) -> None:
        """Wipe deleted data from all files, after the commit. A failure is only logged.

        The next call, or the end of the process, then does it.
        """
        self.wipes += 1
        if self._closing is None:
            await asyncio.shield(self._start(self._wipe(), "wipe"))

    async def between(self, call: Callable[[Engine], T]) -> T:
        """Run a call on the writing connection between two transactions; nothing is written meanwhile.

        Raises:
            StoreError: If the machine fails.
        """
        self._refuse_if_closed()
        return await asyncio.shield(self._start(self._between(call), _name(call)))

    async def read(self, work: Work[T]) -> T:
        """Run read-only `work` on one snapshot of the database.

        Raises:
            StoreError: If the machine fails.
        """
        self._refuse_if_closed()
        return await asyncio.shield(self._start(self._read(work), _name(work)))

    async def rows(self, statement: Select[Any], parameters: Mapping[str, Any] | None = None) -> Sequence[Row]:
        """All rows of one query. Raises StoreError as `read` does."""

        def query(connection: Connection) -> Sequence[Row]:
            return rows_of(connection, statement, parameters)

        return await self.read(query)

    async def check_in_place(self) -> None:
        """Check that the opened file is still in its place.

        Raises:
            StoreError: It was removed, replaced or emptied.
        """
        self._refuse_if_closed()
        await asyncio.shield(self._start(self._readers.run(lambda _: self._place.check()), "check in place"))

    async def sizes(self) -> tuple[int, int, int]:
        """Bytes of the file, of its write-ahead log, and free on their disk. Raises OSError."""
        return await asyncio.to_thread(self._place.sizes)

    async def close(self) -> None:
        """Wait for running work, then close every connection. Later work is refused. Idempotent."""
        if self._closing is None:
            self._closing = Whole(self._close(), name="store close")
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        while self._under_way:
            await asyncio.wait(self._under_way)
        await self._readers.close()
        copy = await self._writer.run(self._place.kept)
        await self._writer.close()  # last, so that the writing connection does the checkpoint
        if copy is not None:
            await asyncio.to_thread(self._place.put_back, copy)
        if self._sole_use is not None:
            self._sole_use.release()

    def _refuse_if_closed(self) -> None:
        if self._closing is not None:
            raise StoreError(CLOSED)

    def _start(self, coroutine: Coroutine[Any, Any, T], name: str) -> Whole[T]:
        task = Whole(coroutine, name=f"store {name}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        task.add_done_callback(_retrieve)
        return task

    async def _read(self, work: Work[T]) -> T:
        try:
            with metrics.DATABASE_SECONDS.labels("read").time():
                return await self._readers.run(lambda engine: transact(engine, work))
        except (SQLAlchemyError, dialect.DRIVERS_ERROR) as error:
            raise _translated(error, work) from error

    async def _between(self, call: Callable[[Engine], T]) -> T:
        async with self._writing:
            try:
                return await self._writer.run(call)
            except (SQLAlchemyError, dialect.DRIVERS_ERROR) as error:
                raise _translated(error, call) from error

    async def _wipe(self) -> None:
        async with self._writing:
            try:
                wiped = await self._writer.run(dialect.wipe)
            except Exception:  # the data is deleted, whatever this error is
                log.exception("store.not_wiped")
                return
        if not wiped:
            log.warning("store.not_wiped")

    async def _write_line(self) -> None:
        async with self._writing:
            line, self._line = self._line, []
            try:
                with metrics.DATABASE_SECONDS.labels("write").time():
                    outcomes = await self._writer.run(lambda engine: transact_all(engine, [each.work for each in line]))
            except Exception as error:  # noqa: BLE001 -- any error goes to all who wait
                outcomes = [WorkOutcome(error=error)] * len(line)
        for each, outcome in zip(line, outcomes, strict=True):
            if outcome.error is None:
                each.outcome.set_result(outcome.result)
            else:
                each.outcome.set_exception(_translated(outcome.error, each.work))


@contextmanager
def _translated_at_start() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, dialect.DRIVERS_ERROR) as error:
        cause = dialect.cause_of(error)
        # No traceback: the exception's text is for the operator, the code for readers of the log.
        log.error("store.not_opened cause=%s code=%s", cause.name.lower(), dialect.code_of(error))  # noqa: TRY400 -- see above
        raise error_at_start(cause) from error


async def _closed_again(opening: asyncio.Task[Database]) -> None:
    """Close a database that nobody waits for now."""
    with suppress(Exception):
        await (await opening).close()


def _translated(error: Exception, work: Callable[..., Any]) -> Exception:
    """The error to raise for a library's error; the Store's own errors stay."""
    if not isinstance(error, SQLAlchemyError | dialect.DRIVERS_ERROR):
        return error
    cause = dialect.cause_of(error)
    metrics.DATABASE_ERRORS.inc()
    # No traceback: the handler of the exception decides about that.
    log.error(
        "store.trouble work=%s cause=%s code=%s",
        _name(work),
        cause.name.lower(),
        dialect.code_of(error),
    )
    told = error_of(cause)
    told.__cause__ = error
    return told
