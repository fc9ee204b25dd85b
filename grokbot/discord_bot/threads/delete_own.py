"""Deletes our own messages of a deleted conversation in Discord, slowly: nobody waits for it.

Not here: what belongs to the conversation (`engine`), why it is deleted (`deletion_question`).
"""

from __future__ import annotations

import logging
from itertools import groupby
from typing import TYPE_CHECKING

import discord

from grokbot.discord_bot.rate_limits import SEND_ERRORS, Fate, Kind, Rank, fate_of, in_short, retry_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import MessageRef
    from grokbot.discord_bot.client import Client

log = logging.getLogger(__name__)


async def clear(bot: Client, messages: Sequence[MessageRef]) -> None:
    """Deletes those of the messages that are ours, and leaves people's alone.

    What Discord does not let us delete stays, and is logged.
    """
    by_channel = sorted(messages, key=lambda ref: (ref.channel_id, ref.message_id))
    for channel_id, refs in groupby(by_channel, key=lambda ref: ref.channel_id):
        try:
            await _clear_channel(bot, channel_id, [ref.message_id for ref in refs])
        except SEND_ERRORS as error:
            log.warning("discord.not_cleared channel=%d error=%s", channel_id, in_short(error))


async def _clear_channel(bot: Client, channel_id: int, message_ids: Sequence[int]) -> None:
    place = bot.get_partial_messageable(channel_id)
    for message_id in await own_of(bot, place, message_ids):
        await bot.traffic.channel(channel_id).turn(Kind.OTHER, rank=lambda: Rank.OTHER)
        try:
            await delete_one(bot, place.get_partial_message(message_id))
        except SEND_ERRORS as error:
            if fate_of(error) is not Fate.MESSAGE_GONE:
                raise


async def delete_one(bot: Client, message: discord.PartialMessage) -> None:
    """Deletes one message; reopens an archived thread if Discord demands it.

    Raises:
        discord.DiscordException, aiohttp.ClientError, OSError: It is not deleted.
    """
    try:
        await retry_request(message.delete, "deletion")
    except SEND_ERRORS as error:
        if fate_of(error) is not Fate.ARCHIVED:
            raise
        await unarchived(bot, message.channel.id)
        await retry_request(message.delete, "deletion")


async def unarchived(bot: Client, thread_id: int) -> None:
    """Opens an archived thread.

    Raises:
        discord.DiscordException, aiohttp.ClientError, OSError: It is not opened.
    """
    thread = await bot.fetch_channel(thread_id)
    if isinstance(thread, discord.Thread):
        await thread.edit(archived=False)


async def own_of(bot: Client, place: discord.PartialMessageable, message_ids: Sequence[int]) -> Sequence[int]:
    """The messages that are ours. Discord would refuse to delete others' and hold the requests against us.

    Args:
        bot: The client.
        place: Their channel.
        message_ids: One or more.
    """
    wanted, own_id = set(message_ids), bot.own_id
    after, before = discord.Object(min(wanted) - 1), discord.Object(max(wanted) + 1)
    await bot.traffic.channel(place.id).turn(Kind.OTHER, rank=lambda: Rank.OTHER)
    between = place.history(limit=None, after=after, before=before, oldest_first=True)
    return [message.id async for message in between if message.id in wanted and message.author.id == own_id]
