"""Messages read again, if the operator stores no texts: the engine gets their content once more.

Not here: when that is needed (`engine.deletion.reread`), reading a message for the first time
(`content.message_parser`).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from grokbot.discord_bot.content import from_person
from grokbot.discord_bot.notices.texts.source_text import as_written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.parts import AttachedFile
    from grokbot.conversation.response import MessageRef
    from grokbot.discord_bot.client import Client
    from grokbot.engine.deletion import Reader
    from grokbot.engine.prompts.attachments import AttachedReader
    from grokbot.engine.turns import Question

log = logging.getLogger(__name__)


def reader_of(bot: Client) -> Reader:
    """A reader for dropped texts."""

    async def read(refs: Sequence[MessageRef]) -> str | None:
        said = [await _said(bot, ref) for ref in refs]
        pieces = [piece for piece in said if piece is not None]
        return "\n".join(pieces) if len(pieces) == len(refs) else None  # a part must not pass for the whole

    return read


def attached_reader_of(bot: Client) -> AttachedReader:
    """A reader for the attachments of messages."""

    async def read(refs: Sequence[MessageRef]) -> Sequence[AttachedFile]:
        asked = [await _asked(bot, ref) for ref in refs]
        return [each for question in asked if question is not None for each in question.attachments]

    return read


def pointed_out(asked: Question, writer_id: int) -> tuple[AttachedFile, ...]:
    """The attachments of a message that somebody asks about: its writer's."""
    return tuple(replace(each, author_id=each.author_id or writer_id) for each in asked.attachments)


async def attached_again(bot: Client, pointed_at: Sequence[int] | None) -> tuple[AttachedFile, ...]:
    """What a kept command asks about, read again after a restart: the attachments of a message by channel and id."""
    if pointed_at is None:
        return ()
    channel_id, message_id = pointed_at
    try:
        message = await bot.get_partial_messageable(channel_id).fetch_message(message_id)
    except discord.HTTPException as error:
        log.info("discord.attachments_unread message=%d status=%d", message_id, error.status)
        return ()
    if await bot.engine.privacy.opted_out(message.author.id, message.created_at):
        return ()
    asked = await bot.read(message)
    return pointed_out(asked, asked.quoted_id or message.author.id)


async def _said(bot: Client, ref: MessageRef) -> str | None:
    """The text of one message: a person's as a question, ours as it stands. None if it may not be read."""
    message = await _fetched(bot, ref)
    if message is not None and message.author.id == bot.own_id:
        return as_written(message.content) or None
    question = await _question(bot, message) if message is not None else None
    return question.text or None if question is not None else None


async def _asked(bot: Client, ref: MessageRef) -> Question | None:
    message = await _fetched(bot, ref)
    return await _question(bot, message) if message is not None else None


async def _fetched(bot: Client, ref: MessageRef) -> discord.Message | None:
    try:
        return await bot.get_partial_messageable(ref.channel_id).fetch_message(ref.message_id)
    except discord.HTTPException as error:
        log.info("words.message_not_read message=%d status=%d", ref.message_id, error.status)
        return None


async def _question(bot: Client, message: discord.Message) -> Question | None:
    """What a person's message asks; None if it may not be read."""
    if not from_person(message) or await bot.engine.privacy.opted_out(message.author.id, message.created_at):
        return None
    return await bot.question(message, begins=await bot.engine.places.begins(message.id))
