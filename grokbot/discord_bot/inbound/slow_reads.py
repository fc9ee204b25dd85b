"""Messages whose files take long leave the queue of their place meanwhile, so that nobody else waits for them.

A message that is deleted meanwhile is not answered; of an edited one, only the newest version is. Not here: reading
(`content.message_reader`), the queues (`channel_queue`).
"""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from grokbot.discord_bot.inbound.channel_queue import ChannelQueues
    from grokbot.engine.turns import Question

PATIENT_SECONDS = 0.7
"""Seconds that later messages of a place wait for a message's files, so that answers keep the order."""


class StillReadingError(Exception):
    """Reading takes long: handle the message again when `reading` is done."""

    def __init__(self, reading: asyncio.Future[Question]) -> None:
        super().__init__()
        self.reading = reading


class SlowReads:
    """Runs slow reads outside the queues; one per bot.

    Args:
        in_order: The queues.
    """

    def __init__(self, queues: ChannelQueues) -> None:
        self._queues = queues
        self._under_way: dict[int, object] = {}

    async def heard(
        self, message_id: int, place: int | None, handle: Callable[[asyncio.Future[Question] | None], Awaitable[bool]]
    ) -> bool:
        """Handles a message in the queue of its place; if reading takes long, again there once it is read.

        Args:
            message_id: The message.
            place: Its queue; None if the caller holds the turn, and keeps it until the message is read.
            handle: Handles it; gets the read that an earlier try began.

        Returns:
            What `handle` returns; False for a dropped message.
        """
        reading: asyncio.Future[Question] | None = None
        this = object()
        try:
            while True:
                async with nullcontext() if place is None else self._queues.turn(place):
                    if reading is not None and self._under_way.get(message_id) is not this:
                        return False
                    try:
                        return await handle(reading)
                    except StillReadingError as still:
                        reading = still.reading
                        self._under_way[message_id] = this
                await asyncio.wait([reading])
        finally:
            if reading is not None:
                reading.cancel()
            if self._under_way.get(message_id) is this:
                del self._under_way[message_id]

    def let_go(self, message_id: int) -> None:
        """Drops the last version of a message if it is still being read: it is not answered."""
        self._under_way.pop(message_id, None)


async def read_soon(
    begin: Callable[[], Coroutine[Any, Any, Question]], reading: asyncio.Future[Question] | None
) -> Question:
    """What a message says, if that is known soon.

    Args:
        begin: Begins to read it.
        reading: The read that an earlier try began, if it took long.

    Raises:
        StillReadingError: Reading takes long.
        StoreError: The database could not say who may be read.
    """
    if reading is None:
        reading = asyncio.ensure_future(begin())
        try:
            await asyncio.wait([reading], timeout=PATIENT_SECONDS)
        except asyncio.CancelledError:
            reading.cancel()
            raise
    if not reading.done():
        raise StillReadingError(reading)
    return reading.result()
