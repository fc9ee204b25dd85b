"""One transaction from beginning to end, and tasks that cannot be torn apart in the middle of one.

Not here: which connection, under which lock, and what becomes of the errors (`database`, `migrating`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

T = TypeVar("T")


class Whole(asyncio.Task[T]):
    """A task that runs to its end whatever happens; await it through `asyncio.shield`.

    Shielding alone does not do: at its end `asyncio.run` cancels every task, this one too. A driver's call that is
    cancelled goes on in its thread, and the connection can be lost with its transaction open and the file locked.
    The work is short, and the database's own patience (`dialect.BUSY_MS`) bounds it. No `asyncio.timeout` can work
    inside, for it cancels.
    """

    def cancel(self, msg: Any | None = None) -> bool:  # noqa: ARG002 -- the interface's
        """Do not."""
        return False


async def in_transaction(engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Do `work` in one transaction of one of the engine's connections: committed when it returns.

    Not `async with engine.begin()`: that closes the connection in a task of its own, which can be cancelled.
    """
    connection = await engine.connect()
    try:
        result = await work(connection)
        await connection.commit()
    finally:
        await connection.close()  # takes back what was not committed
    return result
