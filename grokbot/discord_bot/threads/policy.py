"""How conversations begin in a channel, as set by moderators: its threads, and whose settings apply there.

Not here: model, mode and persona (`engine`, by the channels named here), opening threads (`threads`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.errors import StoreError
from grokbot.discord_bot.rate_limits import in_short

if TYPE_CHECKING:
    from grokbot.engine.engine import Engine
    from grokbot.settings import DiscordSettings


log = logging.getLogger(__name__)

CHANNELS = (discord.TextChannel, discord.VoiceChannel, discord.StageChannel)


@dataclass(frozen=True, slots=True)
class ThreadWishes:
    """How threads should be in a channel."""

    archive_minutes: int
    private: bool


@dataclass(frozen=True, slots=True)
class ChannelWays:
    """Which messages a channel answers, and where."""

    every_message: bool = False
    """Every message of a person, without a mention; in a forum, every new post."""
    in_channel: bool = False
    """In the channel itself, without threads."""


AS_EVER = ChannelWays()
"""Mentions are answered, in threads."""


async def channel_ways(engine: Engine, channel: object, message_id: int = 0) -> ChannelWays:
    """How messages of a channel are answered, as set for it, else its category, else the server.

    In threads it is as ever, and also if it cannot be read: what depends on it fails then, too.

    Args:
        engine: Knows the servers' settings.
        channel: The channel.
        message_id: The message: of a forum post, only the first is one of the forum.
    """
    post = isinstance(channel, discord.Thread) and isinstance(channel.parent, discord.ForumChannel)
    begins = not isinstance(channel, discord.Thread) or (post and channel.id == message_id)
    if not begins or not isinstance(channel, (*CHANNELS, discord.Thread)):
        return AS_EVER
    try:
        chosen = await engine.moderation.settings.effective(channel.guild.id, around(channel))
        open_here = await engine.moderation.settings.open_to_grok(channel.guild.id, around(channel))
    except StoreError as error:
        log.warning("settings.unread channel=%d error=%s", channel.id, in_short(error))
        return AS_EVER
    # A wider setting must not make public what a narrower one keeps in private threads, and the other way round.
    in_channel = bool(chosen.get("in_channel")) and not chosen.get("private") and not post
    answerable = in_channel or isinstance(channel, (discord.TextChannel, discord.Thread))  # others have no threads
    return ChannelWays(bool(chosen.get("every_message")) and answerable and open_here, in_channel)


async def thread_wishes(engine: Engine, settings: DiscordSettings, channel: object) -> ThreadWishes:
    """How threads are opened in a channel: as set for it, else its category, else the server, else by the operator.

    Args:
        engine: Knows the servers' settings.
        settings: The operator's.
        channel: The thread's parent; anything but a text channel has the operator's settings.

    Raises:
        StoreError: It could not be read.
    """
    if not isinstance(channel, discord.TextChannel):
        return ThreadWishes(settings.thread_archive_minutes, private=False)
    chosen = await engine.moderation.settings.effective(channel.guild.id, around(channel))
    minutes = chosen.get("archive_minutes") or settings.thread_archive_minutes
    return ThreadWishes(minutes, private=bool(chosen.get("private")) and not channel.is_news())


def around(channel: object) -> tuple[int, ...]:
    """A channel and its surroundings, the nearest first; empty outside servers."""
    if isinstance(channel, discord.Thread):
        category_id = channel.parent.category_id if channel.parent is not None else None
        places: list[int | None] = [channel.id, channel.parent_id, category_id]
    elif isinstance(channel, discord.abc.GuildChannel):
        places = [channel.id, channel.category_id]
    else:
        places = []
    return tuple(place for place in places if place is not None)
