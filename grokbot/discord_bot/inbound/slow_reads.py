"""Messages whose files take long leave the queue of their place meanwhile, so that nobody else waits for them.

A message that is deleted meanwhile is not answered, and of one that is edited only the newest wording is. Not here:
reading (`content.message_reader`), the queues (`channel_queue`).
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
"""For so long what comes later in a place waits for a message's files, so that it is answered after them."""


class StillReadingError(Exception):
    """It takes long to read a message: it is to be heard again when `reading` is done."""

    def __init__(self, reading: asyncio.Future[Question]) -> None:
        super().__init__()
        self.reading = reading


class SlowReads:
    """One for the bot.

    Args:
        in_order: The queues.
    """

    def __init__(self, queues: ChannelQueues) -> None:
        self._queues = queues
        self._under_way: dict[int, object] = {}

    async def heard(
        self, message_id: int, place: int | None, handle: Callable[[asyncio.Future[Question] | None], Awaitable[bool]]
    ) -> bool:
        """Has a message heard in the queue of its place, and again there once it is read if that takes long.

        Args:
            message_id: The message.
            place: Where; None where its turn there is held already, and is kept until it is read.
            handle: Deals with it; is given what a first time began to read.

        Returns:
            What `handle` gives; False for a message that is let go.
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
        """What a message said when it was last heard is not to be answered any more, if it is still being read."""
        self._under_way.pop(message_id, None)


async def read_soon(
    begin: Callable[[], Coroutine[Any, Any, Question]], reading: asyncio.Future[Question] | None
) -> Question:
    """What a message says, if that is known soon.

    Args:
        begin: Begins to read it.
        reading: What that gave a first time, if it took long.

    Raises:
        StillReadingError: It is not known soon.
        StoreError: It could not be found out who may be read.
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
