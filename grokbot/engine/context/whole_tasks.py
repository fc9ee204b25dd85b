"""Runs work to its end, even if its caller is cancelled.

Not here: the store's own (`store.database.transactions`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

log = logging.getLogger(__name__)

T = TypeVar("T")


class WholeTasks:
    """Tasks of one kind that are under way."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._under_way: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._under_way)

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs it, and raises what it raises. Without a caller to raise to, a failure goes to the log."""
        task = asyncio.create_task(work, name=f"{self._kind} {getattr(work, '__name__', '')}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_told_nobody)
            raise

    async def done(self) -> None:
        """Waits for those that are under way now."""
        if len(self):
            await asyncio.wait(set(self._under_way))


def _told_nobody(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("decision.failed decision=%s error=%s", task.get_name(), type(error).__name__)
