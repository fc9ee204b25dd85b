"""One queue for each channel: first come first served there, nobody waits for another channel, nothing is kept."""

from __future__ import annotations

import asyncio

import pytest

from grokbot.discord_bot.inbound import ChannelQueues


async def test_one_channel_is_served_in_order_and_another_does_not_wait() -> None:
    queues = ChannelQueues()
    served: list[str] = []
    gate = asyncio.Event()

    async def deal(channel: int, name: str, wait: asyncio.Event | None = None) -> None:
        async with queues.turn(channel):
            if wait is not None:
                await wait.wait()
            served.append(name)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(deal(1, "first", gate))
        for name in ("second", "third"):
            tasks.create_task(deal(1, name))
        await tasks.create_task(deal(2, "elsewhere"))
        assert served == ["elsewhere"]
        gate.set()
    assert served == ["elsewhere", "first", "second", "third"]
    assert len(queues) == 0


async def test_a_queue_comes_free_whatever_happens_in_it() -> None:
    queues = ChannelQueues()
    with pytest.raises(ValueError, match="dealt"):
        async with queues.turn(1):
            raise ValueError("while it was dealt with")

    async def stay() -> None:
        async with queues.turn(1):
            await asyncio.Event().wait()

    holder, waiter = asyncio.create_task(stay()), asyncio.create_task(stay())
    await asyncio.sleep(0)
    assert len(queues) == 1
    for task in (waiter, holder):
        task.cancel()
    await asyncio.wait([holder, waiter])
    assert len(queues) == 0
