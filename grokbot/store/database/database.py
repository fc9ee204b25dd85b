"""One database: opens it, runs transactions that survive the caller's cancellation, closes everything.

Not here: what a transaction writes (`conversations.conversations`, `conversations.turns`,
`conversations.message_places`), SQLite specifics (`dialect`), threads (`connection`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy.exc import SQLAlchemyError

from grokbot.conversation.errors import StoreError
from grokbot.process import metrics
from grokbot.process.health import Health, HealthPart
from grokbot.store import dialect
from grokbot.store.database.connection import Readers, SqliteConnection
from grokbot.store.database.erasures import ErasureLog
from grokbot.store.database.file_lock import SoleUse
from grokbot.store.database.file_place import FilePlace
from grokbot.store.database.migrate import bring_up_to_date, check_current
from grokbot.store.database.outcome import note, say_migrating, translated, translated_at_start, work_name
from grokbot.store.database.rebuild import make_shrinkable
from grokbot.store.database.statements import rows_of
from grokbot.store.database.transactions import InLine, Whole, WorkOutcome, retrieve, transact, transact_all
from grokbot.store.errors import CLOSED

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence

    from sqlalchemy import URL, Connection, Engine, Select

    from grokbot.store.database.transactions import Work
    from grokbot.store.tables.rows import Row

T = TypeVar("T")
INTERRUPT_SECONDS = 0.1
"""Between two tries to interrupt a migration: each ends the statement that runs just then."""

log = logging.getLogger(__name__)


class Database:
    """An open database: one connection that writes, a few that read.

    Every transaction runs in its own `Whole` task. Cancelling the caller does not cancel the work, so a transaction is
    complete or absent, and the writer's lock is always released.

    While the writer is busy, work queues up, and the next transaction does the whole queue: one call to the writer's
    thread and one disk sync for all of it.
    """

    def __init__(
        self,
        writer: SqliteConnection,
        readers: Readers,
        place: FilePlace,
        sole_use: SoleUse | None,
        health: Health | None = None,
    ) -> None:
        health = health or Health()
        self.writes = health.pulse(HealthPart.DATABASE, "writes")
        self.reads = health.pulse(HealthPart.DATABASE, "reads")
        self._writer = writer
        self._readers = readers
        self._place = place
        self._sole_use = sole_use
        self._line: list[InLine] = []
        self._writing = asyncio.Lock()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._closing: asyncio.Task[None] | None = None
        self._wiped = True
        self._erasures = ErasureLog(writer.path)
        self.wipes = 0
        """How often deleted data was wiped."""

    @classmethod
    async def open(
        cls,
        address: str,
        *,
        alone: bool,
        before_migration: Callable[[str, str], None] | None = None,
        health: Health | None = None,
    ) -> Database:
        """Open the database at `address`, creating and migrating it if needed. Cancelling it interrupts a migration.

        Args:
            address: As in store.url.
            alone: Whether to refuse to share it.
            before_migration: See `bring_up_to_date`.
            health: Learns how the database is.

        Raises:
            ConfigurationError: With `store.url`, if the address is wrong, or the file is not for this version.
            StoreError: If the machine fails: a full disk, a damaged file; or, with `alone`, another process has it.
        """
        url = dialect.checked_url(address)
        dialect.make_place(url)
        migrating = SqliteConnection(url, dialect.MIGRATING)
        opening = Whole(cls._open(url, migrating, before_migration, health or Health(), alone=alone), name="store open")
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:  # whoever cancels may open it again, or take its folder away
            await asyncio.wait([Whole(_closed_again(opening, migrating), name="store close")])
            raise

    @classmethod
    async def read_only(cls, address: str) -> Database:
        """Open an existing database of this version read-only, also beside a daemon. Raises as `open` does."""
        url = dialect.checked_url(address)
        async with AsyncExitStack() as stack:
            stack.enter_context(translated_at_start())
            for connection in (both := [SqliteConnection(url, dialect.LOOKING) for _ in range(2)]):
                await stack.enter_async_context(connection)
            await both[0].run(check_current)
            stack.pop_all()
            return cls(both[0], Readers(both[1:]), FilePlace(url), None)

    @classmethod
    async def _open(
        cls,
        url: URL,
        migrating: SqliteConnection,
        before_migration: Callable[[str, str], None] | None,
        health: Health,
        *,
        alone: bool,
    ) -> Database:
        async with AsyncExitStack() as stack:
            sole_use = SoleUse(url) if alone else None
            if sole_use is not None:
                stack.callback(sole_use.release)
            stack.enter_context(translated_at_start())
            opening = health.pulse(HealthPart.DATABASE, "opening")
            async with migrating:
                before = partial(say_migrating, opening, before_migration)
                await migrating.run(partial(bring_up_to_date, before=before))
                if alone:  # nobody else is writing to it
                    await migrating.run(lambda _: ErasureLog(migrating.path).prune())
                    await migrating.run(make_shrinkable)
            writer = SqliteConnection(url, dialect.WRITING)
            readers = [SqliteConnection(url, dialect.READING) for _ in range(dialect.READERS)]
            for connection in (writer, *readers):
                await stack.enter_async_context(connection)
            stack.pop_all()  # it stays open
            opening.answered()
            return cls(writer, Readers(readers), FilePlace(url), sole_use, health)

    async def write(self, work: Work[T]) -> T:
        """Run `work` completely or not at all: committed when this returns, rolled back when `work` raises.

        Work runs in the order of the calls, one at a time.

        Raises:
            StoreError: If the machine fails. The work was rolled back.
            RowRefusedError: If the database's own rules refuse a row.
        """
        self._refuse_if_closed()
        self.writes.asked()
        mine = InLine(work)
        self._line.append(mine)
        if len(self._line) == 1:  # the first in line runs all that queue up until the writer is free
            self._start(self._write_line(), work_name(work))
        return cast("T", await asyncio.shield(mine.outcome))

    async def wipe(self, **gone: Iterable[str | int]) -> None:
        """Wipe deleted data from all files, after the commit. After a failure the next call does it, or the end.

        Args:
            gone: See `note_gone`.
        """
        self.wipes += 1
        await self.note_gone(**gone)
        if self._closing is None:
            await asyncio.shield(self._start(self._wipe(), "wipe"))

    async def note_gone(self, **gone: Iterable[str | int]) -> None:
        """Note what a restored backup must drop again, by the kinds of `NotedErasure`. A failure is only logged."""
        if gone:
            await asyncio.shield(self._start(asyncio.to_thread(self._erasures.note, gone), "note gone"))

    async def between(self, call: Callable[[Engine], T]) -> T:
        """Run a call on the writing connection between two transactions; nothing is written meanwhile.

        Raises:
            StoreError: If the machine fails.
        """
        self._refuse_if_closed()
        return await asyncio.shield(self._start(self._between(call), work_name(call)))

    async def read(self, work: Work[T]) -> T:
        """Run read-only `work` on one snapshot of the database.

        Raises:
            StoreError: If the machine fails.
        """
        self._refuse_if_closed()
        return await asyncio.shield(self._start(self._read(work), work_name(work)))

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
        task.add_done_callback(retrieve)
        return task

    async def _read(self, work: Work[T]) -> T:
        self.reads.asked()
        try:
            with metrics.DATABASE_SECONDS.labels("read").time():
                result = await self._readers.run(lambda engine: transact(engine, work))
        except (SQLAlchemyError, dialect.DRIVERS_ERROR) as error:
            note(self.reads, [error])
            raise translated(error, work) from error
        self.reads.answered()
        return result

    async def _between(self, call: Callable[[Engine], T]) -> T:
        async with self._writing:
            try:
                with self.writes.hold():
                    return await self._writer.run(call)
            except (SQLAlchemyError, dialect.DRIVERS_ERROR) as error:
                raise translated(error, call) from error

    async def _wipe(self) -> None:
        async with self._writing:
            try:
                # Who read for long a moment ago, as a backup does, reads on: nobody waits for that more than once.
                wiped = await self._writer.run(partial(dialect.wipe, patient=self._wiped))
            except Exception:  # the data is deleted, whatever this error is
                log.exception("store.not_wiped")
                return
        self._wiped = wiped
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
        note(self.writes, [each.error for each in outcomes])
        for each, outcome in zip(line, outcomes, strict=True):
            if outcome.error is None:
                each.outcome.set_result(outcome.result)
            else:
                each.outcome.set_exception(translated(outcome.error, each.work))


async def _closed_again(opening: asyncio.Task[Database], migrating: SqliteConnection) -> None:
    """Close a database that nobody waits for now. What runs in it is interrupted, and rolled back."""
    while not opening.done():
        with suppress(ValueError, dialect.DRIVERS_ERROR):  # it is not open yet, or no longer
            await migrating.interrupt()
        await asyncio.wait([opening], timeout=INTERRUPT_SECONDS)
    with suppress(Exception):
        await (await opening).close()
