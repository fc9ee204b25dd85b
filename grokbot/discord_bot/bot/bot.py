"""The connection to Discord: events in, one call of the engine each, answers out.

Not here: what an event does (`inbound`), commands (`commands`), showing answers (`answers`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from grokbot.discord_bot.answers import AnswerButton, Presenter
from grokbot.discord_bot.asks import ReplyButton
from grokbot.discord_bot.bot.command_tree import CommandTree
from grokbot.discord_bot.client import Client, NewThreads
from grokbot.discord_bot.commands import ITEMS, form_submitted, register
from grokbot.discord_bot.commands.sync import CommandTexts, sync_if_changed
from grokbot.discord_bot.commands.terms.first_contact import greet
from grokbot.discord_bot.connection import AWAY, ReconnectPauses
from grokbot.discord_bot.content import MessageReader
from grokbot.discord_bot.inbound import ChannelQueues, InFlight, MessageEvents, WaitingMarks, forget_left, stop_unseen
from grokbot.discord_bot.inbound.backlog import Sessions
from grokbot.discord_bot.notices import AskAgainButton, FirstUseNotice, LogChannels, Throttle, tell, waiting_refused
from grokbot.discord_bot.notices.texts.answer_text import UNEXPECTED
from grokbot.discord_bot.rate_limits import Traffic, in_short, listening
from grokbot.discord_bot.threads import Renaming

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from grokbot.conversation.parts import ImagePart
    from grokbot.conversation.response import Conversation
    from grokbot.engine.engine import Engine
    from grokbot.engine.turns import Question, WaitingRefused

log = logging.getLogger(__name__)

GUILD_QUIET_SECONDS = 0.25
"""While Discord keeps guilds back, the bot is ready when none has come for this long (discord.py's own: 2 s)."""


def intents(*, message_content: bool) -> discord.Intents:
    """What the bot listens to. Message content is privileged: without it, only messages that mention us have text."""
    return discord.Intents(guilds=True, messages=True, reactions=True, message_content=message_content)


class GrokBot(Client):
    """The bot.

    Args:
        engine: Answers its questions.
        message_content: Whether Discord grants the intent of that name.
        public_url: Where share pages are served, without a slash at the end; None if they are off.
    """

    def __init__(self, engine: Engine, *, message_content: bool, public_url: str | None = None) -> None:
        self.traffic = Traffic()
        self.reply_traffic = Traffic()
        self.new_threads = NewThreads()
        super().__init__(
            health=engine.context.health,
            http_trace=listening(self.traffic),
            intents=intents(message_content=message_content),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=GUILD_QUIET_SECONDS,
            max_ratelimit_timeout=30.0,
        )
        self.engine = engine
        self.public_url = public_url
        self.first_use = FirstUseNotice(engine, self.command_mention)
        self.presenter = Presenter(self, self.first_use)
        self.reader = MessageReader(self)
        self.renaming = Renaming(self, engine, self.traffic)
        self.waiting = WaitingMarks(self)
        self._queues = ChannelQueues()
        self._in_flight = InFlight()
        self._throttle = Throttle()
        self._sessions = Sessions(self, self._queues, self._in_flight)
        self._messages = MessageEvents(self, self.reader, self.presenter, self._queues, self._sessions, self._throttle)
        self.logs = LogChannels(self)
        self.tree = CommandTree(self, user_install=self.settings.user_install)
        self.command_ids = {}

    async def setup_hook(self) -> None:
        """Runs once, between login and connection."""
        self.add_dynamic_items(AnswerButton, AskAgainButton, ReplyButton, *ITEMS)
        register(self.tree)
        await self.tree.set_translator(CommandTexts())
        self.tree.error(self._command_failed)
        await self._sessions.load()

    async def prepare(self) -> None:
        """Settles the gateway's address, once after the login.

        Raises:
            discord.HTTPException: Discord does not answer.
        """
        if self.settings.gateway_url is not None:
            self.shard_count, _, _ = await self.http.get_bot_gateway()  # with it known, discord.py uses the address set

    async def register_commands(self) -> None:
        """Registers the commands, once after the login. Tries again as long as Discord is away."""
        pauses = ReconnectPauses()
        while True:
            try:
                self.command_ids = await sync_if_changed(self.tree, self.settings.sync_commands)
            except AWAY as error:
                pause = pauses.delay()
                log.warning("discord.commands_not_synced error=%s again_in=%.1f", in_short(error), pause)
                await asyncio.sleep(pause)
            else:
                return

    async def settle(self, seconds: float) -> None:
        """Waits until messages are handled and answers are posted, and gives up after `seconds`.

        Call it once the engine starts no more answers.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        await asyncio.gather(self._in_flight.settle(seconds), self.presenter.settle(seconds))
        for each in (self.presenter, self.renaming, self.logs):  # the first again: answers to the last messages handled
            await each.settle(max(0.0, until - clock()))

    async def close(self) -> None:
        """Ends the work in progress, which can no longer report to anybody, and the connection."""
        await self.renaming.close()
        await self.waiting.close()
        await self.logs.close()
        await self._in_flight.give_up()
        await super().close()
        await self._in_flight.give_up()  # messages that arrived meanwhile
        await self._sessions.note_marks()

    @property
    def may_read_messages(self) -> bool:
        """Whether Discord grants the message-content intent to this application; known after the login."""
        flags = self.application_flags
        return flags.gateway_message_content or flags.gateway_message_content_limited

    def in_flight(self) -> AbstractContextManager[None]:
        """See `Client`."""
        return self._in_flight.known()

    async def read(self, message: discord.Message) -> Question:
        """See `Client`."""
        return await self.reader.said(message)

    async def picture(self, attachment: discord.Attachment) -> ImagePart | None:
        """See `Client`."""
        return await self.reader.picture(attachment)

    async def given(self, attachment: discord.Attachment, text: str) -> Question:
        """See `Client`."""
        return await self.reader.given(attachment, text)

    async def question(self, message: discord.Message, *, begins: bool) -> Question:
        """See `Client`."""
        return await self.reader.question(message, begins=begins)

    async def written(self, response_id: str) -> None:
        """See `Client`."""
        await self.presenter.written(response_id)

    async def say_that_mentions_are_needed(self, channel: discord.abc.MessageableChannel, message_id: int) -> None:
        """See `Client`."""
        await self._messages.messages.say_that_mentions_are_needed(channel, message_id)

    async def first_used(self, interaction: discord.Interaction[Any]) -> None:
        """See `Client`."""
        await self.first_use.used(interaction)

    def rename(self, conversation: Conversation) -> None:
        """See `Client`."""
        self.renaming.rename(conversation)

    async def on_shard_connect(self, shard_id: int) -> None:
        """A new session, which replays nothing; its messages wait until the missed ones are queued ahead of them."""
        self._sessions.connected(shard_id)

    async def on_shard_ready(self, shard_id: int) -> None:
        """Discord has listed the servers of a shard, as far as they are available now."""
        if self.is_closed():
            return
        with self.in_flight():
            await self._sessions.ready(shard_id)
        await self._sessions.mark_now_and_then()

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        """A server is unavailable for a while; Discord sends none of its messages."""
        self._sessions.guild_away(guild)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server is available again."""
        with self.in_flight():
            await self._sessions.guild_back(guild)
            await greet(self, [guild])

    async def on_ready(self) -> None:
        """The gateway is ready; Discord may say so more than once."""
        seen = self.intents.message_content
        log.info("discord.ready guilds=%d shards=%s message_content=%s", len(self.guilds), self.shard_count, seen)
        with self.in_flight():
            await forget_left(self.engine, self.guilds)
        self._sessions.begin_openings()
        with self.in_flight():
            await greet(self, self.guilds)

    async def on_message(self, message: discord.Message) -> None:
        """Somebody's message, as the gateway sends it."""
        with self.in_flight():
            await self._messages.came(message)
        await self._sessions.mark_now_and_then()

    async def handle(self, message: discord.Message, *, held: bool = False) -> bool:
        """See `Client`."""
        with self.in_flight():
            return await self._messages.handle(message, held=held)

    async def look_again(self, place_id: int | None, since: datetime) -> Mapping[str, int]:
        """Looks for missed messages once more, and answers them. See `Sessions.look_again`."""
        with self.in_flight():
            return await self._sessions.look_again(place_id, discord.utils.time_snowflake(since))

    async def ask_again(self, message: discord.Message) -> bool:
        """See `Client`."""
        return await self._messages.again(message)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A command, a press or a form; discord.py handles the first two itself."""
        await form_submitted(interaction)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A message has changed, in its text or otherwise."""
        with self.in_flight():
            await self._messages.edited(payload)

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        """Somebody reacts to a message."""
        with self.in_flight():
            await self._messages.reacted(payload)

    async def on_raw_reaction_remove(self, payload: discord.RawReactionActionEvent) -> None:
        """Somebody removes a reaction."""
        with self.in_flight():
            await self._messages.reacted(payload)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Somebody's message is gone."""
        with self.in_flight():
            await self._messages.deleted(payload, payload.message_id)

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Many messages are gone at once."""
        for message_id in payload.message_ids:
            with self.in_flight():
                await self._messages.deleted(payload, message_id)

    async def on_thread_update(self, before: discord.Thread, after: discord.Thread) -> None:
        """A thread has changed: its new name may be a title that a person gave."""
        if before.name != after.name:
            with self.in_flight():
                await self._sessions.stands_ahead(after.guild.id)
                async with self._queues.turn(after.id):
                    pass  # the message that began the thread is handled: now there is a conversation to give a title
                await self.renaming.thread_renamed(after.id, after.name)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """A thread was deleted, and with it the conversation's place in Discord."""
        with self.in_flight():
            await self._sessions.stands_ahead(payload.guild_id)
            async with self._queues.turn(payload.thread_id):
                await self.engine.library.places_gone(channel_id=payload.thread_id)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted. discord.py reports its threads one by one, except archived ones."""
        with self.in_flight():
            await self._sessions.stands_ahead(channel.guild.id)
            await self.engine.library.places_gone(channel_id=channel.id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was added to a server."""
        with self.in_flight():
            await greet(self, [guild])

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot left a server. A server that is only unavailable is another event."""
        with self.in_flight():
            await self._sessions.stands_ahead(guild.id)
            await stop_unseen(self.engine, guild, left=True)
            await self.engine.library.places_gone(guild_id=guild.id)
            await self.engine.moderation.servers.left(guild.id)

    def waiting_refused(self, refused: WaitingRefused) -> None:
        """Tells the writers that their waiting messages will not be answered after all."""
        self._in_flight.begin(self._tell_waiting(refused), "refusal")

    async def on_guild_channel_update(self, _before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        """A channel has changed, perhaps also who may see it."""
        await self._seen_anew(after.guild)

    async def on_guild_role_update(self, _before: discord.Role, after: discord.Role) -> None:
        """A role has changed, perhaps ours."""
        await self._seen_anew(after.guild)

    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """A role was deleted, perhaps ours."""
        await self._seen_anew(role.guild)

    async def on_member_update(self, _before: discord.Member, after: discord.Member) -> None:
        """Our own roles have changed; Discord does not report those of other members."""
        await self._seen_anew(after.guild)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """An event handler failed; the event's arguments hold people's words and are not logged."""
        log.error("discord.event_failed event=%s", event_method, exc_info=True)  # noqa: LOG014 - discord.py calls this while it handles one

    async def _command_failed(
        self, interaction: discord.Interaction[Client], error: app_commands.AppCommandError
    ) -> None:
        log.error("discord.command_failed interaction=%d", interaction.id, exc_info=error)
        await tell(interaction, UNEXPECTED)

    async def _tell_waiting(self, refused: WaitingRefused) -> None:
        with self.in_flight():
            await waiting_refused(self, self._throttle, refused)

    async def _seen_anew(self, guild: discord.Guild) -> None:
        """Permissions in a server have changed."""
        self.engine.membership.forget()
        with self.in_flight():
            await stop_unseen(self.engine, guild)
