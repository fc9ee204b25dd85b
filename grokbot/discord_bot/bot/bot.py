"""The connection to Discord: events in, one call of the engine each, answers out.

Not here: what becomes of a message (`inbound.messages`), commands (`commands`), showing answers (`answers.presenter`,
`answers.live_answer`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from grokbot.conversation.errors import StoreError
from grokbot.discord_bot.answers import AnswerButton, Presenter
from grokbot.discord_bot.client import Client
from grokbot.discord_bot.commands import ITEMS, register
from grokbot.discord_bot.commands.sync import sync_if_changed
from grokbot.discord_bot.content import Attachments, MessageReader, from_person
from grokbot.discord_bot.inbound import (
    Backfill,
    ChannelQueues,
    InFlight,
    MessageHandler,
    Reposts,
    ShardMarks,
    SlowReads,
    Wordings,
    apply_edit,
    as_original,
    begin_openings,
    forget_left,
    is_star,
    place_of,
    rewritten,
    starred,
    stop_unseen,
)
from grokbot.discord_bot.notices import FirstUseNotice, LogChannels, Throttle, errors_answered, tell, waiting_refused
from grokbot.discord_bot.notices.texts.answer_text import UNEXPECTED
from grokbot.discord_bot.rate_limits import Traffic, listening
from grokbot.discord_bot.threads import Renaming

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence
    from contextlib import AbstractContextManager

    from grokbot.conversation.records.opening import PendingOpening
    from grokbot.conversation.response import Conversation
    from grokbot.engine.engine import Engine
    from grokbot.engine.turns import Question, WaitingRefused
    from grokbot.settings import DiscordSettings

log = logging.getLogger(__name__)

TAKEN_IN_SECONDS = 1.5
"""For so long a message that was posted again waits until the first one has been dealt with."""

MARKED_AFTER = 5.0
"""Seconds between two notes of up to where everything was heard. What came since the last is looked at again."""

GUILD_QUIET_SECONDS = 0.25
"""When no further guild has come for this long after the connection, discord.py calls the bot ready (its own: 2 s)."""

GREETED_AFTER = 60.0
"""So many seconds after a shard's connection what people say is let in, if discord.py has not called it ready: that is
lost where another shard begins anew in that moment."""


def intents(*, message_content: bool) -> discord.Intents:
    """What the bot listens to. Message content is privileged: without it, only messages that mention us have text."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.guild_messages = True
    wanted.dm_messages = True
    wanted.guild_reactions = True
    wanted.dm_reactions = True
    wanted.message_content = message_content
    return wanted


class GrokBot(Client):
    """The bot.

    Args:
        settings: How it stands in Discord.
        engine: What it asks.
        message_content: Whether Discord grants the intent of that name.
        public_url: Where share pages are served, without a slash at the end; None where there are none.
    """

    def __init__(
        self, settings: DiscordSettings, engine: Engine, *, message_content: bool, public_url: str | None = None
    ) -> None:
        self.traffic = Traffic()
        super().__init__(
            http_trace=listening(self.traffic),
            intents=intents(message_content=message_content),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=GUILD_QUIET_SECONDS,
            max_ratelimit_timeout=30.0,
        )
        self.settings = settings
        self.engine = engine
        self.public_url = public_url
        self.first_use = FirstUseNotice(engine)
        self.presenter = Presenter(self, engine, settings, self.traffic, self.first_use)
        self.reader = MessageReader(self, engine, self.traffic, Attachments())
        self.messages = MessageHandler(settings, engine, self.traffic, self.reader, sees_all=message_content)
        self.renaming = Renaming(self, engine, self.traffic)
        self._queues = ChannelQueues()
        self._marks = ShardMarks()
        self._behind: dict[int, int | None] = {}
        self._marked_at = float("-inf")
        self._slow_reads = SlowReads(self._queues)
        self._wordings = Wordings()
        self._reposts = Reposts(time.monotonic)
        self._throttle = Throttle()
        self._in_flight = InFlight()
        self._beside: set[asyncio.Task[None]] = set()
        self._openings: Sequence[PendingOpening] = ()
        self._backfill = Backfill(self, engine, self.traffic, self._queues, self.handle)
        self.logs = LogChannels(self, engine, self.traffic)
        self.tree: app_commands.CommandTree[Client] = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        """Runs once, between login and connection."""
        self.add_dynamic_items(AnswerButton)
        self.add_dynamic_items(*ITEMS)
        register(self.tree)
        self.tree.error(self._command_failed)
        self._marks.load(await self.engine.backlog.served())
        self._openings = await self.engine.backlog.openings()

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
        await asyncio.gather(self._in_flight.settle(seconds), self.presenter.settle(seconds))
        await self.presenter.settle(max(0.0, until - clock()))  # what came of the last that was dealt with
        await self.renaming.settle(max(0.0, until - clock()))
        await self.logs.settle(max(0.0, until - clock()))

    async def close(self) -> None:
        """Ends what is still being dealt with, for nobody can be told of it any more, and the connection."""
        await self.renaming.close()
        await self.logs.close()
        await self._in_flight.give_up()
        await super().close()
        await self._in_flight.give_up()  # what was heard meanwhile
        await self._note_marks()

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

    async def question(self, message: discord.Message, *, begins: bool) -> Question:
        """See `Client`."""
        return await self.reader.question(message, begins=begins)

    async def written(self, response_id: str) -> None:
        """See `Client`."""
        await self.presenter.written(response_id)

    async def say_that_mentions_are_needed(self, channel: discord.abc.MessageableChannel, message_id: int) -> None:
        """See `Client`."""
        await self.messages.say_that_mentions_are_needed(channel, message_id)

    async def first_used(self, interaction: discord.Interaction[Any]) -> None:
        """See `Client`."""
        await self.first_use.used(interaction)

    def rename(self, conversation: Conversation) -> None:
        """See `Client`."""
        self.renaming.rename(conversation)

    async def on_shard_connect(self, shard_id: int) -> None:
        """A session that replays nothing; what it brings waits until what was missed stands ahead of it."""
        self._marks.begins(shard_id, self.shard_count or 1)
        asyncio.get_running_loop().call_later(GREETED_AFTER, self._marks.of(shard_id).ahead.set)

    async def on_shard_ready(self, shard_id: int) -> None:
        """Discord has named the servers of a shard, as far as they are there now."""
        if self.is_closed():
            return
        session = self._marks.of(shard_id)
        guilds = [guild for guild in self.guilds if guild.shard_id == shard_id]
        self._behind |= {g.id: self._behind.get(g.id, session.since) for g in guilds if g.unavailable}
        here = [guild for guild in guilds if not guild.unavailable]
        for guild in here:
            self._behind.pop(guild.id, None)
        try:
            with self.in_flight():
                session.over(await self._backfill.catch_up(session, here, session.since, direct=shard_id == 0))
        finally:
            session.ahead.set()
        await self._mark_now_and_then()

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        """A server is away for a while, and what is said there is not told to us."""
        self._behind[guild.id] = self._marks.of(guild.shard_id).since

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server is there again."""
        with self.in_flight():
            await self._stands_ahead(guild.id)  # until then it may be among those that the shard begins with
            if guild.id in self._behind:
                self._begin_openings()
                session, since = self._marks.of(guild.shard_id), self._behind.pop(guild.id)
                session.ahead.clear()
                try:
                    await self._backfill.catch_up(session, [guild], since, direct=False)
                finally:
                    session.ahead.set()

    async def on_ready(self) -> None:
        """The gateway is ready; Discord may say so more than once."""
        log.info(
            "discord.ready guilds=%d shards=%s message_content=%s",
            len(self.guilds),
            self.shard_count,
            self.intents.message_content,
        )
        with self.in_flight():
            await forget_left(self.engine, self.guilds)
        self._begin_openings()

    async def on_message(self, message: discord.Message) -> None:
        """A message somebody wrote, as it comes by the connection."""
        self._reposts.wrote(message)
        shard_id = message.guild.shard_id if message.guild is not None else 0
        session = self._marks.of(shard_id)
        with self.in_flight(), session.dealing(message.id):
            if message.author.id == self._own_id:
                await self.presenter.came_back(message)
            await session.ahead.wait()
            await self.handle(message)
        await self._mark_now_and_then()

    async def handle(self, message: discord.Message, *, held: bool = False) -> bool:
        """A message becomes nothing, a turn, or the beginning of a conversation.

        Args:
            message: What somebody wrote.
            held: Whether the turn in its place is held already.

        Returns:
            Whether it was for us.
        """
        with self.in_flight():
            if message.webhook_id is not None:
                original = await self._reposts.original(message)
                if original is None or await self._taken_over(original, message):
                    return False
                message = as_original(message, original)
            if from_person(message):
                self._wordings.note(message)

            async def handle(reading: asyncio.Future[Question] | None) -> bool:
                if self._reposts.is_replaced(message.id):
                    return False
                return await self.messages.handle(message, self._own_id, reading)

            return await self._handle(message, handle, held=held)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A message has changed: if a person changed their words, they ask something else, or ask it now."""
        message = payload.message
        if not rewritten(message, self._own_id, sees_all=self.intents.message_content):
            return
        edited = self._wordings.note(message)

        async def handle(reading: asyncio.Future[Question] | None) -> bool:
            known = await apply_edit(self.engine, self.reader, message, reading)
            return known or (edited and await self.messages.handle(message, self._own_id, reading))

        with self.in_flight():
            await self._stands_ahead(payload.guild_id)
            self._slow_reads.let_go(message.id)
            await self._handle(message, handle)

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        """Somebody reacts to a message."""
        await self._reacted(payload)

    async def on_raw_reaction_remove(self, payload: discord.RawReactionActionEvent) -> None:
        """Somebody takes a reaction back."""
        await self._reacted(payload)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Somebody's message is gone."""
        await self._deleted(payload, payload.message_id)

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Many messages are gone at once."""
        for message_id in payload.message_ids:
            await self._deleted(payload, message_id)

    async def on_thread_update(self, before: discord.Thread, after: discord.Thread) -> None:
        """A thread has changed: its name may be the title that a person gives."""
        if before.name != after.name:
            with self.in_flight():
                await self._stands_ahead(after.guild.id)
                async with self._queues.turn(after.id):
                    pass  # what began the thread is dealt with: there is a conversation that can have a title
                await self.renaming.thread_renamed(after.id, after.name)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """A thread is gone, with the conversation's place in Discord."""
        with self.in_flight():
            await self._stands_ahead(payload.guild_id)
            async with self._queues.turn(payload.thread_id):
                await self.engine.library.places_gone(channel_id=payload.thread_id)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel is gone. Of the threads in it that are not archived, discord.py tells one by one."""
        with self.in_flight():
            await self._stands_ahead(channel.guild.id)
            await self.engine.library.places_gone(channel_id=channel.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """We are not in a server any more. One that is only unavailable for a while is another event."""
        with self.in_flight():
            await self._stands_ahead(guild.id)
            await stop_unseen(self.engine, guild, left=True)
            await self.engine.library.places_gone(guild_id=guild.id)

    def waiting_refused(self, refused: WaitingRefused) -> None:
        """Messages that waited are not answered after all; whoever wrote them is told."""
        self._begin(self._tell_waiting(refused), "refusal")

    async def on_guild_channel_update(self, _before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        """A channel has changed, and who may see it with it."""
        await self._seen_anew(after.guild)

    async def on_guild_role_update(self, _before: discord.Role, after: discord.Role) -> None:
        """A role has changed, it may be ours."""
        await self._seen_anew(after.guild)

    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """A role is gone, it may have been ours."""
        await self._seen_anew(role.guild)

    async def on_member_update(self, _before: discord.Member, after: discord.Member) -> None:
        """We have other roles; of other people Discord does not tell us."""
        await self._seen_anew(after.guild)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """An event that nobody could answer; its arguments hold people's words and are not logged."""
        log.error("discord.event_failed event=%s", event_method, exc_info=True)  # noqa: LOG014 - discord.py calls this while it handles one

    async def _command_failed(
        self, interaction: discord.Interaction[Client], error: app_commands.AppCommandError
    ) -> None:
        log.error("discord.command_failed interaction=%d", interaction.id, exc_info=error)
        await tell(interaction, UNEXPECTED)

    async def _taken_over(self, original: discord.Message, message: discord.Message) -> bool:
        """A message stands for one that is gone. Whether that was taken in: then there is nothing to ask."""
        self._slow_reads.let_go(original.id)
        with suppress(TimeoutError):  # what is gone may be tried for a while, and comes to nothing
            async with asyncio.timeout(TAKEN_IN_SECONDS), self._queues.turn(place_of(original)):
                pass
        return await self.engine.withdrawal.message_replaced(original.id, message.id)

    async def _handle(
        self,
        message: discord.Message,
        handle: Callable[[asyncio.Future[Question] | None], Awaitable[bool]],
        *,
        held: bool = False,
    ) -> bool:
        taken = False
        async with errors_answered(self.traffic, self._throttle, message):
            taken = await self._slow_reads.heard(message.id, None if held else place_of(message), handle)
        return taken  # noqa: RET504 - what is raised is told, and not raised any more

    async def _stands_ahead(self, guild_id: int | None) -> None:
        """Waits until what was missed in a server, or in direct messages, stands in line ahead of what comes now."""
        shard_id = (guild_id >> 22) % (self.shard_count or 1) if guild_id is not None else 0
        await self._marks.of(shard_id).ahead.wait()

    async def _deleted(
        self, payload: discord.RawMessageDeleteEvent | discord.RawBulkMessageDeleteEvent, message_id: int
    ) -> None:
        """After what was said there before, so that a message that is still being looked at is not answered after all.

        A message that opens a thread is in the thread's queue, by its own id.
        """
        channel_id = payload.channel_id
        with self.in_flight():
            await self._stands_ahead(payload.guild_id)
            self._slow_reads.let_go(message_id)
            if await self._reposts.stands_in_for(message_id, hold=False):
                return
            async with self._queues.turn(channel_id):
                said = await self.engine.places.response_at(message_id)
            # What waits is let go at once, before its turn comes; posted again, it is asked as if it were new.
            answered = said is not None and said.state.ended
            if answered and await self._reposts.stands_in_for(message_id, hold=True):
                return
            async with AsyncExitStack() as stack:
                for place in {channel_id, message_id}:  # the two are one for the message that begins a forum post
                    await stack.enter_async_context(self._queues.turn(place))
                rest = await self.presenter.relay.rest_of(channel_id, message_id)
                await self.engine.withdrawal.message_deleted(message_id)
            await self.presenter.relay.remove(rest)
            await self.presenter.deleted(message_id)

    def _begin_openings(self) -> None:
        """What was wanted at the last stop, but for what is in servers that are away: it waits for them."""
        away = {guild.id for guild in self.guilds if guild.unavailable}
        left, self._openings = self._openings, [each for each in self._openings if each.guild_id in away]
        self._begin(begin_openings(self, [each for each in left if each.guild_id not in away]), "openings")

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Beside the events."""
        self._beside.add(task := asyncio.create_task(work, name=name))
        task.add_done_callback(self._beside.discard)

    async def _mark_now_and_then(self) -> None:
        """Up to where everything was dealt with: no write for each message of a busy server."""
        now = asyncio.get_running_loop().time()
        if now - self._marked_at >= MARKED_AFTER:
            self._marked_at = now
            await self._note_marks()

    async def _note_marks(self) -> None:
        marks = self._marks.news()
        if marks:
            try:
                await self.engine.backlog.note_served(marks, self.shard_count or 1)
            except StoreError:
                log.warning("discord.marks_unsaved", exc_info=True)
            else:
                self._marks.noted(marks)

    async def _tell_waiting(self, refused: WaitingRefused) -> None:
        with self.in_flight():
            await waiting_refused(self, self.traffic, self._throttle, refused)

    async def _seen_anew(self, guild: discord.Guild) -> None:
        """Permissions in a server have changed."""
        self.engine.membership.forget()
        with self.in_flight():
            await stop_unseen(self.engine, guild)

    async def _reacted(self, payload: discord.RawReactionActionEvent) -> None:
        """One after the other for a message: who stars it and thinks better of it at once has no star."""
        if is_star(payload, self._own_id):
            with self.in_flight():
                async with self._queues.turn(payload.message_id):
                    await starred(self.engine, payload)

    @property
    def _own_id(self) -> int:
        if self.user is None:
            raise RuntimeError("an event arrived before the login")
        return self.user.id
