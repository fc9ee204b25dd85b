"""The connection to Discord: events in, one call of the engine each, answers out.

Not here: whether a message is for us (`addressing`), commands (`commands`), showing answers (`presenter`, `live`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from grokbot.conversation.errors import GrokbotError
from grokbot.discord_bot import threads
from grokbot.discord_bot.addressing import Verdict, verdict
from grokbot.discord_bot.buttons import AnswerButton
from grokbot.discord_bot.catching_up import catch_up
from grokbot.discord_bot.command_sync import sync_if_changed
from grokbot.discord_bot.commands import register
from grokbot.discord_bot.hearing import from_person, heard, question
from grokbot.discord_bot.insisting import insisted
from grokbot.discord_bot.interactions import tell
from grokbot.discord_bot.limits_heard import listening
from grokbot.discord_bot.ordering import InOrder
from grokbot.discord_bot.pacing import Kind
from grokbot.discord_bot.presenter import Presenter
from grokbot.discord_bot.replies import (
    MENTION_NEEDED,
    NO_DIRECT_MESSAGES,
    NOT_LET,
    UNEXPECTED,
    cannot_write_there,
)
from grokbot.discord_bot.traffic import Traffic
from grokbot.discord_bot.trouble import SEND_ERRORS, Fate, fate_of
from grokbot.engine.engine import AlreadyKnown
from grokbot.engine.opening import Opening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grokbot.conversation.response import Conversation
    from grokbot.engine.engine import Engine, Question
    from grokbot.settings import DiscordSettings

log = logging.getLogger(__name__)

HOLDING = (discord.Thread, discord.DMChannel, discord.PartialMessageable)
"""Where conversations are held: threads and direct messages. What discord.py knows only in part is a thread too, one
that was archived when the connection began."""

GUILD_QUIET_SECONDS = 0.25
"""When no further guild has come for this long after the connection, discord.py calls the bot ready (its own: 2 s)."""


def intents(*, message_content: bool) -> discord.Intents:
    """What the bot listens to. Message content is privileged: without it, only messages that mention us have text."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.guild_messages = True
    wanted.dm_messages = True
    wanted.message_content = message_content
    return wanted


class GrokBot(discord.AutoShardedClient):
    """The bot.

    Args:
        settings: How it stands in Discord.
        engine: What it asks.
        message_content: Whether Discord grants the intent of that name.
    """

    def __init__(self, settings: DiscordSettings, engine: Engine, *, message_content: bool) -> None:
        self.traffic = Traffic()
        super().__init__(
            http_trace=listening(self.traffic),
            intents=intents(message_content=message_content),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=GUILD_QUIET_SECONDS,
            max_ratelimit_timeout=60.0,
        )
        self.settings = settings
        self.engine = engine
        self.presenter = Presenter(self, engine, settings, self.traffic)
        self._listening_since = discord.utils.utcnow()
        self._in_order = InOrder()
        self._dealing: set[asyncio.Task[Any]] = set()
        self.tree: app_commands.CommandTree[GrokBot] = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        """Runs once, between login and connection."""
        self.add_dynamic_items(AnswerButton)
        register(self.tree)
        self.tree.error(self._command_failed)

    async def prepare(self) -> None:
        """What has to be done once after the login: commands registered, the gateway's address settled.

        Raises:
            discord.HTTPException: Discord does not answer.
        """
        await sync_if_changed(self.tree, self.settings.sync_commands)
        if self.settings.gateway_url is not None:
            self.shard_count, _, _ = await self.http.get_bot_gateway()  # with it known, discord.py uses the address set

    async def settle(self, seconds: float) -> None:
        """Waits until what was said is dealt with and what was answered stands in Discord; gives up what takes longer.

        To be called once the engine begins no more answers.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        if self._dealing:
            await asyncio.wait(set(self._dealing), timeout=seconds)
        await self.presenter.settle(max(0.0, until - clock()))

    async def close(self) -> None:
        """Ends the connection, and what is still being dealt with: it cannot be told any more."""
        await super().close()
        late = self._dealing - {asyncio.current_task()}
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    @property
    def may_read_messages(self) -> bool:
        """Whether Discord grants the message-content intent to this application; known after the login."""
        flags = self.application_flags
        return flags.gateway_message_content or flags.gateway_message_content_limited

    async def on_shard_connect(self, _shard_id: int) -> None:
        """From now on a shard hears everything; READY comes a little later."""
        self._listening_since = discord.utils.utcnow()

    async def on_ready(self) -> None:
        """The gateway is ready; Discord may say so more than once."""
        log.info(
            "discord.ready guilds=%d shards=%s message_content=%s",
            len(self.guilds),
            self.shard_count,
            self.intents.message_content,
        )
        with self._being_dealt_with():
            await catch_up(self, self.engine, self.traffic, self.on_message, self._listening_since)

    async def on_message(self, message: discord.Message) -> None:
        """A message somebody wrote: nothing, a turn, or the beginning of a conversation."""
        with self._being_dealt_with():
            try:
                async with self._in_order.turn(_place_of(message)):
                    await self._hear(message)
            except AlreadyKnown:
                log.info("discord.message_again message=%d", message.id)
            except GrokbotError as error:
                await self._reply(message, str(error))
            except SEND_ERRORS as error:
                log.warning("discord.unanswered message=%d error=%s", message.id, error)
                await self._tell_refusal(message, fate_of(error))
            except Exception:
                log.exception("discord.message_failed message=%d", message.id)
                await self._reply(message, UNEXPECTED)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Somebody's message is gone."""
        await self._deleted(payload.channel_id, payload.message_id)

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Many messages are gone at once."""
        for message_id in payload.message_ids:
            await self._deleted(payload.channel_id, message_id)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """A thread is gone, with the conversation's place in Discord."""
        with self._being_dealt_with():
            async with self._in_order.turn(payload.thread_id):
                await self.engine.channel_deleted(payload.thread_id)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """An event that nobody could answer; its arguments hold people's words and are not logged."""
        log.error("discord.event_failed event=%s", event_method, exc_info=True)  # noqa: LOG014 - discord.py calls this while it handles one

    async def _command_failed(
        self, interaction: discord.Interaction[GrokBot], error: app_commands.AppCommandError
    ) -> None:
        log.error("discord.command_failed interaction=%d", interaction.id, exc_info=error)
        await tell(interaction, UNEXPECTED)

    async def _hear(self, message: discord.Message) -> None:
        if not from_person(message):  # before anything that may fail: what we say about a failure is a message, too
            return
        own_id = self._own_id
        conversation = await self._held_in(message.channel)
        what = verdict(
            heard(message, own_id, conversation, sees_all=self.intents.message_content),
            answer_direct_messages=self.settings.answer_direct_messages,
        )
        match what:
            case Verdict.LEAVE:
                return
            case Verdict.NO_DIRECT:
                await self._reply(message, NO_DIRECT_MESSAGES)
            case Verdict.GO_ON if conversation is not None:
                await self.engine.ask(await question(message, own_id), conversation)
            case Verdict.OPEN_THREAD:
                await self._open_thread(message, await question(message, own_id))
            case _:
                where = _opening_here(message, own_id)
                await self.engine.ask(await question(message, own_id), where)
                if where.guild_id is not None and not where.mention_only:
                    await self.say_that_mentions_are_needed(message.channel, message.id)

    async def _held_in(self, channel: discord.abc.MessageableChannel) -> Conversation | None:
        """Where no conversation can be held there is none to look up."""
        if isinstance(channel, HOLDING):
            return await self.engine.conversation_in(channel.id)
        return None

    async def _open_thread(self, message: discord.Message, asked: Question) -> None:
        self.engine.check(asked)
        threads.checked_place(message.channel)
        minutes = self.settings.thread_archive_minutes
        await self.traffic.urgent(message.id, Kind.OTHER)  # counted for the thread, whose id that is, not the channel
        thread = await insisted(lambda: threads.from_message(message, asked.text, minutes), "thread")
        where = Opening(guild_id=thread.guild.id, channel_id=thread.id, owner_id=message.author.id)
        async with threads.closed_on_trouble(thread):
            try:
                await self.engine.ask(asked, where)
            except AlreadyKnown:
                log.info("discord.message_again message=%d", message.id)
                return  # the thread is in use
        await self.say_that_mentions_are_needed(thread, message.id)

    async def say_that_mentions_are_needed(self, channel: discord.abc.Messageable, message_id: int) -> None:
        """Once, where a conversation begins with this message in which we do not hear everything."""
        if self.intents.message_content:
            return
        none, nonce = discord.AllowedMentions.none(), f"{message_id}-m"
        await self.traffic.urgent(message_id, Kind.SEND)
        try:
            await insisted(lambda: channel.send(MENTION_NEEDED, allowed_mentions=none, nonce=nonce), "note")
        except SEND_ERRORS as error:
            log.warning("discord.untold message=%d error=%s", message_id, error)

    async def _deleted(self, channel_id: int, message_id: int) -> None:
        """After what was said there before, so that a message that is still being looked at is not answered after all.

        A message that opens a thread is in the thread's queue, by its own id.
        """
        with self._being_dealt_with():
            async with AsyncExitStack() as stack:
                for place in {channel_id, message_id}:  # the two are one for the message that begins a forum post
                    await stack.enter_async_context(self._in_order.turn(place))
                await self.engine.message_deleted(message_id)

    @contextmanager
    def _being_dealt_with(self) -> Iterator[None]:
        """Makes what an event's task does here known to `settle` and `close`: discord.py forgets its tasks."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("events are dealt with in tasks")
        self._dealing.add(task)
        try:
            yield
        finally:
            self._dealing.discard(task)

    async def _tell_refusal(self, message: discord.Message, fate: Fate) -> None:
        """Discord did not do what it takes to answer. Where the message or its channel is gone, nobody waits."""
        if fate not in (Fate.MESSAGE_GONE, Fate.CHANNEL_GONE):
            await self._reply(message, NOT_LET if fate is Fate.BARRED else UNEXPECTED)

    async def _reply(self, message: discord.Message, text: str) -> None:
        """Under the message, or privately where we may not write."""
        none, nonce = discord.AllowedMentions.none(), f"{message.id}-r"
        await self.traffic.urgent(message.channel.id, Kind.SEND)
        try:
            await insisted(
                lambda: message.reply(text, mention_author=False, allowed_mentions=none, nonce=nonce), "reply"
            )
        except SEND_ERRORS as error:
            log.warning("discord.reply_failed message=%d error=%s", message.id, error)
            if fate_of(error) is Fate.BARRED and message.guild is not None:
                await self._write_privately(message, cannot_write_there(message.channel.id, text))

    async def _write_privately(self, message: discord.Message, text: str) -> None:
        try:
            none, nonce = discord.AllowedMentions.none(), f"{message.id}-p"
            await insisted(lambda: message.author.send(text, allowed_mentions=none, nonce=nonce), "private reply")
        except SEND_ERRORS as error:
            log.warning("discord.untold message=%d error=%s", message.id, error)

    @property
    def _own_id(self) -> int:
        if self.user is None:
            raise RuntimeError("an event arrived before the login")
        return self.user.id


def _place_of(message: discord.Message) -> int:
    """Where what the message says may go on: a message in a channel opens a thread, which has the message's own id.

    So what is written into that thread at once waits until its conversation has begun.
    """
    return message.channel.id if isinstance(message.channel, HOLDING) else message.id


def _opening_here(message: discord.Message, own_id: int) -> Opening:
    """A conversation in the very channel. In a thread that was there before us, we answer mentions only."""
    channel = message.channel
    opened_by_us = isinstance(channel, discord.Thread) and channel.owner_id == own_id
    ours = message.guild is None or channel.id == message.id or opened_by_us
    return Opening(
        guild_id=message.guild.id if message.guild is not None else None,
        channel_id=channel.id,
        owner_id=message.author.id,
        mention_only=not ours,
    )
