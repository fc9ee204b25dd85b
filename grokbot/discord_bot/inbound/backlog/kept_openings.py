"""Conversations that had no place yet at the last stop: begun again after a start.

Not here: opening the place (`openings`), what is kept of them (`engine.library.backlog`).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.errors import AlreadyKnownError, GrokbotError, NotAllowedError
from grokbot.conversation.text import speak
from grokbot.discord_bot.inbound.openings import LOOKED_AT, Command, begun_directly, begun_in_thread, starter_in
from grokbot.discord_bot.members import is_named, member_of, roles_of
from grokbot.discord_bot.notices import answer, sentence_of
from grokbot.discord_bot.notices.texts.answer_text import NOT_OPENED, asked, goes_on_in
from grokbot.discord_bot.notices.texts.image_text import NOT_MADE
from grokbot.discord_bot.rate_limits import PATIENCE, SEND_ERRORS, in_short, retry_request
from grokbot.engine.library.backlog import MAX_AGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.records.opening import PendingOpening
    from grokbot.discord_bot.client import Client

log = logging.getLogger(__name__)


async def begin_openings(bot: Client, left: Sequence[PendingOpening]) -> None:
    """After a start, opens places for the conversations that had none at the last stop."""
    if left:
        log.info("openings.again openings=%d", len(left))
    await asyncio.gather(*(_begin_again(bot, wanted) for wanted in left))


async def _begin_again(bot: Client, wanted: PendingOpening) -> None:
    guild = bot.get_guild(wanted.guild_id) if wanted.guild_id is not None else None
    with bot.in_flight():
        try:
            async with bot.engine.backlog.kept(wanted):
                if discord.utils.utcnow() - wanted.since > MAX_AGE:
                    log.info("opening.too_old opening=%d", wanted.id)
                elif wanted.command:
                    await _command_again(bot, wanted, Command.read(wanted.command))
                elif guild is not None:
                    await _message_again(bot, wanted, guild)
        except Exception:
            log.exception("opening.failed opening=%d", wanted.id)


async def _message_again(bot: Client, wanted: PendingOpening, guild: discord.Guild) -> None:
    channel = guild.get_channel_or_thread(wanted.channel_id)
    if not isinstance(channel, discord.abc.Messageable):
        return
    try:
        message = await retry_request(lambda: channel.fetch_message(wanted.id), "message", seconds=PATIENCE)
        message.author = await member_of(guild, wanted.user_id)
    except SEND_ERRORS as error:  # it was deleted, or its writer has left
        log.info("opening.gone opening=%d error=%s", wanted.id, in_short(error))
        return
    await bot.handle(message)


async def _command_again(bot: Client, wanted: PendingOpening, command: Command) -> None:
    speak(await bot.language_at(wanted.guild_id, wanted.channel_id))  # what its person speaks is not known any more
    if command.images:
        await _tell(bot, wanted, command, NOT_MADE)
        return
    if command.starter_id is not None and await bot.engine.places.response_at(command.starter_id) is not None:
        return
    try:
        if wanted.guild_id is None:
            await begun_directly(bot, wanted, command)
            return
        command = await _with_rights_of_now(bot, wanted, command)
        if command.in_channel:
            await begun_directly(bot, wanted, command)
            return
        if command.title is None:
            command = replace(command, title="")  # a thread that an earlier try opened has the question's name
        if command.thread_id is None:
            command = await retry_request(lambda: _as_shown(bot, wanted, command), "history", seconds=PATIENCE)
        text = goes_on_in((await begun_in_thread(bot, wanted, command)).id)
    except AlreadyKnownError:
        return
    except GrokbotError as error:
        text = sentence_of(error)
    except SEND_ERRORS as error:
        log.warning("opening.failed opening=%d error=%s", wanted.id, in_short(error))
        text = NOT_OPENED
    await _tell(bot, wanted, command, text)


async def _tell(bot: Client, wanted: PendingOpening, command: Command, text: str) -> None:
    webhook = discord.Webhook.partial(bot.application_id or 0, command.token, client=bot)
    try:
        await answer(webhook, text, private=False)
    except SEND_ERRORS as error:  # its 15 minutes are over
        log.warning("discord.untold interaction=%d error=%s", wanted.id, in_short(error))


async def _as_shown(bot: Client, wanted: PendingOpening, command: Command) -> Command:
    """Adds the thread in which an earlier try posted the question, if that could not be stored.

    The thread may be closed, and somebody else may already have written there.
    """
    place = bot.get_channel(wanted.channel_id)
    text = asked(command.name, command.prompt)
    all_kept = [Command.read(each.command) for each in await bot.engine.backlog.openings() if each.command]
    if not isinstance(place, discord.TextChannel) or sum(asked(c.name, c.prompt) == text for c in all_kept) > 1:
        return command  # two that say the same have one thread each
    closed = place.archived_threads(private=command.private, joined=command.private, limit=LOOKED_AT)
    for thread in (*place.threads, *[each async for each in closed]):
        if thread.owner_id == bot.own_id and thread.id > wanted.id:
            starter_id = await starter_in(bot, thread, wanted.id, text)
            if starter_id is not None and await bot.engine.places.response_at(starter_id) is None:
                return replace(command, thread_id=thread.id, starter_id=starter_id)
    return command


async def _with_rights_of_now(bot: Client, wanted: PendingOpening, command: Command) -> Command:
    """The command with its author's current roles.

    Raises:
        NotAllowedError: They do not see the place any more.
        discord.DiscordException, aiohttp.ClientError, OSError: They have left, or Discord does not say.
    """
    guild = bot.get_guild(wanted.guild_id or 0)
    channel = guild.get_channel(wanted.channel_id) if guild is not None else None
    if guild is None or channel is None:
        return command  # there is no place for it
    member = await member_of(guild, wanted.user_id)
    may, role_ids = channel.permissions_for(member), roles_of(member)
    if not may.view_channel:
        raise NotAllowedError(NOT_OPENED)
    moderator = may.manage_messages or await is_named(bot.engine, guild.id, role_ids)
    return replace(command, person=command.person | {"role_ids": sorted(role_ids), "moderator": moderator})
