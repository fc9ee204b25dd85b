"""Waiting for one of several things, and work beside a block. Not here: what is waited for."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

T = TypeVar("T")


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[asyncio.Task[None]]:
    """Runs it as a task within the block; then cancels it and waits. How it ended is for the caller to ask."""
    task = asyncio.create_task(work, name=name)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def all_of(*awaited: Coroutine[Any, Any, None]) -> None:
    """Waits for all of them."""
    async with asyncio.TaskGroup() as group:
        for each in awaited:
            group.create_task(each)


async def first_of(*awaited: Coroutine[Any, Any, object] | asyncio.Task[None]) -> None:
    """Waits for the first of several and cancels the rest, but not tasks passed in. Raises what the first raises."""
    tasks = [a if isinstance(a, asyncio.Task) else asyncio.ensure_future(a) for a in awaited]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    mine = [task for task, given in zip(tasks, awaited, strict=True) if task is not given and not task.done()]
    for task in mine:
        task.cancel()
    if mine:
        await asyncio.wait(mine)
    for task in done:
        task.result()


async def unless(stop: asyncio.Event, awaited: Coroutine[Any, Any, T]) -> T | None:
    """Its result, or None if `stop` comes first; then it is cancelled."""
    task, stopped = asyncio.ensure_future(awaited), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([task, stopped], return_when=asyncio.FIRST_COMPLETED)
    finally:
        task.cancel()
        stopped.cancel()
        await asyncio.wait([task, stopped])
    return None if task.cancelled() else task.result()
