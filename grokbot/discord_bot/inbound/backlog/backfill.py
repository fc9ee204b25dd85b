"""After a connection that replays nothing: reads what people said meanwhile, and handles it in its place.

At the start of a connection Discord names the last message of every channel and thread, so only those with something
new are read. Of direct messages, only known channels are read. If a lost database answered, our own messages show it:
their buttons name answers that this database does not know. Not here: what one shard has missed (`missed`,
`shard_marks`), how a message is handled (`inbound.messages`), answers that a stop interrupted
(`engine.turns.recovery`).
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import discord

from grokbot.conversation.errors import StoreError
from grokbot.discord_bot.answers import is_strange
from grokbot.discord_bot.content import mentions
from grokbot.discord_bot.inbound.backlog.missed import Missed
from grokbot.discord_bot.inbound.backlog.shard_marks import Session
from grokbot.discord_bot.inbound.backlog.writers import Writers
from grokbot.discord_bot.rate_limits import PATIENCE, SEND_ERRORS, Fate, Kind, Rank, fate_of, in_short, retry_request
from grokbot.discord_bot.threads import channel_ways
from grokbot.engine.library.backlog import MAX_AGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from grokbot.discord_bot.client import Client
    from grokbot.discord_bot.inbound.channel_queue import ChannelQueues

log = logging.getLogger(__name__)

A_PAGE = 100
"""Messages that one request returns (Discord's documentation)."""

MOST = 500
"""Most messages of one place to look at, the newest."""

AT_ONCE = 8
"""Places that are read at the same time: people who write now need requests, too."""

LATELY = timedelta(days=14)
MOST_PLACES = 200
"""The most direct messages and archived threads to read, chosen by recent activity. Discord does not name the last
message of these: each costs a request, whether it has something new or not."""

SAID = frozenset({discord.MessageType.default, discord.MessageType.reply})
"""What people write; the rest is Discord's own."""

JUST_NOW = timedelta(seconds=10)
"""Messages so new are handled as they come: their events are on the way."""

SHORTEST_ARCHIVE = timedelta(hours=1)
"""A shorter absence misses nothing in a thread that is archived by now: writing there would have reopened it."""

Readable = discord.abc.Messageable
Channel: TypeAlias = discord.TextChannel | discord.VoiceChannel


class Backfill:
    """Reads and handles missed messages; one per bot.

    Args:
        bot: The connection; handles each message.
        queues: New messages wait in them for the missed ones of their place.
    """

    def __init__(self, bot: Client, queues: ChannelQueues) -> None:
        self._bot = bot
        self._engine = bot.engine
        self._traffic = bot.traffic
        self._queues = queues
        self._reading = asyncio.Semaphore(AT_ONCE)
        self._writers = Writers()

    async def catch_up(
        self, session: Session, guilds: Sequence[discord.Guild], since: int | None, *, direct: bool
    ) -> int:
        """Handles what was missed in these servers, and in direct messages.

        Returns once all of it is handled; new messages are let in once it is queued ahead of them. What cannot be read
        is logged and left: a person can say it again.

        Args:
            session: The one that brings new messages.
            guilds: As Discord named them at the start of the session.
            since: The message after which something may have been missed; None if nothing is known.
            direct: Whether the session brings direct messages.

        Returns:
            The newest message that Discord has named.
        """
        oldest = discord.utils.time_snowflake(discord.utils.utcnow() - MAX_AGE)
        missed = Missed(session, since, direct, oldest)
        return await self._catch_up(missed, guilds)

    async def look_again(
        self, session: Session, guilds: Sequence[discord.Guild], since: int, place_id: int | None, *, direct: bool
    ) -> Mapping[str, int]:
        """The same, because the operator wants it, while new messages go their way. Returns what was found.

        Messages that are being handled, and those of the last seconds, are left to that.

        Args:
            session: The one that brings new messages.
            guilds: Where to look.
            since: The message after which to look.
            place_id: Look in this channel and its threads, or this thread or direct messages, alone; None: everywhere.
            direct: Whether to look in direct messages, too.
        """
        beside = Session(since, came=session.under_way)
        until = discord.utils.time_snowflake(discord.utils.utcnow() - JUST_NOW)
        missed = Missed(beside, since, direct, since, place_id, until)
        await self._catch_up(missed, guilds)
        return missed.count

    async def _catch_up(self, missed: Missed, guilds: Sequence[discord.Guild]) -> int:
        session = missed.session
        places = [place for guild in guilds for place in _named(guild) if missed.is_wanted(place)]
        newest = max((place.last_message_id or 0 for place in places), default=0)
        new = [place for place in places if (place.last_message_id or 0) > missed.after and missed.may_read(place)]
        threads: list[Readable] = [place for place in new if isinstance(place, discord.Thread)]
        try:
            threads += await self._holding(new)
            unnamed = await self._unnamed(missed, guilds)
            threads += [place for place in unnamed if missed.is_wanted(place)]
        except StoreError:
            log.warning("discord.channels_unknown", exc_info=True)
        missed.own_left = len(threads)
        others = [place for place in new if place not in threads]
        tasks = [asyncio.create_task(self._in_thread(missed, thread)) for thread in threads]
        tasks += [asyncio.create_task(self._in_channel(missed, channel)) for channel in others]
        if not threads:
            missed.own_read.set()
        await asyncio.sleep(0)  # now all of it is queued
        session.ahead.set()
        try:
            await asyncio.gather(*tasks)
        except asyncio.CancelledError:  # a stop: the next start finds it
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
            raise
        self._writers.forget()
        if tasks:
            missed.tell()
        return newest

    async def _holding(self, new: Sequence[discord.Thread | Channel]) -> Sequence[Readable]:
        """The channels where conversations stand in the channel itself: messages have an order there, as in a thread.

        Raises:
            StoreError: The settings could not be read.
        """
        servers = await self._engine.moderation.settings.switched_on("in_channel")
        possible = [each for each in new if not isinstance(each, discord.Thread) and each.guild.id in servers]
        return [each for each in possible if (await channel_ways(self._engine, each)).in_channel]

    async def _unnamed(self, missed: Missed, guilds: Sequence[discord.Guild]) -> Sequence[Readable]:
        """Known direct messages, and threads that were archived meanwhile, if the absence was long enough."""
        now = discord.utils.utcnow()
        long_away = missed.since and now - discord.utils.snowflake_time(missed.since) > SHORTEST_ARCHIVE
        archived_in = {guild.id: guild for guild in guilds} if long_away else {}
        found: list[Readable] = []
        for guild_id, channel_id in await self._engine.backlog.held_lately(now - LATELY, 5 * MOST_PLACES):
            if guild_id is None and missed.direct:
                direct = discord.ChannelType.private
                found.append(self._bot.get_partial_messageable(channel_id, type=direct))
            elif guild_id in archived_in and archived_in[guild_id].get_channel_or_thread(channel_id) is None:
                found.append(self._bot.get_partial_messageable(channel_id, guild_id=guild_id))
        missed.count["places_left_out"] += max(0, len(found) - MOST_PLACES)
        return found[:MOST_PLACES]

    async def _in_thread(self, missed: Missed, thread: Readable) -> None:
        """Handles a thread, or direct messages, while new messages there wait."""
        channel_id: int = thread.id  # type: ignore[attr-defined] # all of them have one
        try:
            async with self._queues.turn(channel_id):
                try:
                    own = not isinstance(thread, discord.Thread) or await self._is_own(thread)
                    found = await self._read(missed, thread, missed.after) if own else []
                    stood = await self._stood(found)
                    missed.stood = max(missed.stood, stood)
                    if own and not stood:
                        found = [*await self._opener(missed, thread), *found]
                finally:
                    missed.read_one()
                if not own:
                    await missed.own_were_read()
                    after = missed.elsewhere_after
                    found = await self._read(missed, thread, after) if after is not None else []
                    stood = await self._stood(found)
                dealt_with = max(stood, await self._engine.backlog.dealt_with(channel_id))
                own = own or (await channel_ways(self._engine, thread, channel_id)).every_message
                await self._handle_all(missed, [m for m in found if m.id > dealt_with], own=own, held=True)
        except Exception:
            log.exception("discord.not_caught_up channel=%d", channel_id)
            missed.count["unread"] += 1

    async def _opener(self, missed: Missed, thread: Readable) -> Sequence[discord.Message]:
        """The mention above a thread of ours without an answer, which was made for a database that was lost.

        It has the thread's own id. If it is known how far we had listened, reading the channel finds it.
        """
        if missed.since is not None or not isinstance(thread, discord.Thread) or thread.id <= missed.oldest:
            return ()
        if not isinstance(thread.parent, discord.TextChannel) or await self._engine.places.conversation_in(thread.id):
            return ()
        parent = thread.parent
        await self._traffic.channel(parent.id).turn(Kind.OTHER, rank=lambda: Rank.TEXT)
        try:
            return [await retry_request(lambda: parent.fetch_message(thread.id), "opener", seconds=PATIENCE)]
        except SEND_ERRORS as error:
            log.info("discord.not_read channel=%d error=%s", parent.id, in_short(error))
            return ()

    async def _in_channel(self, missed: Missed, channel: Readable) -> None:
        """Handles a channel where threads begin; new messages there do not wait."""
        await missed.own_were_read()
        after = missed.elsewhere_after
        if after is None or (channel.last_message_id or 0) <= after:  # type: ignore[attr-defined] # only those that have one are named
            return
        try:
            every = (await channel_ways(self._engine, channel)).every_message
            await self._handle_all(missed, await self._read(missed, channel, after), own=every, held=False)
        except Exception:
            log.exception("discord.not_caught_up channel=%d", channel.id)  # type: ignore[attr-defined] # all have one
            missed.count["unread"] += 1

    async def _is_own(self, thread: discord.Thread) -> bool:
        own = thread.owner_id == self._bot.own_id
        return own or await self._engine.places.conversation_in(thread.id) is not None

    async def _read(self, missed: Missed, channel: Readable, after: int) -> list[discord.Message]:
        """The messages in a place after a given one, the oldest first."""
        found: list[discord.Message] = []
        missed.count["places"] += 1
        while True:
            before = found[-1] if found else None
            try:
                page = await retry_request(lambda: self._page(channel, before), "history", seconds=PATIENCE)  # noqa: B023 - made at once
            except SEND_ERRORS as error:
                why = "not_allowed" if fate_of(error) in (Fate.BARRED, Fate.CHANNEL_GONE) else "unread"
                missed.count[why] += 1
                log.info("discord.not_read channel=%d error=%s", channel.id, in_short(error))  # type: ignore[attr-defined] # all have one
                return found[::-1]
            found += [message for message in page if message.id > after]
            if len(page) < A_PAGE or page[-1].id <= after:
                return found[::-1]
            if len(found) >= MOST:
                missed.count["places_too_full"] += 1
                return found[::-1]

    async def _page(self, channel: Readable, before: discord.Message | None) -> list[discord.Message]:
        async with self._reading:
            await self._traffic.channel(channel.id).turn(Kind.OTHER, rank=lambda: Rank.TEXT)  # type: ignore[attr-defined] # all have one
            return [message async for message in channel.history(limit=A_PAGE, before=before)]

    async def _stood(self, found: Sequence[discord.Message]) -> int:
        """The newest of our answers among these that the database does not know; 0 if there is none."""
        for message in reversed(found):
            if message.author.id == self._bot.own_id and await is_strange(self._engine, message):
                return message.id
        return 0

    async def _handle_all(self, missed: Missed, found: Sequence[discord.Message], *, own: bool, held: bool) -> None:
        own_id = self._bot.own_id
        replied = {m.reference.message_id for m in found if m.author.id == own_id and m.reference is not None}
        new = [m for m in found if m.author.id != own_id and m.id not in replied]
        missing = [m for m in new if not missed.comes_by_itself(m.id) and (own or mentions(m, own_id))]
        if held:
            for message in missing:
                missed.count["answered"] += await self._heard(missed, message, held=True)
        else:
            missed.count["answered"] += sum(
                await asyncio.gather(*(self._heard(missed, m, held=False) for m in missing))
            )

    async def _heard(self, missed: Missed, message: discord.Message, *, held: bool) -> bool:
        if not held and await self._engine.backlog.dealt_with(message.id):  # in the thread under it, and was deleted
            return False
        if await self._engine.places.response_at(message.id) is not None:  # answered, or soon answered
            return False
        missed.count["messages"] += message.type in SAID
        return await self._writers.are_here(message) and await self._bot.handle(message, held=held)


def _named(guild: discord.Guild) -> Iterator[discord.Thread | Channel]:
    """The threads and channels of a server that can hold messages; each knows its last message."""
    yield from guild.threads
    yield from guild.text_channels
    yield from guild.voice_channels
