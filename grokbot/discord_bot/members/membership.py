"""Looks up a member's current state in a place of a server: the port behind `engine.admission.membership`.

Uses REST, for Discord reports joining and leaving members to no bot without a privileged intent. Not here: people who
write or press something there, and so prove that they see it (`permissions`).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import aiohttp
import discord

from grokbot.conversation.errors import DiscordError
from grokbot.discord_bot.members.permissions import is_named, roles_of
from grokbot.discord_bot.rate_limits import PATIENCE, Kind, Rank, retry_request
from grokbot.engine.admission import NOT_ASKED
from grokbot.policy.actor import Actor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.discord_bot.client import Client

MEMBER_SECONDS = 30.0
"""Seconds that a member's roles are cached: one list asks about many places of one server."""

MOST_MEMBERS = 2_000
MOST_THREADS = 5_000
"""Archived threads to remember: their parent never changes."""

_UNASKED = (discord.HTTPException, discord.RateLimited, discord.InvalidData, aiohttp.ClientError, OSError, TimeoutError)


def asked_of(bot: Client) -> Callable[[int, int, int], Awaitable[Actor | None]]:
    """The function that `Membership` calls."""
    return _Members(bot).person


async def member_of(guild: discord.Guild, user_id: int) -> discord.Member:
    """A member with their current roles, however long Discord is away.

    Raises:
        discord.DiscordException, aiohttp.ClientError, OSError: They have left, or Discord does not say.
    """
    return await retry_request(lambda: guild.fetch_member(user_id), "member", seconds=PATIENCE)


class _Members:
    def __init__(self, bot: Client) -> None:
        self._bot = bot
        self._members: OrderedDict[tuple[int, int], tuple[float, discord.Member | None]] = OrderedDict()
        self._fetching: WeakValueDictionary[tuple[int, int], asyncio.Lock] = WeakValueDictionary()
        """While somebody holds or waits for them."""
        self._threads: OrderedDict[int, discord.Thread] = OrderedDict()

    async def person(self, user_id: int, guild_id: int, channel_id: int) -> Actor | None:
        """A member as seen from a channel; None if they do not see it, or it does not exist.

        Raises:
            DiscordError: Discord could not be asked.
        """
        with self._bot.in_flight():  # a stop waits for it
            guild = self._bot.get_guild(guild_id)
            if guild is None and self._bot.is_ready():
                return None  # we are no longer in that server
            if guild is None or guild.unavailable:
                raise DiscordError(NOT_ASKED)
            try:
                return await self._person(guild, user_id, channel_id)
            except _UNASKED:
                raise DiscordError(NOT_ASKED) from None

    async def _person(self, guild: discord.Guild, user_id: int, channel_id: int) -> Actor | None:
        member = await self._member(guild, user_id)
        if member is None:
            return None
        channel = await self._channel(guild, channel_id)
        around = channel.parent if isinstance(channel, discord.Thread) else channel
        if channel is None or around is None:
            return None
        may = around.permissions_for(member)
        closed = isinstance(channel, discord.Thread) and channel.is_private() and not may.manage_threads
        if not may.view_channel or (closed and not await self._is_in(channel.id, user_id)):
            return None
        role_ids = roles_of(member)
        return Actor(
            id=user_id,
            name=member.display_name,
            guild_id=guild.id,
            channel_id=channel_id,
            parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
            category_id=around.category_id,
            role_ids=role_ids,
            moderator=may.manage_messages or await is_named(self._bot.engine, guild.id, role_ids),
        )

    async def _member(self, guild: discord.Guild, user_id: int) -> discord.Member | None:
        """A member; None if they are not in the server. Concurrent calls for the same one share a request."""
        key = (guild.id, user_id)
        async with self._fetching.setdefault(key, asyncio.Lock()):
            now = asyncio.get_running_loop().time()
            until, member = self._members.get(key, (0.0, None))
            if now < until:
                return member
            try:
                await self._turn(user_id)
                member = await guild.fetch_member(user_id)
            except discord.NotFound:
                member = None
            self._members[key] = (now + MEMBER_SECONDS, member)
            self._members.move_to_end(key)
            if len(self._members) > MOST_MEMBERS:
                self._members.popitem(last=False)
            return member

    async def _channel(self, guild: discord.Guild, channel_id: int) -> discord.abc.GuildChannel | discord.Thread | None:
        """A channel; None if it does not exist (any more), or we do not see it ourselves."""
        known = guild.get_channel_or_thread(channel_id) or self._threads.get(channel_id)
        if known is not None:
            return known
        try:
            await self._turn(channel_id)
            found = await self._bot.fetch_channel(channel_id)
        except (discord.NotFound, discord.Forbidden):
            return None
        if isinstance(found, discord.Thread):  # an archived one
            self._threads[channel_id] = found
            if len(self._threads) > MOST_THREADS:
                self._threads.popitem(last=False)
        return found if isinstance(found, discord.Thread | discord.abc.GuildChannel) else None

    async def _is_in(self, thread_id: int, user_id: int) -> bool:
        try:
            await self._turn(thread_id)
            await self._bot.http.get_thread_member(thread_id, user_id)
        except discord.NotFound:
            return False
        return True

    async def _turn(self, place_id: int) -> None:
        """Queues with everything that a person waits for. Each place is separate: only the bot's budget counts."""
        await self._bot.traffic.channel(place_id).turn(Kind.OTHER, rank=lambda: Rank.FIRST)
