"""Transactions on threads of their own: one of one piece of work, one of many, and tasks that cannot be torn apart.

Not here: who waits for what, and what becomes of the errors (`database`, `migrate`).

A transaction is one call to a thread, whole. A call for each statement (as SQLAlchemy's asyncio layer over aiosqlite
makes) costs a turn of the event loop each: when the loop is busy, a transaction then takes twenty of its turns.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from grokbot.store.dialect import is_refusal
from grokbot.store.errors import AlreadyKnownError, NotStoredError, RowRefusedError, TakenBackError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Engine

T = TypeVar("T")

Work: TypeAlias = "Callable[[Connection], T]"
"""What is to be done in one transaction. It may be done twice, the first time in vain: it has no other effects."""


class Whole(asyncio.Task[T]):
    """A task that runs to its end whatever happens; await it through `asyncio.shield`.

    Shielding alone does not do: at its end `asyncio.run` cancels every task, this one too. A call that a thread is busy
    with goes on there, and nobody would wait for it before its connection is closed. The work is short, and the
    database's own patience (`dialect.BUSY_MS`) bounds it. No `asyncio.timeout` can work inside, for it cancels.
    """

    def cancel(self, msg: Any | None = None) -> bool:  # noqa: ARG002 -- the interface's
        """Do not."""
        return False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one piece of work: what it returned, or what it raised."""

    result: Any = None
    error: Exception | None = None


class Connections:
    """The connections of one engine, and as many threads that use them. Both are there from the first use on."""

    def __init__(self, engine: Engine, count: int) -> None:
        self.engine = engine
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="store")

    async def run(self, call: Callable[[Engine], T]) -> T:
        """Make one call on one of the threads. It goes on there if who waits is cancelled: wait in a `Whole` task."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, self.engine)

    async def transact(self, work: Work[T]) -> T:
        """Do `work` in one transaction: committed when it returns, rolled back when it raises."""
        return await self.run(partial(_transact, work=work))

    async def transact_all(self, works: Sequence[Work[Any]]) -> list[Outcome]:
        """Do all `works`, in their order, in one transaction if that can be.

        Each is whole or absent by itself. Raises nothing that came of the work.
        """
        return await self.run(partial(_transact_all, works=works))

    async def close(self) -> None:
        """Close the connections and end the threads. Nothing may be under way."""
        try:
            await self.run(lambda engine: engine.dispose())  # closing the last connection may write: not on the loop
        finally:
            self._threads.shutdown(wait=False)  # they have nothing to do any more


def _transact(engine: Engine, work: Work[T]) -> T:
    with engine.begin() as connection:
        return work(connection)


def _transact_all(engine: Engine, works: Sequence[Work[Any]]) -> list[Outcome]:
    if len(works) > 1:
        begun = False
        try:
            with engine.begin() as connection:
                begun = True
                return [_saved(connection, work) for work in works]
        except Exception as error:  # noqa: BLE001 -- whatever it is, each is told below what came of its own work
            if not begun:
                return [Outcome(error=error)] * len(works)  # not once more for each: waiting for a lock takes long
        # Nothing of it was written. What was in the way of all may be in the way of one only: a row that is too large.
    return [_alone(engine, work) for work in works]


def _saved(connection: Connection, work: Work[Any]) -> Outcome:
    """One piece of work of many in a transaction. A refusal takes back this one; anything else takes back all.

    It has to: SQLite ends a transaction by itself on some errors (a full disk), and its savepoints with it.
    """
    try:
        with connection.begin_nested():
            return Outcome(work(connection))
    except (AlreadyKnownError, NotStoredError, RowRefusedError, TakenBackError) as error:
        return Outcome(error=error)
    except Exception as error:
        if is_refusal(error):
            return Outcome(error=error)
        raise


def _alone(engine: Engine, work: Work[Any]) -> Outcome:
    try:
        return Outcome(_transact(engine, work))
    except Exception as error:  # noqa: BLE001 -- it is raised where the work is waited for
        return Outcome(error=error)
