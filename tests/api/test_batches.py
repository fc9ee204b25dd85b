"""What comes close together goes in one message; nothing is lost, held back for good, or left running."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from grokbot.api.services.batches import MOST_SECONDS, gathered, gathering_seconds

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Source:
    """Numbers, as many as there are, each when it is told to come."""

    def __init__(self, numbers: int, error: Exception | None = None) -> None:
        self.next = asyncio.Semaphore(0)
        self.closed = False
        self._numbers = numbers
        self._error = error

    async def run(self) -> AsyncGenerator[int, None]:
        try:
            for number in range(self._numbers):
                await self.next.acquire()
                yield number
            if self._error:
                raise self._error
        finally:
            await asyncio.sleep(0)
            self.closed = True

    def come(self, numbers: int) -> None:
        for _ in range(numbers):
            self.next.release()


def test_one_answer_waits_for_next_to_nothing_and_a_thousand_not_for_long() -> None:
    assert gathering_seconds(1) < 0.001
    assert gathering_seconds(100) == 0.05
    assert gathering_seconds(100_000) == MOST_SECONDS


async def test_the_first_goes_by_itself_and_what_comes_meanwhile_goes_together() -> None:
    source = Source(5)
    async with aclosing(gathered(source.run(), lambda: 0.05)) as joined:
        source.come(1)
        assert await anext(joined) == [0]
        source.come(3)
        assert await anext(joined) == [1, 2, 3]
        source.come(1)
        assert [more async for more in joined] == [[4]]
    assert source.closed


async def test_the_end_is_not_waited_out() -> None:
    source = Source(2)
    source.come(2)
    async with asyncio.timeout(30):
        assert [one async for more in gathered(source.run(), lambda: 3600.0) for one in more] == [0, 1]


async def test_what_came_before_a_failure_is_told_before_it() -> None:
    source = Source(2, ValueError("broken"))
    source.come(2)
    came: list[int] = []

    async def read() -> None:
        async for more in gathered(source.run(), lambda: 3600.0):
            came.extend(more)

    with pytest.raises(ValueError, match="broken"):
        await read()
    assert came == [0, 1]


async def test_nothing_at_all_comes_to_its_end() -> None:
    assert [more async for more in gathered(Source(0).run(), lambda: 3600.0)] == []


async def test_closing_it_has_closed_the_source() -> None:
    source = Source(5)
    source.come(1)
    joined = gathered(source.run(), lambda: 0.0)
    assert await anext(joined) == [0]
    await joined.aclose()
    assert source.closed
    assert len(asyncio.all_tasks()) == 1


async def test_cancelling_whoever_reads_it_has_closed_the_source() -> None:
    source = Source(5)

    async def read() -> None:
        async with aclosing(gathered(source.run(), lambda: 0.0)) as joined:
            async for _ in joined:
                pass

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert len(asyncio.all_tasks()) == 1
