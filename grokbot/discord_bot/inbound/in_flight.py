"""The tasks that handle events, so that a stop can wait for them or cancel them.

discord.py forgets its tasks. Not here: how events are handled (`bot`).
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator


class InFlight:
    """The tasks of one bot."""

    def __init__(self) -> None:
        self._dealing: set[asyncio.Task[Any]] = set()
        self._begun: set[asyncio.Task[None]] = set()

    @contextmanager
    def known(self) -> Iterator[None]:
        """Registers the current task for `settle` and `give_up` during the body."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("events are dealt with in tasks")
        if task in self._dealing:
            yield
            return
        self._dealing.add(task)
        try:
            yield
        finally:
            self._dealing.discard(task)

    def begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Starts a task beside the events, and keeps it. It marks with `known` what a stop waits for."""
        self._begun.add(task := asyncio.create_task(work, name=name))
        task.add_done_callback(self._begun.discard)

    async def settle(self, seconds: float) -> None:
        """Waits for current tasks, at most for `seconds`."""
        if self._dealing:
            await asyncio.wait(set(self._dealing), timeout=seconds)

    async def give_up(self) -> None:
        """Cancels all tasks except the caller's."""
        late = self._dealing - {asyncio.current_task()}
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
