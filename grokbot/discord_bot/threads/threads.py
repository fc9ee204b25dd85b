"""Opens the threads of conversations, and explains in plain words why one cannot be opened.

Not here: when one is opened (`bot`, `commands`).
"""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

import discord

from grokbot.conversation.errors import LimitReachedError, NotAllowedError, UserError
from grokbot.conversation.text.sentences import Sentence
from grokbot.discord_bot.content import thread_name
from grokbot.discord_bot.notices.texts.answer_text import (
    NO_PRIVATE_THREADS,
    NO_THREADS_HERE,
    THREAD_LOCKED,
    TOO_MANY_THREADS,
    missing_permissions,
    no_threads_for,
)
from grokbot.discord_bot.rate_limits import NAMES_REFUSED, SEND_ERRORS, THREAD_EXISTS, THREADS_FULL, in_short, wait_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

log = logging.getLogger(__name__)

SEE = Sentence("View Channel")
READ = Sentence("Read Message History")
WRITE = Sentence("Send Messages")
WRITE_IN_THREADS = Sentence("Send Messages in Threads")
OPEN_PUBLIC, OPEN_PRIVATE = Sentence("Create Public Threads"), Sentence("Create Private Threads")

FALLBACK_NAME = "Talk with Grok"

LONG_SECONDS = 30.0
"""A person who would wait longer for a thread is told at once."""

ParentChannel = discord.TextChannel
"""Where threads can be opened from a message: text and announcement channels."""

ThreadKind: TypeAlias = Literal[
    discord.ChannelType.news_thread, discord.ChannelType.public_thread, discord.ChannelType.private_thread
]


@dataclass(frozen=True, slots=True)
class Apart:
    """A thread to open without a message, named after the text; archived after so many minutes without a message."""

    place: ParentChannel
    text: str
    minutes: int
    private: bool = False


def checked_place(channel: object, *, private: bool = False) -> ParentChannel:
    """The channel, if we can open a thread there.

    Raises:
        UserError: This kind of channel has no threads.
        NotAllowedError: We lack permissions; the text names them.
    """
    if not isinstance(channel, discord.TextChannel):
        raise UserError(NO_THREADS_HERE)
    if private and channel.is_news():
        raise UserError(NO_PRIVATE_THREADS)
    granted = channel.permissions_for(channel.guild.me)
    needed = {
        SEE: granted.view_channel,
        READ: granted.read_message_history,
        OPEN_PRIVATE if private else OPEN_PUBLIC: (
            granted.create_private_threads if private else granted.create_public_threads
        ),
        WRITE_IN_THREADS: granted.send_messages_in_threads,
    }
    missing = [name for name, has in needed.items() if not has]
    if missing:
        # Without the right to see a channel, all other permissions are missing too, so nothing is known of those.
        raise NotAllowedError(missing_permissions(missing if granted.view_channel else missing[:1]))
    return channel


def check_writable(channel: object) -> None:
    """Requires that we can answer in a channel itself, before anything is paid for.

    Raises:
        NotAllowedError: We lack permissions; the text names them.
    """
    if not isinstance(channel, discord.abc.GuildChannel):
        return
    granted = channel.permissions_for(channel.guild.me)
    needed = {WRITE: granted.send_messages, READ: granted.read_message_history}
    if missing := [name for name, has in needed.items() if not has]:
        raise NotAllowedError(missing_permissions(missing))


def check_unlocked(channel: object) -> None:
    """Requires that Discord lets us write in a thread and change what we wrote, before anything is paid for.

    Raises:
        NotAllowedError: It is locked, and we may not manage threads.
    """
    if not isinstance(channel, discord.Thread) or not channel.locked or channel.parent is None:
        return
    if not channel.permissions_for(channel.guild.me).manage_threads:
        raise NotAllowedError(THREAD_LOCKED)


async def from_message(message: discord.Message, text: str, minutes: int) -> discord.Thread:
    """The thread under a message, named after its first words; an existing one, if somebody was faster.

    Args:
        message: The message.
        text: The name is made of this.
        minutes: Minutes without a message until the thread is archived: one of Discord's four values.

    Raises:
        UserError, NotAllowedError: See `checked_place`.
        NotAllowedError: The server has as many threads as possible.
        LimitReachedError: Discord's limit lasts too long to wait without telling the person.
        discord.HTTPException: Discord refused.
    """
    place = checked_place(message.channel)
    try:
        return await _named(
            lambda name: message.create_thread(name=name, auto_archive_duration=minutes),  # type: ignore[arg-type] # settings allow Discord's four values only
            text,
        )
    except discord.HTTPException as error:
        if error.code != THREAD_EXISTS:
            raise
        thread = await place.guild.fetch_channel(message.id)
        if not isinstance(thread, discord.Thread):
            raise
        return thread


async def apart(wanted: Apart) -> discord.Thread:
    """Opens a thread without a message.

    Raises:
        NotAllowedError, LimitReachedError: See `from_message`.
        discord.HTTPException: Discord refused.
    """
    return await _named(
        lambda name: wanted.place.create_thread(
            name=name,
            auto_archive_duration=wanted.minutes,  # type: ignore[arg-type] # settings allow Discord's four values only
            type=_kind(wanted.place, private=wanted.private),
            invitable=not wanted.private,
        ),
        wanted.text,
    )


async def _named(make: Callable[[str], Awaitable[discord.Thread]], text: str) -> discord.Thread:
    """Opens a thread named after a text; under a neutral name if Discord or the server's filter refuses that one."""
    name = thread_name(text, FALLBACK_NAME)
    try:
        return await make(name)
    except SEND_ERRORS as error:
        if not (isinstance(error, discord.HTTPException) and error.code in NAMES_REFUSED) or name == FALLBACK_NAME:
            raise _why_not(error) from error
        log.info("discord.thread_name_refused code=%d", error.code)
    try:
        return await make(FALLBACK_NAME)
    except SEND_ERRORS as error:
        raise _why_not(error) from error


def _why_not(error: BaseException) -> BaseException:
    """The error in words for people; the error itself if a retry may help, or nothing does."""
    seconds = wait_of(error)
    if seconds >= LONG_SECONDS:
        return LimitReachedError(no_threads_for(seconds), discord.utils.utcnow() + timedelta(seconds=seconds))
    if isinstance(error, discord.HTTPException) and error.code in THREADS_FULL:
        return NotAllowedError(TOO_MANY_THREADS)
    return error


@asynccontextmanager
async def closed_on_trouble(thread: discord.Thread) -> AsyncIterator[None]:
    """Archives a new thread if no conversation could begin in it, so that nobody writes there and waits."""
    try:
        yield
    except Exception:
        try:
            await thread.edit(archived=True)
        except SEND_ERRORS as error:
            log.warning("discord.thread_stays_open thread=%d error=%s", thread.id, in_short(error))
        raise


def _kind(place: ParentChannel, *, private: bool) -> ThreadKind:
    if private:
        return discord.ChannelType.private_thread
    return discord.ChannelType.news_thread if place.is_news() else discord.ChannelType.public_thread
