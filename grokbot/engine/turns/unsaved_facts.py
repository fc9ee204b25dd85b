"""Facts about Discord that the database could not save: kept in memory until it can.

Without them the next start would send existing messages again, and begin again what is over. Not here: the ends of
turns, which wait at their locks (`runner`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.process.backoff import Backoff
from grokbot.process.turn_id import of_turn
from grokbot.store import RowRefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

AGAIN_SECONDS = 5.0
"""The first pause before another try; each further one is twice as long."""

AGAIN_SECONDS_MOST = 30.0


class UnsavedFacts:
    """One for the process. Late writes keep their order."""

    def __init__(self) -> None:
        self._owed: deque[Callable[[], Awaitable[None]]] = deque()
        self._paying = asyncio.Lock()
        self._again: asyncio.Task[None] | None = None
        self.again_seconds = AGAIN_SECONDS

    def __len__(self) -> int:
        return len(self._owed)

    async def keep(self, write: Callable[[], Awaitable[None]]) -> None:
        """Saves something, now or as soon as possible. Saving it twice must change nothing."""
        if not self._owed:
            try:
                await _written(write)
            except StoreError as trouble:
                log.warning("discord.fact_owed trouble=%s", trouble)
            else:
                return
        self._owed.append(write)
        if self._again is None:
            with of_turn(""):  # it saves others' facts, too
                self._again = asyncio.create_task(self._try_again(), name="arrears")

    async def settle(self) -> None:
        """Saves all that is pending.

        Raises:
            StoreError: That is not possible yet.
        """
        async with self._paying:
            while self._owed:
                await _written(self._owed[0])
                self._owed.popleft()

    async def close(self) -> None:
        """Tries for the last time."""
        if self._again is not None:
            self._again.cancel()
            await asyncio.wait([self._again])
        try:
            await self.settle()
        except StoreError:
            log.exception("discord.facts_lost facts=%d", len(self._owed))

    async def _try_again(self) -> None:
        backoff = Backoff(self.again_seconds, AGAIN_SECONDS_MOST)
        while self._owed:
            await asyncio.sleep(backoff.pause())
            try:
                await self.settle()
            except StoreError:
                log.warning("discord.facts_owed facts=%d", len(self._owed))
        self._again = None


async def _written(write: Callable[[], Awaitable[None]]) -> None:
    try:
        await write()
    except RowRefusedError:  # what it is about is gone
        log.exception("discord.fact_refused")
