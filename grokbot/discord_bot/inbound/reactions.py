"""Reactions: people's stars under answers, which work like the Star button, and our ⏳ on messages that wait.

Not here: what a star is (`engine.library.library`), why a message waits (`engine.turns`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.errors import StoreError
from grokbot.conversation.response import State
from grokbot.discord_bot.inbound.channel_queue import ChannelQueues
from grokbot.discord_bot.rate_limits import SEND_ERRORS, Fate, Kind, Rank, fate_of, in_short, retry_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from grokbot.conversation.response import Conversation, MessageRef
    from grokbot.discord_bot.client import Client
    from grokbot.engine.engine import Engine
    from grokbot.engine.turns import RunningAnswer

log = logging.getLogger(__name__)

STAR = "⭐"
VARIANT = "\N{VARIATION SELECTOR-16}"
"""Some clients append it to the star, to draw it as an emoji: it is the same star."""


def is_star(payload: discord.RawReactionActionEvent, own_id: int) -> bool:
    """Whether a person added or removed a star on what may be a message of ours.

    Only when it is added does Discord name the message's author and, in servers, whether the person is a bot.
    """
    by_bot = payload.user_id == own_id or (payload.member is not None and payload.member.bot)
    of_another = payload.message_author_id not in (None, own_id)
    star = payload.emoji.id is None and (payload.emoji.name or "").removesuffix(VARIANT) == STAR
    return star and not by_bot and not of_another


async def starred(engine: Engine, payload: discord.RawReactionActionEvent) -> None:
    """Stores that the star was added or removed. On a message that is not an answer it means nothing.

    Raises:
        StoreError: It could not be stored.
    """
    added = payload.event_type == "REACTION_ADD"
    await engine.library.stars.set_by_message(payload.message_id, payload.user_id, on=added)


WAITS = "⏳"

MARKED = 500
"""Messages that may be marked at once; more only wait."""

APART_SECONDS = 0.35
"""Seconds between two reactions in a channel: Discord takes one in 0.25 s (seen, not documented), coming or going,
and does not say so before it refuses one."""

LEFT_SECONDS = 1.0
"""After a start: most of what waited is taken up by then, and the last process has reacted long enough ago."""

WAITED_SECONDS = 2.0
"""A question that was written so long before its answer began may have waited, and been marked."""


class WaitingMarks:
    """Puts ⏳ on messages that wait until an answer has ended, and takes it away when they wait no more; one per bot.

    It comes and goes when nothing else is to be sent. A message that is taken up before its turn comes gets none.

    Args:
        bot: The connection.
    """

    def __init__(self, bot: Client) -> None:
        self._bot = bot
        self._waiting: dict[str, dict[int, asyncio.Event]] = {}
        """By conversation and message; set when something may have changed."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_order = ChannelQueues()

    def wait(self, conversation: Conversation, messages: Iterable[MessageRef], *, left: bool = False) -> None:
        """Marks messages until they wait no more.

        Args:
            conversation: Where they wait.
            messages: Which.
            left: Whether the last process may have marked them.
        """
        marks = self._waiting.setdefault(conversation.id, {})
        for ref in messages:
            if ref.message_id not in marks and len(self._tasks) < MARKED and self._may(conversation, ref):
                touched = marks[ref.message_id] = asyncio.Event()
                task = asyncio.create_task(self._mark(conversation, ref, touched, left), name=f"wait {ref.message_id}")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        if not marks:
            del self._waiting[conversation.id]

    def answered(self, running: RunningAnswer) -> None:
        """An answer from before a stop: the mark of its question goes, if it has one."""
        begun = running.response.created_at
        asked = [(ref, discord.utils.snowflake_time(ref.message_id)) for ref in running.asked.messages]
        waited = [ref for ref, at in asked if (begun - at).total_seconds() > WAITED_SECONDS]
        self.wait(running.conversation, waited, left=True)

    def touched(self, conversation_id: str) -> None:
        """Something may have changed in a conversation."""
        for each in self._waiting.get(conversation_id, {}).values():
            each.set()

    async def close(self) -> None:
        """Ends the waiting; the next process takes the marks away."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    def _may(self, conversation: Conversation, ref: MessageRef) -> bool:
        """Whether Discord lets us react there, as far as is known."""
        if conversation.guild_id is None:
            return True
        guild = self._bot.get_guild(conversation.guild_id)
        channel = guild.get_channel_or_thread(ref.channel_id) if guild is not None else None
        if guild is None or channel is None or (isinstance(channel, discord.Thread) and channel.parent is None):
            return False
        granted = channel.permissions_for(guild.me)
        return granted.view_channel and granted.add_reactions and granted.read_message_history

    async def _mark(self, conversation: Conversation, ref: MessageRef, touched: asyncio.Event, left: bool) -> None:
        place = self._bot.get_partial_messageable(ref.channel_id, guild_id=conversation.guild_id)
        message = place.get_partial_message(ref.message_id)
        try:
            if left:
                await asyncio.sleep(LEFT_SECONDS)
            async with self._turn(ref):
                marked = await self._waits(ref) and await _added(message)
            while await self._waits(ref):
                await touched.wait()
                touched.clear()
            if not (marked or left):
                return
            me = discord.Object(self._bot.own_id)
            async with self._turn(ref):
                if marked:
                    await retry_request(lambda: message.remove_reaction(WAITS, me), "mark")
                else:  # perhaps there is none
                    await message.remove_reaction(WAITS, me)
        except SEND_ERRORS as error:
            log.info("discord.mark_stays message=%d error=%s", ref.message_id, in_short(error))
        except StoreError:
            log.warning("discord.mark_stays message=%d", ref.message_id, exc_info=True)
        finally:
            marks = self._waiting[conversation.id]
            del marks[ref.message_id]
            if not marks:
                del self._waiting[conversation.id]

    @asynccontextmanager
    async def _turn(self, ref: MessageRef) -> AsyncIterator[None]:
        """Wraps one request, when nothing else is to be sent; the next one in the channel comes a moment later."""
        async with self._in_order.turn(ref.channel_id):
            await self._bot.traffic.channel(ref.channel_id).turn(Kind.OTHER, rank=lambda: Rank.OTHER)
            try:
                yield
            finally:
                await asyncio.sleep(APART_SECONDS)

    async def _waits(self, ref: MessageRef) -> bool:
        said = await self._bot.engine.places.response_at(ref.message_id)
        return said is not None and said.state is State.PENDING


async def _added(message: discord.PartialMessage) -> bool:
    """Whether the mark is there, or may be."""
    try:
        await message.add_reaction(WAITS)
    except SEND_ERRORS as error:
        log.info("discord.no_mark message=%d error=%s", message.id, in_short(error))
        return fate_of(error) is Fate.AGAIN
    return True
