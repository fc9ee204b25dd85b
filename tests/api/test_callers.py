"""What is left of callers that called once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from grokbot.api.calls.callers import MOST_READ, Callers
from grokbot.policy.actor import Actor, ActorKind
from tests.alive import alive

if TYPE_CHECKING:
    from grokbot.api.calls.unauthenticated import AnonymousCalls


async def test_the_requests_of_a_caller_wait_for_each_other_and_leave_nothing_behind() -> None:
    async def nobody(_: str) -> Actor | None:
        return None

    callers = Callers(nobody, lambda _: True, lambda: 0, cast("AnonymousCalls", None))
    before = alive(asyncio.Semaphore)
    read = most = 0

    async def reads(caller_id: int) -> None:
        nonlocal read, most
        caller = Actor(id=caller_id, name="", kind=ActorKind.KEY, key_id="1")
        async with callers.reading(caller):
            read += 1
            most = max(most, read)
            await asyncio.sleep(0)
            read -= 1

    await asyncio.gather(*(reads(1) for _ in range(3 * MOST_READ)))
    assert most == MOST_READ
    for caller_id in range(20):
        await reads(caller_id)
    assert alive(asyncio.Semaphore) == before
