"""Deletes messages in Discord for a moderator or their writer: in bulk where Discord allows it, else one by one.

Discord deletes 2 to 100 messages of one channel at once if none is older than 14 days (its documentation, "Bulk Delete
Messages"; one that is older fails the whole request with code 50034). Without the right to manage messages only our own
go. Not here: which messages those are (`engine`), who may (`commands`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

import discord

from grokbot.discord_bot.rate_limits import (
    SEND_ERRORS,
    TOO_OLD_FOR_MANY,
    Fate,
    Kind,
    Rank,
    fate_of,
    in_short,
    retry_request,
)
from grokbot.discord_bot.threads.delete_own import delete_one, own_of, unarchived

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
    from datetime import datetime

    from grokbot.conversation.response import MessageRef
    from grokbot.discord_bot.client import Client

log = logging.getLogger(__name__)

AT_ONCE = 100
YOUNG = timedelta(days=14) - timedelta(hours=1)
"""An hour less than Discord says: the clocks may differ, and the last of many wait for their turn."""
TOLD_SECONDS = 3.0
"""Seconds between two progress reports, at least."""


@dataclass(slots=True)
class DeletionProgress:
    """The progress of a deletion."""

    of: int
    deleted: int = 0
    left: int = 0

    @property
    def done(self) -> int:
        """Messages that were handled."""
        return self.deleted + self.left


async def remove(
    bot: Client, messages: Sequence[MessageRef], told: Callable[[DeletionProgress], Awaitable[None]]
) -> DeletionProgress:
    """Deletes the messages, channel by channel; what Discord does not let us delete stays, and is counted.

    Args:
        bot: The connection.
        messages: The messages; other people's go only where we may manage messages.
        told: Called now and then with the progress; must not raise.
    """
    by_channel = sorted({(ref.channel_id, ref.message_id) for ref in messages})
    progress = DeletionProgress(len(by_channel))
    clock = asyncio.get_running_loop().time
    last = clock()
    for channel_id, refs in groupby(by_channel, key=lambda ref: ref[0]):
        steps = _steps(bot, channel_id, [message_id for _, message_id in refs], progress)
        async for _ in steps:
            if clock() - last >= TOLD_SECONDS:
                last = clock()
                await told(progress)
    return progress


async def _steps(bot: Client, channel_id: int, ids: Sequence[int], progress: DeletionProgress) -> AsyncIterator[None]:
    """Deletes the messages of one channel, request by request."""
    place = bot.get_partial_messageable(channel_id)
    before = progress.done
    try:
        managed = _may_manage(bot, channel_id)
        mine = ids if managed else await own_of(bot, place, ids)
        progress.left += len(ids) - len(mine)
        waiting = deque(delete_requests(mine, discord.utils.utcnow()) if managed else [[one] for one in mine])
        while waiting:
            batch = waiting.popleft()
            await bot.traffic.channel(channel_id).turn(Kind.OTHER, rank=lambda: Rank.OTHER)
            try:
                gone = await _delete(bot, place, batch)
            except discord.HTTPException as error:
                if error.code != TOO_OLD_FOR_MANY:
                    raise
                waiting.extendleft([one] for one in reversed(batch))
                continue
            progress.deleted += gone
            progress.left += len(batch) - gone
            yield
    except SEND_ERRORS as error:
        log.warning("discord.not_removed channel=%d error=%s", channel_id, in_short(error))
        progress.left += len(ids) - (progress.done - before)


def delete_requests(ids: Sequence[int], now: datetime) -> Iterator[Sequence[int]]:
    """The messages of each request: as many young ones as one may hold, then the others one by one. Pure."""
    oldest = discord.utils.time_snowflake(now - YOUNG)
    young = [one for one in ids if one > oldest]
    for start in range(0, len(young), AT_ONCE):
        yield young[start : start + AT_ONCE]
    for one in ids:
        if one <= oldest:
            yield [one]


async def _delete(bot: Client, place: discord.PartialMessageable, batch: Sequence[int]) -> int:
    """Returns how many were deleted: 0 for a single one that was gone already; for many Discord does not say."""
    if len(batch) == 1:
        try:
            await delete_one(bot, place.get_partial_message(batch[0]))
        except SEND_ERRORS as error:
            if fate_of(error) is not Fate.MESSAGE_GONE:
                raise
            return 0
        return 1
    request = lambda: bot.http.delete_messages(place.id, list(batch))  # noqa: E731 - each try needs a new coroutine
    try:
        await retry_request(request, "deletion of many")
    except SEND_ERRORS as error:
        if fate_of(error) is not Fate.ARCHIVED:
            raise
        await unarchived(bot, place.id)
        await retry_request(request, "deletion of many")
    return len(batch)


def _may_manage(bot: Client, channel_id: int) -> bool:
    """Whether we may delete people's messages there, as far as known."""
    channel = bot.get_channel(channel_id)
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return False
    if not isinstance(channel, (discord.Thread, discord.abc.GuildChannel)):
        return False
    return channel.permissions_for(channel.guild.me).manage_messages
