"""Handles a person's message: it means nothing, is a turn, or begins a conversation.

Not here: whether it is for us (`content.triggers`), the events and their order (`bot`), commands (`commands`).
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.errors import AlreadyKnownError
from grokbot.conversation.records.opening import PendingOpening
from grokbot.conversation.response import Conversation
from grokbot.conversation.text import in_language
from grokbot.discord_bot.content import NearbyMessages, Verdict, from_person, heard, mentions, verdict
from grokbot.discord_bot.inbound.openings import answered_in, opened_apart
from grokbot.discord_bot.inbound.slow_reads import read_soon
from grokbot.discord_bot.members import writer_of
from grokbot.discord_bot.notices import NotReadError, reply, try_to_say
from grokbot.discord_bot.notices.texts.answer_text import MENTION_NEEDED, NO_DIRECT_MESSAGES
from grokbot.discord_bot.rate_limits import PATIENCE, retry_request
from grokbot.discord_bot.threads import around, channel_ways, thread_wishes, threads
from grokbot.engine.admission import NOT_READ, Opening
from grokbot.policy.places import NotYoursError

if TYPE_CHECKING:
    import asyncio

    from grokbot.discord_bot.client import Client
    from grokbot.discord_bot.content import MessageReader
    from grokbot.discord_bot.threads import ThreadWishes
    from grokbot.engine.engine import Engine
    from grokbot.engine.turns import Question

log = logging.getLogger(__name__)

SILENCE = timedelta(hours=1)
"""Where every message is answered in the channel, a person's next message after so long begins a new conversation."""

HOLDING = (discord.Thread, discord.DMChannel, discord.PartialMessageable)
"""Where conversations can be: threads and direct messages. A channel that discord.py knows only in part is also a
thread, one that was archived at the start of the connection."""


class MessageHandler:
    """Passes people's messages to the engine.

    Args:
        bot: The connection.
        reader: Reads messages.
    """

    def __init__(self, bot: Client, reader: MessageReader) -> None:
        self._bot = bot
        self._nearby = NearbyMessages(bot)
        self._engine = bot.engine
        self._traffic = bot.traffic
        self._reader = reader
        self._sees_all = bot.intents.message_content

    async def handle(self, message: discord.Message, reading: asyncio.Future[Question] | None = None) -> bool:
        """Handles one message.

        Args:
            message: The message.
            reading: The result of an earlier try, if reading took long.

        Returns:
            Whether it was for us, and is answered.

        Raises:
            StillReadingError: Reading takes long; nothing is done yet.
            GrokbotError: Why it is not answered, for its writer.
            AlreadyKnownError: It was handled before.
            discord.DiscordException, aiohttp.ClientError, OSError: Discord refused a request that the answer needs.
        """
        if not from_person(message):  # before anything that may fail: what we say about a failure is a message, too
            return False
        opted_out = self._engine.privacy.opted_out
        if await opted_out(message.author.id, message.created_at):
            # A start finds messages from before the end of an opt-out; nobody waits for them.
            if (message.guild is None or mentions(message, self._bot.own_id)) and await opted_out(message.author.id):
                raise NotReadError(NOT_READ)
            return False
        conversation = await self._held_in(message.channel)
        ways = await channel_ways(self._engine, message.channel, message.id)
        said = heard(message, self._bot.own_id, conversation, sees_all=self._sees_all)
        replied = await self._replied_to(message) if ways.in_channel else None
        said = replace(
            said, every_message=ways.every_message, in_channel=ways.in_channel, continues=replied is not None
        )
        what = verdict(said, answer_direct_messages=self._bot.settings.answer_direct_messages)
        # Those who may not begin a conversation just talk there, without a mention.
        silent = (NotYoursError,) if said.every_message and not (said.mentions_us or said.continues) else ()
        with suppress(*silent):
            match what:
                case Verdict.LEAVE:
                    return False
                case Verdict.NO_DIRECT:
                    await reply(self._traffic, message, NO_DIRECT_MESSAGES)
                    return False
                case Verdict.GO_ON if conversation is not None:
                    asked = await read_soon(lambda: self._read(message, conversation), reading)
                    await self._engine.turns.ask(asked, conversation)
                    await self._tell_unread(message, asked)
                case Verdict.OPEN_THREAD:
                    await self._open_thread(message)
                case Verdict.IN_CHANNEL:
                    await self._answer_in_channel(message, replied, reading, called=said.mentions_us)
                case _:
                    where = _opening_here(message, self._bot.own_id)
                    asked = await read_soon(lambda: self._read(message), reading)
                    await self._engine.turns.ask(asked, where)
                    await self._tell_unread(message, asked)
                    if where.guild_id is not None and not where.mention_only:
                        await self.say_that_mentions_are_needed(message.channel, message.id)
        return True

    async def _answer_in_channel(
        self,
        message: discord.Message,
        replied: tuple[Conversation, str] | None,
        reading: asyncio.Future[Question] | None,
        *,
        called: bool,
    ) -> None:
        """A reply goes on from there and a mention begins anew; anything else goes on with the writer's last one."""
        threads.check_writable(message.channel)
        if replied is not None:
            where: Conversation | Opening
            where, below = replied
        else:
            last = None if called else await self._last_of(message)
            where, below = last or _opening_here(message, self._bot.own_id, in_channel=True), None
        held = where if isinstance(where, Conversation) else None
        asked = await read_soon(lambda: self._read(message, held, called=called), reading)
        await self._engine.turns.ask(asked, where, below)
        await self._tell_unread(message, asked)

    async def _replied_to(self, message: discord.Message) -> tuple[Conversation, str] | None:
        """The conversation of this channel that a message replies to, and the response in it."""
        reference = message.reference if message.type is discord.MessageType.reply else None
        if reference is None or reference.message_id is None:
            return None
        return await self._engine.places.conversation_at(reference.message_id, message.channel.id)

    async def _last_of(self, message: discord.Message) -> Conversation | None:
        """The writer's last conversation in a channel, unless they have been silent for long."""
        since = message.created_at - SILENCE
        after = discord.utils.time_snowflake(since)
        return await self._engine.places.conversation_of(message.author.id, message.channel.id, after, since)

    async def _read(
        self, message: discord.Message, conversation: Conversation | None = None, *, called: bool = True
    ) -> Question:
        """What a message asks, in a conversation or as the beginning of one, with what was said before it.

        Of a conversation that answers mentions only, everything between two mentions was not read yet. Where nobody
        `called` us, every message is somebody's question, and those before it are no background.
        """
        guild, channel = message.guild, message.channel
        if message.attachments:
            begins_in = guild.id if guild is not None else None
            await self._engine.turns.admit(await writer_of(self._engine, message), conversation or begins_in)
        asked = await self._reader.question(message, begins=conversation is None)
        called_in = (
            _opening_here(message, self._bot.own_id).mention_only
            if conversation is None
            else (conversation.options.mention_only and isinstance(channel, discord.Thread))
        )
        in_channel = called and conversation is None and not isinstance(channel, HOLDING)
        if guild is None or not (called_in or in_channel):
            return asked
        settings = self._engine.moderation.settings
        most = await settings.context_messages(guild.id, around(channel), in_channel=in_channel)
        last = 0 if conversation is None else await self._engine.places.last_asked_in(channel.id)
        found = await self._nearby.before(message, most, last)
        known = asked.quotes | {each.message_id for each in asked.background}
        return replace(asked, background=(*asked.background, *(each for each in found if each.message_id not in known)))

    async def _tell_unread(self, message: discord.Message, asked: Question) -> None:
        """Tells the writer of files that are not read; Grok learns of it, too, and answers the rest."""
        if asked.unread.sentence:
            await reply(self._traffic, message, asked.unread.sentence)

    async def say_that_mentions_are_needed(self, channel: discord.abc.MessageableChannel, message_id: int) -> None:
        """Said once, at a conversation's first message, where we do not see every message."""
        if self._sees_all:
            return
        with in_language(await self._bot.language_in(channel)):
            await try_to_say(self._traffic, channel, MENTION_NEEDED, nonce=f"{message_id}-m")

    async def _held_in(self, channel: discord.abc.MessageableChannel) -> Conversation | None:
        """The conversation in a channel; there is none to look up where none can be."""
        if not isinstance(channel, HOLDING):
            return None
        found = await self._engine.places.conversation_in(channel.id)
        if found is None and isinstance(channel, discord.Thread) and channel.owner_id == self._bot.own_id:
            await self._bot.new_threads.settled(channel.parent_id)
            found = await self._engine.places.conversation_in(channel.id)
        return found

    async def _open_thread(self, message: discord.Message) -> None:
        """Keeps the request before asking Discord for anything: an outage delays it, a stop leaves it for a restart."""
        if await self._engine.places.response_at(message.id) is not None:
            raise AlreadyKnownError
        wanted = PendingOpening(
            id=message.id,
            guild_id=message.guild.id if message.guild is not None else None,
            channel_id=message.channel.id,
            user_id=message.author.id,
            since=message.created_at,
        )
        async with self._engine.backlog.kept(wanted):
            called = mentions(message, self._bot.own_id)
            await self._begin_in_thread(message, await self._read(message, called=called))

    async def _begin_in_thread(self, message: discord.Message, asked: Question) -> None:
        await self._engine.turns.check(asked, message.guild.id if message.guild is not None else None)
        wishes = await thread_wishes(self._engine, self._bot.settings, message.channel)
        place = threads.checked_place(message.channel, private=wishes.private)
        where = Opening(
            guild_id=place.guild.id, channel_id=message.id, owner_id=message.author.id, channel_ids=around(place)
        )
        if message.thread is None:  # one that is there has its name
            where = await self._engine.titles.ahead(asked.text, where)
        with self._bot.new_threads.opened_under(place.id):
            thread = await self._thread_for(message, place, where.title or asked.text, wishes)
            where = replace(where, channel_id=thread.id)
            async with threads.closed_on_trouble(thread):
                try:
                    if wishes.private:
                        await retry_request(lambda: thread.add_user(message.author), "member", seconds=PATIENCE)
                    await self._engine.turns.ask(asked, where)
                except AlreadyKnownError:
                    log.info("discord.message_again message=%d", message.id)
                    return  # the thread is in use
        await self._tell_unread(message, asked)
        await self.say_that_mentions_are_needed(thread, message.id)

    async def _thread_for(
        self, message: discord.Message, place: threads.ParentChannel, text: str, wishes: ThreadWishes
    ) -> discord.Thread:
        """A thread under the message; a private one is under none, and only its name comes from it.

        Raises:
            AlreadyKnownError: The message was answered there, by a database that was lost.
        """
        if wishes.private:
            apart = threads.Apart(place, text, wishes.archive_minutes, private=True)
            return await opened_apart(self._engine, message.id, apart)

        there = message.thread
        if there is not None and await answered_in(self._engine, there):
            raise AlreadyKnownError
        minutes = wishes.archive_minutes
        return await retry_request(lambda: threads.from_message(message, text, minutes), "thread", seconds=PATIENCE)


async def place_of(engine: Engine, message: discord.Message) -> int:
    """The queue of a message: one in a channel opens a thread, which has the message's own id.

    So messages written into that thread at once wait until its conversation has begun.
    """
    here = isinstance(message.channel, HOLDING) or (await channel_ways(engine, message.channel)).in_channel
    return message.channel.id if here else message.id


def _opening_here(message: discord.Message, own_id: int, *, in_channel: bool = False) -> Opening:
    """A conversation in the channel itself. In an existing thread of others, we answer mentions only."""
    channel = message.channel
    opened_by_us = isinstance(channel, discord.Thread) and channel.owner_id == own_id
    ours = message.guild is None or channel.id == message.id or opened_by_us
    return Opening(
        guild_id=message.guild.id if message.guild is not None else None,
        channel_id=channel.id,
        owner_id=message.author.id,
        mention_only=not ours and not in_channel,
        in_channel=in_channel,
        channel_ids=around(channel)[1:],
    )
