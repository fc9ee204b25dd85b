"""Transactions: of one piece of work, of many, and tasks that cannot be cancelled.

Not here: connections and their threads (`connection`), queueing and errors (`database`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from grokbot.conversation.errors import AlreadyKnownError
from grokbot.store.dialect import is_refusal
from grokbot.store.errors import NotStoredError, RowRefusedError, TakenBackError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Engine

T = TypeVar("T")

Work: TypeAlias = "Callable[[Connection], T]"
"""Work for one transaction. It may run twice, the first time in vain, so it must have no other effects."""


class Whole(asyncio.Task[T]):
    """A task that always runs to its end; await it through `asyncio.shield`.

    Shielding alone is not enough: at its end `asyncio.run` cancels every task, this one too. A call that a thread is
    running continues there, and nobody would wait for it before its connection is closed. The work is short, and the
    database's timeout (`dialect.BUSY_MS`) bounds it. `asyncio.timeout` cannot work inside, for it cancels.
    """

    def cancel(self, msg: Any | None = None) -> bool:  # noqa: ARG002 -- the interface's
        """Ignored."""
        return False


def retrieve(done: asyncio.Future[Any]) -> None:
    """Mark an error as retrieved: it is logged, and the caller may have been cancelled."""
    if not done.cancelled():
        done.exception()


@dataclass(frozen=True, slots=True, eq=False)
class InLine:
    """Work waiting for the writer, and the future that receives its result."""

    work: Work[Any]
    outcome: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def __post_init__(self) -> None:
        self.outcome.add_done_callback(retrieve)


@dataclass(frozen=True, slots=True)
class WorkOutcome:
    """The result of one piece of work: what it returned or raised."""

    result: Any = None
    error: Exception | None = None


def transact(engine: Engine, work: Work[T]) -> T:
    """Run `work` in one transaction: committed when it returns, rolled back when it raises."""
    with engine.begin() as connection:
        return work(connection)


def transact_all(engine: Engine, works: Sequence[Work[Any]]) -> list[WorkOutcome]:
    """Run all `works`, in their order, in one transaction if possible.

    Each is complete or absent on its own. Raises none of their errors.
    """
    if len(works) > 1:
        begun = False
        try:
            with engine.begin() as connection:
                begun = True
                return [_saved(connection, work) for work in works]
        except Exception as error:  # noqa: BLE001 -- any error: each work's own outcome follows below
            if not begun:
                return [WorkOutcome(error=error)] * len(works)  # not once more for each: waiting for a lock takes long
        # Nothing was written. The cause may lie in one piece of work only: a row that is too large.
    return [_alone(engine, work) for work in works]


def _saved(connection: Connection, work: Work[Any]) -> WorkOutcome:
    """Run one of many pieces of work. A refused row rolls back this one; any other error rolls back all.

    It must: on some errors (a full disk) SQLite ends the transaction and its savepoints.
    """
    try:
        with connection.begin_nested():
            return WorkOutcome(work(connection))
    except (AlreadyKnownError, NotStoredError, RowRefusedError, TakenBackError) as error:
        return WorkOutcome(error=error)
    except Exception as error:
        if is_refusal(error):
            return WorkOutcome(error=error)
        raise


def _alone(engine: Engine, work: Work[Any]) -> WorkOutcome:
    try:
        return WorkOutcome(transact(engine, work))
    except Exception as error:  # noqa: BLE001 -- it is raised where the work is waited for
        return WorkOutcome(error=error)
