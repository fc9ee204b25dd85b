"""Ends calls at shutdown: watches at once, answers not run by the engine when their time is up.

Not here: answers that the engine runs, which its own drain ends; the server (`server.server`).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from grokbot.conversation.errors import RestartingError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

T = TypeVar("T")

ENDING = "I am restarting. Ask again in a moment."


class Shutdown:
    """One per server."""

    def __init__(self) -> None:
        self._begun = asyncio.Event()
        self._over = asyncio.Event()
        self._under_way = 0
        self._none_under_way = asyncio.Event()
        self._none_under_way.set()

    def begin(self) -> None:
        """End all watches."""
        self._begun.set()

    async def drain(self, seconds: float) -> None:
        """Wait for answers up to so many seconds, then end them."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._none_under_way.wait()
        self._begun.set()
        self._over.set()

    def watched(self, source: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        """Wrap an endless stream: it ends as soon as shutdown begins.

        Raises:
            RestartingError: The daemon is shutting down.
        """
        return _until(self._begun, source)

    async def answered(self, source: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        """Wrap a stream that ends on its own: the drain waits for it. Raises as `watched` does."""
        self._under_way += 1
        self._none_under_way.clear()
        until = _until(self._over, source)
        try:
            async for item in until:
                yield item
        finally:
            await until.aclose()
            self._under_way -= 1
            if not self._under_way:
                self._none_under_way.set()


async def _until(over: asyncio.Event, source: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """The source's items until it ends or `over` is set, also while waiting for the next."""
    called_off = asyncio.ensure_future(over.wait())
    coming: asyncio.Future[T] | None = None
    try:
        while True:
            coming = asyncio.ensure_future(anext(source))
            await asyncio.wait([coming, called_off], return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                raise RestartingError(ENDING)
            try:
                item = coming.result()
            except StopAsyncIteration:
                return
            yield item
    finally:
        called_off.cancel()
        if coming is not None and not coming.done():
            coming.cancel()
            await asyncio.wait([coming])
        await source.aclose()
