"""Sessions of the connection, from a shard's first event on: missed messages are read before new ones.

Not here: reading them (`backfill`), how far a session is (`shard_marks`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.discord_bot.inbound.backlog.backfill import Backfill
from grokbot.discord_bot.inbound.backlog.kept_openings import begin_openings
from grokbot.discord_bot.inbound.backlog.shard_marks import Session, ShardMarks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import discord

    from grokbot.conversation.records.opening import PendingOpening
    from grokbot.discord_bot.client import Client
    from grokbot.discord_bot.inbound.channel_queue import ChannelQueues
    from grokbot.discord_bot.inbound.in_flight import InFlight

log = logging.getLogger(__name__)

MARKED_AFTER = 5.0
"""Seconds between two notes of how far everything was handled. A start looks again at what came after the last."""

GREETED_AFTER = 60.0
"""Seconds after a shard's connection when new messages are let in, if discord.py has not called it ready: that event is
lost if another shard starts a new session at that moment."""


class Sessions:
    """The sessions of all shards; one per bot.

    Args:
        bot: The connection.
        queues: New messages wait in them for missed ones.
        in_flight: Keeps the tasks of openings that are begun again.
    """

    def __init__(self, bot: Client, queues: ChannelQueues, in_flight: InFlight) -> None:
        self._bot = bot
        self._in_flight = in_flight
        self._backfill = Backfill(bot, queues)
        self._marks = ShardMarks()
        self._behind: dict[int, int | None] = {}
        self._marked_at = float("-inf")
        self._openings: Sequence[PendingOpening] = ()

    async def load(self) -> None:
        """Reads what the last process left.

        Raises:
            StoreError: It could not be read.
        """
        self._marks.load(await self._bot.engine.backlog.served())
        self._openings = await self._bot.engine.backlog.openings()

    def connected(self, shard_id: int) -> None:
        """Begins a session that replays nothing: its messages wait until the missed ones are queued ahead of them."""
        self._marks.begins(shard_id, self._bot.shard_count or 1)
        asyncio.get_running_loop().call_later(GREETED_AFTER, self._marks.of(shard_id).ahead.set)

    async def ready(self, shard_id: int) -> None:
        """Reads what was missed in the servers of a shard that are available now."""
        session = self._marks.of(shard_id)
        guilds = [guild for guild in self._bot.guilds if guild.shard_id == shard_id]
        self._behind |= {g.id: self._behind.get(g.id, session.since) for g in guilds if g.unavailable}
        here = [guild for guild in guilds if not guild.unavailable]
        for guild in here:
            self._behind.pop(guild.id, None)
        try:
            session.over(await self._backfill.catch_up(session, here, session.since, direct=shard_id == 0))
        finally:
            session.ahead.set()

    def guild_away(self, guild: discord.Guild) -> None:
        """Notes from where to read a server once it is back: until then Discord sends none of its messages."""
        self._behind[guild.id] = self._marks.of(guild.shard_id).since

    async def guild_back(self, guild: discord.Guild) -> None:
        """Reads what was missed in a server that was unavailable."""
        await self.stands_ahead(guild.id)  # until then it may be among those that the shard begins with
        if guild.id in self._behind:
            self.begin_openings()
            session, since = self._marks.of(guild.shard_id), self._behind.pop(guild.id)
            session.ahead.clear()
            try:
                await self._backfill.catch_up(session, [guild], since, direct=False)
            finally:
                session.ahead.set()

    async def look_again(self, place_id: int | None, since: int) -> Mapping[str, int]:
        """Looks for missed messages once more; the backfill of the connection itself is over.

        Args:
            place_id: A channel with its threads, a thread, or direct messages; None: everywhere.
            since: The message after which to look.

        Returns:
            What was found, as `Missed` counts it.
        """
        found: Counter[str] = Counter()
        for shard_id in range(self._bot.shard_count or 1):
            guilds = [guild for guild in self._bot.guilds if guild.shard_id == shard_id and not guild.unavailable]
            session = self._marks.of(shard_id)
            await session.ahead.wait()
            found += Counter(await self._backfill.look_again(session, guilds, since, place_id, direct=shard_id == 0))
        return found

    def of(self, guild_id: int | None) -> Session:
        """The session that brings the events of a server, or of direct messages."""
        return self._marks.of((guild_id >> 22) % (self._bot.shard_count or 1) if guild_id is not None else 0)

    async def stands_ahead(self, guild_id: int | None) -> None:
        """Waits until missed messages of a server, or of direct messages, are queued ahead of new ones."""
        await self.of(guild_id).ahead.wait()

    def begin_openings(self) -> None:
        """Begins the openings of the last stop; those of unavailable servers wait for them."""
        away = {guild.id for guild in self._bot.guilds if guild.unavailable}
        left, self._openings = self._openings, [each for each in self._openings if each.guild_id in away]
        here = [each for each in left if each.guild_id not in away]
        self._in_flight.begin(begin_openings(self._bot, here), "openings")

    async def mark_now_and_then(self) -> None:
        """Notes how far everything was handled, but not for each message of a busy server."""
        now = asyncio.get_running_loop().time()
        if now - self._marked_at >= MARKED_AFTER:
            self._marked_at = now
            await self.note_marks()

    async def note_marks(self) -> None:
        """Notes how far everything was handled, if that has changed."""
        marks = self._marks.news()
        if marks:
            try:
                await self._bot.engine.backlog.note_served(marks, self._bot.shard_count or 1)
            except StoreError:
                log.warning("discord.marks_unsaved", exc_info=True)
            else:
                self._marks.noted(marks)
