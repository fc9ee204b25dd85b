"""What Discord has told us, and what of it is still to be dealt with: openings without a place, messages up to a mark.

Not here: dealing with it (`discord_bot.inbound`).
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from grokbot.conversation.records.opening import PendingOpening
    from grokbot.engine.context import Context
    from grokbot.engine.turns import TurnRunner

MAX_AGE = timedelta(days=1)
"""What is older is not answered any more: nobody waits for it."""


class Backlog:
    """One for the process."""

    def __init__(self, context: Context, runner: TurnRunner) -> None:
        self._store = context.store
        self._unsaved_facts = runner.unsaved_facts

    async def dealt_with(self, channel_id: int) -> int:
        """Up to which message of a channel all was dealt with, and is deleted; 0 where nothing was."""
        return await self._store.watermarks.of_channel(channel_id) or 0

    async def held_lately(self, since: datetime, limit: int) -> Sequence[tuple[int | None, int]]:
        """Server and channel of conversations in which something has happened since; the latest first."""
        return await self._store.watermarks.active_channels(since, limit)

    async def served(self) -> Mapping[tuple[int, int], int]:
        """Up to where everything was dealt with, by shard and how many shards there were then."""
        return await self._store.watermarks.served()

    async def note_served(self, marks: Mapping[int, int], shards: int) -> None:
        """Notes up to where messages were dealt with, by shard, and how many shards there are."""
        await self._store.watermarks.note_served(marks, shards)

    @asynccontextmanager
    async def kept(self, wanted: PendingOpening) -> AsyncIterator[None]:
        """What is done inside gives a place to what somebody wants. It is kept until that has ended, well or not.

        Only what a stop cuts off is still there at the next start.

        Raises:
            StoreError: It could not be kept; nothing was done.
        """
        await self._store.openings.put(wanted)
        try:
            yield
        except Exception:
            await self._ended(wanted)
            raise
        await self._ended(wanted)

    async def keep(self, wanted: PendingOpening) -> None:
        """Notes how far something has come that `kept` keeps."""
        await self._store.openings.put(wanted)

    async def openings(self) -> Sequence[PendingOpening]:
        """What was wanted and has no place yet, oldest first."""
        return await self._store.openings.all()

    async def _ended(self, wanted: PendingOpening) -> None:
        """What is over is not to begin again at the next start, even if the disk is full now."""
        await self._unsaved_facts.keep(lambda: self._store.openings.end(wanted))
