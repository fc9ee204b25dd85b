"""The connection to Discord: events in, one call of the engine each, answers out.

Not here: whether a message is for us (`addressing`), commands (`commands`), showing answers (`presenter`, `live`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from grokbot.conversation.errors import GrokbotError
from grokbot.discord_bot import threads
from grokbot.discord_bot.addressing import Verdict, verdict
from grokbot.discord_bot.command_sync import sync_if_changed
from grokbot.discord_bot.commands import register
from grokbot.discord_bot.hearing import heard, question
from grokbot.discord_bot.interactions import tell
from grokbot.discord_bot.presenter import Presenter
from grokbot.discord_bot.replies import MENTION_NEEDED, NO_DIRECT_MESSAGES, UNEXPECTED, cannot_write_there
from grokbot.discord_bot.retry import RetryButton
from grokbot.discord_bot.trouble import SEND_ERRORS, Fate, fate_of
from grokbot.engine.engine import AlreadyKnown
from grokbot.engine.opening import Opening

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation
    from grokbot.engine.engine import Engine, Question
    from grokbot.settings import DiscordSettings

log = logging.getLogger(__name__)

GUILD_QUIET_SECONDS = 0.5
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
        super().__init__(
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
        self.presenter = Presenter(self, engine)
        self.tree: app_commands.CommandTree[GrokBot] = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        """Runs once, between login and connection."""
        self.add_dynamic_items(RetryButton)
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

    @property
    def may_read_messages(self) -> bool:
        """Whether Discord grants the message-content intent to this application; known after the login."""
        flags = self.application_flags
        return flags.gateway_message_content or flags.gateway_message_content_limited

    async def on_ready(self) -> None:
        """The gateway is ready; Discord may say so more than once."""
        log.info(
            "discord.ready guilds=%d shards=%s message_content=%s",
            len(self.guilds),
            self.shard_count,
            self.intents.message_content,
        )

    async def on_message(self, message: discord.Message) -> None:
        """A message somebody wrote: nothing, a turn, or the beginning of a conversation."""
        try:
            await self._hear(message)
        except AlreadyKnown:
            log.info("discord.message_again message=%d", message.id)
        except GrokbotError as error:
            await self._reply(message, str(error))
        except SEND_ERRORS as error:
            log.warning("discord.unanswered message=%d error=%s", message.id, error)
            if fate_of(error) is not Fate.BARRED:
                await self._reply(message, UNEXPECTED)
        except Exception:
            log.exception("discord.message_failed message=%d", message.id)
            await self._reply(message, UNEXPECTED)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Somebody's message is gone."""
        await self.engine.message_deleted(payload.message_id)

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Many messages are gone at once."""
        for message_id in payload.message_ids:
            await self.engine.message_deleted(message_id)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """A thread is gone, with the conversation's place in Discord."""
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
        own_id = self._own_id
        conversation = await self._held_in(message.channel)
        what = verdict(
            heard(message, own_id, conversation), answer_direct_messages=self.settings.answer_direct_messages
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
                await self.engine.ask(await question(message, own_id), _opening_here(message))

    async def _held_in(self, channel: discord.abc.MessageableChannel) -> Conversation | None:
        """Conversations are held in threads and direct messages only; other channels cost no look-up."""
        if isinstance(channel, (discord.Thread, discord.DMChannel)):
            return await self.engine.conversation_in(channel.id)
        return None

    async def _open_thread(self, message: discord.Message, asked: Question) -> None:
        self.engine.check(asked)
        threads.checked_place(message.channel)
        thread = await threads.from_message(message, asked.text, self.settings.thread_archive_minutes)
        where = Opening(guild_id=thread.guild.id, channel_id=thread.id, owner_id=message.author.id)
        await self.engine.ask(asked, where)
        if not self.intents.message_content:
            await thread.send(MENTION_NEEDED, allowed_mentions=discord.AllowedMentions.none())

    async def _reply(self, message: discord.Message, text: str) -> None:
        """Under the message, or privately where we may not write."""
        none = discord.AllowedMentions.none()
        try:
            await message.reply(text, mention_author=False, allowed_mentions=none)
        except SEND_ERRORS as error:
            log.warning("discord.reply_failed message=%d error=%s", message.id, error)
            if fate_of(error) is Fate.BARRED and message.guild is not None:
                await self._write_privately(message, cannot_write_there(message.channel.id, text))

    async def _write_privately(self, message: discord.Message, text: str) -> None:
        try:
            await message.author.send(text, allowed_mentions=discord.AllowedMentions.none())
        except SEND_ERRORS as error:
            log.warning("discord.untold message=%d error=%s", message.id, error)

    @property
    def _own_id(self) -> int:
        if self.user is None:
            raise RuntimeError("an event arrived before the login")
        return self.user.id


def _opening_here(message: discord.Message) -> Opening:
    """A conversation in the very channel. In a thread that was there before us, we answer mentions only."""
    channel = message.channel
    ours = not isinstance(channel, discord.Thread) or channel.id == message.id
    return Opening(
        guild_id=message.guild.id if message.guild is not None else None,
        channel_id=channel.id,
        owner_id=message.author.id,
        mention_only=not ours,
    )
