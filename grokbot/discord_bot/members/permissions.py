"""Members as the permission rules see them: roles, place, whether they may moderate.

Moderators may manage messages in the channel, or have a role that the server's moderators named. This is checked again
for every message and press. Not here: the rules (`policy`), keeping the named roles (`engine`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.errors import NotAllowedError, StoreError, UserError
from grokbot.discord_bot.notices.texts.moderator_text import MODERATES_ONLY_HERE, NOT_A_MODERATOR, ONLY_IN_SERVERS
from grokbot.policy.actor import Actor

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from grokbot.engine.engine import Engine

log = logging.getLogger(__name__)

MODERATORS = "moderators"
"""The setting of a server that names further roles."""


async def actor_of(interaction: discord.Interaction[Any]) -> Actor:
    """The member who gave a command or pressed a button, with their current rights there.

    Where the bot is not, nothing of the place counts: its rights and roles are not known to it as a server's.
    """
    user, guild_id = interaction.user, interaction.guild_id
    if not bot_is_here(interaction):
        return Actor(id=user.id, name=user.display_name)
    role_ids = roles_of(user)
    allowed = interaction.permissions.manage_messages or interaction.permissions.administrator
    parent_id, category_id = _around(interaction.channel)
    return Actor(
        id=user.id,
        name=user.display_name,
        guild_id=guild_id,
        channel_id=interaction.channel_id,
        parent_id=parent_id,
        category_id=category_id,
        role_ids=role_ids,
        moderator=guild_id is not None and (allowed or await is_named(interaction.client.engine, guild_id, role_ids)),
    )


def bot_is_here(interaction: discord.Interaction[Any]) -> bool:
    """Whether the place of an interaction is a server that has added the bot, or its own direct messages.

    Everywhere else it is there for one person alone, who has installed the app.
    """
    if interaction.guild_id is None:
        return not interaction.context.private_channel
    return interaction.client.get_guild(interaction.guild_id) is not None


async def writer_of(engine: Engine, message: discord.Message) -> Actor:
    """The writer of a message."""
    user, guild = message.author, message.guild
    role_ids = roles_of(user)
    parent_id, category_id = _around(message.channel)
    return Actor(
        id=user.id,
        name=user.display_name,
        guild_id=guild.id if guild is not None else None,
        channel_id=message.channel.id,
        parent_id=parent_id,
        category_id=category_id,
        role_ids=role_ids,
        moderator=guild is not None and (_may_manage(message) or await is_named(engine, guild.id, role_ids)),
    )


async def moderator_of(interaction: discord.Interaction[Any], *, here: bool = False) -> Actor:
    """The author of a command, if they may moderate: that Discord hides a command is only a hint.

    Args:
        interaction: The command, or a press.
        here: Whether it concerns only this channel's conversation. Then the right to manage messages here is enough;
            for the whole server it has to apply server-wide.

    Raises:
        NotAllowedError: They may not.
        UserError: This is no server.
    """
    if interaction.guild_id is None:
        raise UserError(ONLY_IN_SERVERS)
    person = await actor_of(interaction)
    if not person.moderator:
        raise NotAllowedError(NOT_A_MODERATOR)
    if here or _manages_server_wide(interaction.user):
        return person
    if not await is_named(interaction.client.engine, interaction.guild_id, person.role_ids):
        raise NotAllowedError(MODERATES_ONLY_HERE)
    return person


async def check_read(
    interaction: discord.Interaction[Any], user_id: int, text: str, *, at: datetime | None = None
) -> None:
    """Raises if a person has opted out of being read.

    Args:
        interaction: Only for the engine of its client.
        user_id: Whose text it is.
        text: The sentence of the error.
        at: When they wrote it, in UTC; None: now.

    Raises:
        NotAllowedError: They have opted out; `text` says so.
        StoreError: The database could not say.
    """
    if await interaction.client.engine.privacy.opted_out(user_id, at):
        raise NotAllowedError(text)


def may_write(channel: discord.TextChannel | discord.Thread) -> bool:
    """Whether the bot itself may write in a channel, as far as it knows."""
    granted = channel.permissions_for(channel.guild.me)
    sending = granted.send_messages_in_threads if isinstance(channel, discord.Thread) else granted.send_messages
    return granted.view_channel and sending


def guild_of(person: Actor) -> int:
    """The server of a moderator."""
    if person.guild_id is None:
        raise UserError(ONLY_IN_SERVERS)
    return person.guild_id


async def is_named(engine: Engine, guild_id: int, role_ids: Collection[int]) -> bool:
    """Whether a server names one of these roles as its moderators. False if that cannot be read.

    Args:
        engine: Knows the server's settings.
        guild_id: The server.
        role_ids: Somebody's roles.
    """
    try:
        named = (await engine.moderation.settings.chosen(guild_id)).get(MODERATORS) or ()
    except StoreError:
        log.warning("discord.moderators_unread guild=%d", guild_id)
        return False
    return any(role_id in role_ids for role_id in named)


def roles_of(user: discord.User | discord.Member) -> frozenset[int]:
    """Includes roles that the cache does not know (yet), and the one of everyone, whose id is the server's."""
    return frozenset(user._roles) | {user.guild.id} if isinstance(user, discord.Member) else frozenset()  # noqa: SLF001 - `roles` leaves those out


def _manages_server_wide(user: discord.User | discord.Member) -> bool:
    """By roles alone: a channel's own overwrites apply only in that channel."""
    return isinstance(user, discord.Member) and user.guild_permissions.manage_messages


def _may_manage(message: discord.Message) -> bool:
    author, channel = message.author, message.channel
    if not isinstance(author, discord.Member):
        return False
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return author.guild_permissions.manage_messages
    if isinstance(channel, (discord.Thread, discord.abc.GuildChannel)):
        return channel.permissions_for(author).manage_messages
    return author.guild_permissions.manage_messages


def _around(channel: object) -> tuple[int | None, int | None]:
    """The ids of a thread's parent, and of the category of the thread or channel."""
    if isinstance(channel, discord.Thread):
        return channel.parent_id, channel.parent.category_id if channel.parent is not None else None
    return None, channel.category_id if isinstance(channel, discord.abc.GuildChannel) else None


def may_attach(bot: discord.Client, guild_id: int | None, channel_id: int) -> bool:
    """Whether we may attach files, as far as known: of a thread that was archived at the start, nothing is.

    Args:
        bot: The connection. Edits may not tell it.
        guild_id: The server; None: direct messages.
        channel_id: A channel or thread of it.
    """
    guild = bot.get_guild(guild_id) if guild_id is not None else None
    channel = guild.get_channel_or_thread(channel_id) if guild is not None else None
    if guild is None or channel is None or (isinstance(channel, discord.Thread) and channel.parent is None):
        return True
    return channel.permissions_for(guild.me).attach_files
