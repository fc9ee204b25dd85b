"""Telling whoever wrote a message what became of it, where that is not an answer of the model.

Not here: interactions (`interactions`), the sentences (`replies`), to whom a refusal is told (`refusals`, pure), how
requests are made again (`insisting`).
"""

from __future__ import annotations

import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.errors import GrokbotError
from grokbot.discord_bot.insisting import insisted
from grokbot.discord_bot.pacing import Kind
from grokbot.discord_bot.refusals import Telling, Way, telling
from grokbot.discord_bot.replies import NOT_LET, UNEXPECTED, cannot_write_there, refused_there
from grokbot.discord_bot.trouble import SEND_ERRORS, Fate, fate_of
from grokbot.engine.engine import AlreadyKnown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from grokbot.discord_bot.closings import Closings
    from grokbot.discord_bot.traffic import Traffic
    from grokbot.engine.turns_refused import WaitingRefused

log = logging.getLogger(__name__)


@asynccontextmanager
async def told(traffic: Traffic, closings: Closings, message: discord.Message) -> AsyncIterator[None]:
    """Whatever is raised inside becomes a sentence for whoever wrote the message; what nobody foresaw is logged too."""
    try:
        yield
    except AlreadyKnown:
        log.info("discord.message_again message=%d", message.id)
    except GrokbotError as error:
        await _refused(traffic, closings, message, error)
    except SEND_ERRORS as error:
        log.warning("discord.unanswered message=%d error=%s", message.id, error)
        await _tell_refusal(traffic, message, fate_of(error))
    except Exception:
        log.exception("discord.message_failed message=%d", message.id)
        await reply(traffic, message, UNEXPECTED)


async def reply(traffic: Traffic, message: discord.Message | discord.PartialMessage, text: str) -> None:
    """Under the message, or privately where we may not write. Where neither is possible, the log is told."""
    none, nonce = discord.AllowedMentions.none(), f"{message.id}-r"
    await traffic.urgent(message.channel.id, Kind.SEND)
    try:
        await insisted(lambda: message.reply(text, mention_author=False, allowed_mentions=none, nonce=nonce), "reply")
    except SEND_ERRORS as error:
        log.warning("discord.reply_failed message=%d error=%s", message.id, error)
        if fate_of(error) is Fate.BARRED and isinstance(message, discord.Message) and message.guild is not None:
            await said_alone(traffic, message.author, cannot_write_there(message.channel.id, text), f"{message.id}-p")


async def said_alone(
    traffic: Traffic, to: discord.User | discord.Member | discord.DMChannel, text: str, nonce: str
) -> bool:
    """In a direct message. Whether Discord took it: people can close theirs to us."""
    none = discord.AllowedMentions.none()
    await traffic.urgent(to.id, Kind.SEND)
    try:
        await insisted(lambda: to.send(text, allowed_mentions=none, nonce=nonce), "private reply")
    except SEND_ERRORS as error:
        log.warning("discord.untold nonce=%s error=%s", nonce, error)
        return False
    return True


async def waiting_refused(
    client: discord.Client, traffic: Traffic, closings: Closings, refused: WaitingRefused
) -> None:
    """Tells of messages that waited, and are not answered after all, as if they had been refused when they came."""
    channel_id = refused.conversation.channel_id
    if channel_id is None or refused.author is None or not refused.messages:
        return
    newest = max(refused.messages, key=lambda ref: ref.message_id)
    place = client.get_partial_messageable(newest.channel_id, guild_id=refused.conversation.guild_id)
    under = place.get_partial_message(newest.message_id)
    how = telling(refused.error, author_id=refused.author.id, channel_id=channel_id)
    if not _is_due(closings, how):
        return
    if refused.conversation.guild_id is None or how.way in (Way.REPLY, Way.CHANNEL):
        await reply(traffic, under, how.text)
        return
    try:
        alone = await client.create_dm(discord.Object(refused.author.id))
    except SEND_ERRORS as error:
        log.warning("discord.untold message=%d error=%s", newest.message_id, error)
        taken = False
    else:
        taken = await said_alone(traffic, alone, refused_there(channel_id, how.text), f"{newest.message_id}-p")
    if not taken and how.way is Way.FIRST_ALONE:
        await reply(traffic, under, how.text)


async def _refused(traffic: Traffic, closings: Closings, message: discord.Message, error: GrokbotError) -> None:
    how = telling(error, author_id=message.author.id, channel_id=message.channel.id)
    if not _is_due(closings, how):
        return
    if message.guild is None or how.way in (Way.REPLY, Way.CHANNEL):
        await reply(traffic, message, how.text)
        return
    text = refused_there(message.channel.id, how.text)
    taken = await said_alone(traffic, message.author, text, f"{message.id}-p")
    if not taken and how.way is Way.FIRST_ALONE:
        await reply(traffic, message, how.text)


def _is_due(closings: Closings, how: Telling) -> bool:
    """Whether it is said now, and not silent, or said not long ago."""
    if how.way is Way.SILENT:
        return False
    return how.key is None or closings.due(*how.key, time.monotonic())


async def _tell_refusal(traffic: Traffic, message: discord.Message, fate: Fate) -> None:
    """Discord did not do what it takes to answer. Where the message or its channel is gone, nobody waits."""
    if fate not in (Fate.MESSAGE_GONE, Fate.CHANNEL_GONE):
        await reply(traffic, message, NOT_LET if fate is Fate.BARRED else UNEXPECTED)
