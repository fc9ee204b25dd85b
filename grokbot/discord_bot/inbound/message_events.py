"""Events of messages, each in the queue of its place: new, edited, deleted, reposted, reacted to.

Not here: how a message is handled (`messages`), the events' names in discord.py (`bot`).
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING

from grokbot.conversation.text import in_language
from grokbot.discord_bot.content import from_person
from grokbot.discord_bot.inbound.edits import Wordings, apply_edit, rewritten
from grokbot.discord_bot.inbound.messages import MessageHandler, place_of
from grokbot.discord_bot.inbound.reactions import is_star, starred
from grokbot.discord_bot.inbound.reposts import Reposts, as_original
from grokbot.discord_bot.inbound.slow_reads import SlowReads
from grokbot.discord_bot.notices import errors_answered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import discord

    from grokbot.discord_bot.answers import Presenter
    from grokbot.discord_bot.client import Client
    from grokbot.discord_bot.content import MessageReader
    from grokbot.discord_bot.inbound.backlog import Sessions
    from grokbot.discord_bot.inbound.channel_queue import ChannelQueues
    from grokbot.discord_bot.notices import Throttle
    from grokbot.engine.turns import Question

TAKEN_IN_SECONDS = 1.5
"""Seconds that a reposted message waits until the first one is handled."""


class MessageEvents:
    """Handles the events of messages; one per bot. The caller keeps the task in flight.

    Args:
        bot: The connection.
        reader: Reads messages.
        presenter: Shows the answers to them.
        queues: The order in each place.
        sessions: Say when missed messages are queued.
        throttle: Knows which refusals were shown lately.
    """

    def __init__(
        self,
        bot: Client,
        reader: MessageReader,
        presenter: Presenter,
        queues: ChannelQueues,
        sessions: Sessions,
        throttle: Throttle,
    ) -> None:
        self._bot = bot
        self._engine = bot.engine
        self._reader = reader
        self._presenter = presenter
        self._queues = queues
        self._sessions = sessions
        self._throttle = throttle
        self.messages = MessageHandler(bot, reader)
        self._slow_reads = SlowReads(queues)
        self._wordings = Wordings()
        self._reposts = Reposts(time.monotonic)

    async def came(self, message: discord.Message) -> None:
        """Handles a message from the gateway."""
        self._reposts.wrote(message)
        session = self._sessions.of(message.guild.id if message.guild is not None else None)
        with session.dealing(message.id):
            if message.author.id == self._bot.own_id:
                await self._presenter.came_back(message)
            await session.ahead.wait()
            await self.handle(message)

    async def handle(self, message: discord.Message, *, held: bool = False) -> bool:
        """Handles a message, also one from the history. See `Client.handle`."""
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
            return await self.messages.handle(message, reading)

        return await self._handle(message, handle, held=held)

    async def again(self, message: discord.Message) -> bool:
        """Handles a message once more, for its writer, who reads privately why it is not answered. See `Client`."""
        return await self._heard(message, lambda reading: self.messages.handle(message, reading))

    async def edited(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Handles an edit: changed words ask something else, or ask it now."""
        message = payload.message
        if not rewritten(message, self._bot.own_id, sees_all=self._bot.intents.message_content):
            return
        edited = self._wordings.note(message)
        if edited:  # what somebody has edited away is not shown as background any more
            await self._engine.withdrawal.unheard(message_id=message.id)

        async def handle(reading: asyncio.Future[Question] | None) -> bool:
            known = await apply_edit(self._engine, self._reader, message, reading)
            return known or (edited and await self.messages.handle(message, reading))

        await self._sessions.stands_ahead(payload.guild_id)
        self._slow_reads.let_go(message.id)
        await self._handle(message, handle)

    async def deleted(
        self, payload: discord.RawMessageDeleteEvent | discord.RawBulkMessageDeleteEvent, message_id: int
    ) -> None:
        """Handles a deletion after earlier events there, so that a message still being read is not answered after all.

        A message that opens a thread is in the thread's queue, by its own id.
        """
        channel_id = payload.channel_id
        await self._sessions.stands_ahead(payload.guild_id)
        self._slow_reads.let_go(message_id)
        if await self._reposts.stands_in_for(message_id, hold=False):
            return
        async with self._queues.turn(channel_id):
            said = await self._engine.places.response_at(message_id)
        # A waiting question is dropped at once, before its turn comes; if it is reposted, it is asked as new.
        answered = said is not None and said.state.ended
        if answered and await self._reposts.stands_in_for(message_id, hold=True):
            return
        async with AsyncExitStack() as stack:
            for place in {channel_id, message_id}:  # both are the same for the first message of a forum post
                await stack.enter_async_context(self._queues.turn(place))
            rest = await self._presenter.relay.rest_of(channel_id, message_id)
            await self._engine.withdrawal.message_deleted(message_id)
        await self._presenter.relay.remove(rest)
        await self._presenter.deleted(message_id)

    async def reacted(self, payload: discord.RawReactionActionEvent) -> None:
        """Handles reactions of a message in order: a star that is removed at once leaves no star."""
        if is_star(payload, self._bot.own_id):
            async with self._queues.turn(payload.message_id):
                await starred(self._engine, payload)

    async def _taken_over(self, original: discord.Message, message: discord.Message) -> bool:
        """A repost takes the place of a deleted message. True if that one had been handled: nothing is left to ask."""
        self._slow_reads.let_go(original.id)
        with suppress(TimeoutError):  # a message that is gone may be retried for a while, in vain
            async with asyncio.timeout(TAKEN_IN_SECONDS), self._queues.turn(await place_of(self._engine, original)):
                pass
        return await self._engine.withdrawal.message_replaced(original.id, message.id)

    async def _handle(
        self,
        message: discord.Message,
        handle: Callable[[asyncio.Future[Question] | None], Awaitable[bool]],
        *,
        held: bool = False,
    ) -> bool:
        taken = False
        async with errors_answered(self._bot, self._throttle, message):
            taken = await self._heard(message, handle, held=held)
        return taken  # noqa: RET504 - the error is answered and does not leave the block

    async def _heard(
        self,
        message: discord.Message,
        handle: Callable[[asyncio.Future[Question] | None], Awaitable[bool]],
        *,
        held: bool = False,
    ) -> bool:
        async def in_its_language(reading: asyncio.Future[Question] | None) -> bool:
            with in_language(await self._bot.language_in(message.channel)):
                return await handle(reading)

        place = None if held else await place_of(self._engine, message)
        return await self._slow_reads.heard(message.id, place, in_its_language)
