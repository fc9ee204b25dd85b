"""Transactions: of one piece of work, of many, and tasks that cannot be torn apart.

Not here: connections and their threads (`connection`), who waits for what, and what becomes of errors (`database`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from grokbot.conversation.errors import AlreadyKnownError
from grokbot.store.dialect import is_refusal
from grokbot.store.errors import NotStoredError, RowRefusedError, TakenBackError

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
class WorkOutcome:
    """What came of one piece of work: what it returned, or what it raised."""

    result: Any = None
    error: Exception | None = None


def transact(engine: Engine, work: Work[T]) -> T:
    """Do `work` in one transaction: committed when it returns, rolled back when it raises."""
    with engine.begin() as connection:
        return work(connection)


def transact_all(engine: Engine, works: Sequence[Work[Any]]) -> list[WorkOutcome]:
    """Do all `works`, in their order, in one transaction if that can be.

    Each is whole or absent by itself. Raises nothing that came of the work.
    """
    if len(works) > 1:
        begun = False
        try:
            with engine.begin() as connection:
                begun = True
                return [_saved(connection, work) for work in works]
        except Exception as error:  # noqa: BLE001 -- whatever it is, each is told below what came of its own work
            if not begun:
                return [WorkOutcome(error=error)] * len(works)  # not once more for each: waiting for a lock takes long
        # Nothing of it was written. What was in the way of all may be in the way of one only: a row that is too large.
    return [_alone(engine, work) for work in works]


def _saved(connection: Connection, work: Work[Any]) -> WorkOutcome:
    """One piece of work of many in a transaction. A refusal takes back this one; anything else takes back all.

    It has to: SQLite ends a transaction by itself on some errors (a full disk), and its savepoints with it.
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
