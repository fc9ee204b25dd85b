"""Sessions of the connection, from a shard's first event on: what was missed is read before what comes now.

Not here: reading it (`backfill`), how far a session is (`shard_marks`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.discord_bot.inbound.backlog.backfill import Backfill
from grokbot.discord_bot.inbound.backlog.kept_openings import begin_openings
from grokbot.discord_bot.inbound.backlog.shard_marks import Session, ShardMarks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import discord

    from grokbot.conversation.records.opening import PendingOpening
    from grokbot.discord_bot.client import Client
    from grokbot.discord_bot.inbound.channel_queue import ChannelQueues
    from grokbot.discord_bot.inbound.in_flight import InFlight

log = logging.getLogger(__name__)

MARKED_AFTER = 5.0
"""Seconds between two notes of up to where everything was heard. What came since the last is looked at again."""

GREETED_AFTER = 60.0
"""So many seconds after a shard's connection what people say is let in, if discord.py has not called it ready: that is
lost where another shard begins anew in that moment."""


class Sessions:
    """One for the bot.

    Args:
        bot: The connection.
        queues: What is said now waits in them for what was missed.
        in_flight: Keeps the openings that are begun again.
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
        """Reads what the process before this one left.

        Raises:
            StoreError: It could not be read.
        """
        self._marks.load(await self._bot.engine.backlog.served())
        self._openings = await self._bot.engine.backlog.openings()

    def connected(self, shard_id: int) -> None:
        """Begins a session that replays nothing: what it brings waits until what was missed stands ahead of it."""
        self._marks.begins(shard_id, self._bot.shard_count or 1)
        asyncio.get_running_loop().call_later(GREETED_AFTER, self._marks.of(shard_id).ahead.set)

    async def ready(self, shard_id: int) -> None:
        """Reads what was missed in the servers of a shard that are there now."""
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
        """Notes from where a server is to be read once it is back: what is said there is not told to us."""
        self._behind[guild.id] = self._marks.of(guild.shard_id).since

    async def guild_back(self, guild: discord.Guild) -> None:
        """Reads what was missed in a server that was away."""
        await self.stands_ahead(guild.id)  # until then it may be among those that the shard begins with
        if guild.id in self._behind:
            self.begin_openings()
            session, since = self._marks.of(guild.shard_id), self._behind.pop(guild.id)
            session.ahead.clear()
            try:
                await self._backfill.catch_up(session, [guild], since, direct=False)
            finally:
                session.ahead.set()

    def of(self, guild_id: int | None) -> Session:
        """The session that brings what happens in a server, or in direct messages."""
        return self._marks.of((guild_id >> 22) % (self._bot.shard_count or 1) if guild_id is not None else 0)

    async def stands_ahead(self, guild_id: int | None) -> None:
        """Waits until what was missed in a server, or in direct messages, stands in line ahead of what comes now."""
        await self.of(guild_id).ahead.wait()

    def begin_openings(self) -> None:
        """Begins what was wanted at the last stop, but for what is in servers that are away: it waits for them."""
        away = {guild.id for guild in self._bot.guilds if guild.unavailable}
        left, self._openings = self._openings, [each for each in self._openings if each.guild_id in away]
        here = [each for each in left if each.guild_id not in away]
        self._in_flight.begin(begin_openings(self._bot, here), "openings")

    async def mark_now_and_then(self) -> None:
        """Notes up to where everything was dealt with, but not for each message of a busy server."""
        now = asyncio.get_running_loop().time()
        if now - self._marked_at >= MARKED_AFTER:
            self._marked_at = now
            await self.note_marks()

    async def note_marks(self) -> None:
        """Notes up to where everything was dealt with, if that has changed."""
        marks = self._marks.news()
        if marks:
            try:
                await self._bot.engine.backlog.note_served(marks, self._bot.shard_count or 1)
            except StoreError:
                log.warning("discord.marks_unsaved", exc_info=True)
            else:
                self._marks.noted(marks)
