"""Telling whoever wrote a message what became of it, where that is not an answer of the model.

Not here: interactions (`interactions`), the sentences (`replies`), how requests are made again (`insisting`).
"""

from __future__ import annotations

import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.errors import Closed, GrokbotError
from grokbot.discord_bot.insisting import insisted
from grokbot.discord_bot.pacing import Kind
from grokbot.discord_bot.replies import NOT_LET, UNEXPECTED, cannot_write_there
from grokbot.discord_bot.trouble import SEND_ERRORS, Fate, fate_of
from grokbot.engine.engine import AlreadyKnown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from grokbot.discord_bot.closings import Closings
    from grokbot.discord_bot.traffic import Traffic

log = logging.getLogger(__name__)


@asynccontextmanager
async def told(traffic: Traffic, closings: Closings, message: discord.Message) -> AsyncIterator[None]:
    """Whatever is raised inside becomes a reply to the message; what nobody foresaw is logged too.

    That we answer nobody just now is said to the channel, not under every message there.
    """
    try:
        yield
    except AlreadyKnown:
        log.info("discord.message_again message=%d", message.id)
    except Closed as closed:
        if closings.due(message.channel.id, str(closed), time.monotonic()):
            await reply(traffic, message, str(closed))
    except GrokbotError as error:
        await reply(traffic, message, str(error))
    except SEND_ERRORS as error:
        log.warning("discord.unanswered message=%d error=%s", message.id, error)
        await _tell_refusal(traffic, message, fate_of(error))
    except Exception:
        log.exception("discord.message_failed message=%d", message.id)
        await reply(traffic, message, UNEXPECTED)


async def reply(traffic: Traffic, message: discord.Message, text: str) -> None:
    """Under the message, or privately where we may not write. Where neither is possible, the log is told."""
    none, nonce = discord.AllowedMentions.none(), f"{message.id}-r"
    await traffic.urgent(message.channel.id, Kind.SEND)
    try:
        await insisted(lambda: message.reply(text, mention_author=False, allowed_mentions=none, nonce=nonce), "reply")
    except SEND_ERRORS as error:
        log.warning("discord.reply_failed message=%d error=%s", message.id, error)
        if fate_of(error) is Fate.BARRED and message.guild is not None:
            await _write_privately(message, cannot_write_there(message.channel.id, text))


async def _tell_refusal(traffic: Traffic, message: discord.Message, fate: Fate) -> None:
    """Discord did not do what it takes to answer. Where the message or its channel is gone, nobody waits."""
    if fate not in (Fate.MESSAGE_GONE, Fate.CHANNEL_GONE):
        await reply(traffic, message, NOT_LET if fate is Fate.BARRED else UNEXPECTED)


async def _write_privately(message: discord.Message, text: str) -> None:
    try:
        none, nonce = discord.AllowedMentions.none(), f"{message.id}-p"
        await insisted(lambda: message.author.send(text, allowed_mentions=none, nonce=nonce), "private reply")
    except SEND_ERRORS as error:
        log.warning("discord.untold message=%d error=%s", message.id, error)
