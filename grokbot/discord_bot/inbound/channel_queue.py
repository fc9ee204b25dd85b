"""Handles events of one channel in their order; channels do not wait for each other.

Not here: turns of a conversation (`engine`): this is about events before that.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(slots=True)
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class ChannelQueues:
    """One queue for each channel with events in progress."""

    def __init__(self) -> None:
        self._queues: dict[int, _Queue] = {}

    def __len__(self) -> int:
        return len(self._queues)

    @asynccontextmanager
    async def turn(self, channel_id: int) -> AsyncIterator[None]:
        """Waits for earlier events of the same channel. An empty queue is dropped."""
        queue = self._queues.setdefault(channel_id, _Queue())
        queue.users += 1
        try:
            async with queue.lock:
                yield
        finally:
            queue.users -= 1
            if queue.users == 0:
                del self._queues[channel_id]
