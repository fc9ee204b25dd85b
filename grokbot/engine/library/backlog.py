"""Which of Discord's messages are handled, and which are not: openings without a place, messages up to a mark.

Not here: handling them (`discord_bot.inbound`).
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from grokbot.conversation.records.opening import PendingOpening
    from grokbot.engine.context import Context
    from grokbot.engine.turns import TurnRunner

MAX_AGE = timedelta(days=1)
"""Older messages get no answer: nobody waits for one."""


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What a look for missed messages found."""

    places: int
    """Channels, threads and direct messages that were read."""
    messages: int
    """Messages in them that nobody had answered or refused."""
    answered: int
    """Those of them that are answered now."""
    not_allowed: int
    """Places that the bot may not read."""
    unread: int
    """Places that could not be read."""


class Backlog:
    """One for the process."""

    def __init__(self, context: Context, runner: TurnRunner) -> None:
        self._store = context.store
        self._unsaved_facts = runner.unsaved_facts

    async def dealt_with(self, channel_id: int) -> int:
        """The last handled message of a channel whose conversation was deleted; 0 if there is none."""
        return await self._store.watermarks.of_channel(channel_id) or 0

    async def held_lately(self, since: datetime, limit: int) -> Sequence[tuple[int | None, int]]:
        """Server and channel of conversations with activity since then; the latest first."""
        return await self._store.watermarks.active_channels(since, limit)

    async def served(self) -> Mapping[tuple[int, int], int]:
        """The last handled message by shard and by the number of shards at that time."""
        return await self._store.watermarks.served()

    async def note_served(self, marks: Mapping[int, int], shards: int) -> None:
        """Notes the last handled messages by shard, and the number of shards."""
        await self._store.watermarks.note_served(marks, shards)

    @asynccontextmanager
    async def kept(self, wanted: PendingOpening) -> AsyncIterator[None]:
        """Keeps a request for a conversation while the block gives it a place, until that succeeds or fails.

        Only if a stop cuts it off is it still there at the next start.

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
        """Updates the progress of a request in `kept`."""
        await self._store.openings.put(wanted)

    async def openings(self) -> Sequence[PendingOpening]:
        """Requests for conversations that have no place yet, oldest first."""
        return await self._store.openings.all()

    async def _ended(self, wanted: PendingOpening) -> None:
        """A finished request must not begin again at the next start, even if the disk is full now."""
        await self._unsaved_facts.keep(lambda: self._store.openings.end(wanted))
