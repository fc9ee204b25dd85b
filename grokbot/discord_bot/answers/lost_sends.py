"""Finds messages that the last process sent but could not note, so that nothing is sent twice.

Discord drops a repeated nonce for some minutes only. Not here: what is done with them (`presenter`, `relay`).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.errors import StoreError
from grokbot.conversation.response import MessageRef
from grokbot.discord_bot.answers.buttons.faces import answers_under
from grokbot.discord_bot.rate_limits import PATIENCE, SEND_ERRORS, Kind, Rank, in_short, retry_request

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from grokbot.discord_bot.answers.display_order import Given
    from grokbot.discord_bot.answers.layout import Layout
    from grokbot.discord_bot.client import Client
    from grokbot.engine.engine import Engine

log = logging.getLogger(__name__)

CLOCKS_DIFFER = timedelta(hours=12)
"""How far our clock may have been ahead of Discord's when we search from a time of ours."""

LOOKED_AT = 100
"""Messages to search for what was sent before a stop; one request returns so many."""

ALIKE = 40
"""Two texts are versions of one if this many first characters match."""


async def unknown_since(
    bot: Client, channel: discord.PartialMessageable, since: int | datetime
) -> Sequence[discord.Message]:
    """Our own messages in a channel that belong to no stored response; oldest first.

    Args:
        bot: The connection.
        channel: Where to look.
        since: Only messages after this one, by its id; or after a time, minus the possible difference of the clocks.

    Raises:
        discord.DiscordException, aiohttp.ClientError, OSError: They could not be read.
        StoreError: The database could not say what they show.
    """
    after = since if isinstance(since, int) else discord.utils.time_snowflake(since - CLOCKS_DIFFER)
    await bot.traffic.channel(channel.id).turn(Kind.OTHER, rank=lambda: Rank.FIRST)
    first = isinstance(since, int)  # the first ones after a message, or the newest ones after a time
    history = channel.history(after=discord.Object(after), limit=LOOKED_AT, oldest_first=first)
    own = sorted([message async for message in history if message.author.id == bot.own_id], key=lambda one: one.id)
    return [message for message in own if await bot.engine.places.response_at(message.id) is None]


async def is_strange(engine: Engine, message: discord.Message) -> bool:
    """Whether a message of ours shows an answer that the database does not know: another database was in use then."""
    answers = answers_under(message)
    if not answers:
        return False
    return not any([await engine.places.knows(response_id) for response_id in answers])


async def found_again(bot: Client, channel: discord.PartialMessageable, given: Given, layout: Layout) -> bool:
    """Finds the messages of an answer that were sent just before the last stop and never noted, and notes them.

    Args:
        bot: The connection.
        channel: Where the answer stands.
        given: The answer.
        layout: How it is laid out.

    Returns:
        Whether to show the answer: False if the conversation went on with a database that was lost.
    """
    running, messages = given.running, given.shown.messages
    known = [ref.message_id for ref in (*messages, *running.asked.messages) if ref.channel_id == channel.id]
    since = max(known) if known else running.response.created_at
    try:
        found = await retry_request(lambda: unknown_since(bot, channel, since), "history", seconds=PATIENCE)
    except (*SEND_ERRORS, StoreError) as error:  # then it may be sent twice
        log.warning("answer.left_unread turn=%s error=%s", running.id, in_short(error))
        return True
    if running.conversation.options.in_channel:  # others' answers are sent there, too
        found = [each for each in found if each.reference is not None and each.reference.message_id in known]
    if any([await is_strange(bot.engine, message) for message in found]):
        log.warning("answer.left_alone turn=%s", running.id)
        return False
    there = len(messages)
    contents = [part.content for part in layout.of(running.snapshot())][there:]
    parts = parts_among(found, running.id, contents)
    refs = [MessageRef(each, channel.id, running.id, part) for part, each in enumerate(parts, there)]
    for ref in refs:
        log.info("answer.found turn=%s message=%d", running.id, ref.message_id)
        await bot.engine.places.shown(ref)
    given.shown = replace(given.shown, messages=(*messages, *refs))
    return True


def parts_among(found: Sequence[discord.Message], response_id: str, contents: Sequence[str]) -> Sequence[int]:
    """Ids of the messages that are parts of an answer, in order: by their buttons, or by how they begin. Pure.

    Args:
        found: Unknown messages, oldest first.
        response_id: The answer.
        contents: What its messages after the known ones should say.
    """
    parts: list[int] = []
    for message in found:
        answers = answers_under(message)
        wanted = contents[len(parts)] if len(parts) < len(contents) else None
        if response_id in answers or (not answers and wanted is not None and _alike(message.content, wanted)):
            parts.append(message.id)
    return parts


def _alike(one: str, other: str) -> bool:
    start = min(ALIKE, len(one), len(other))
    return start > 0 and one[:start] == other[:start]
