"""Who may do what where. PURE.

Here: the permission bits and the documented way to compute them ("Permissions", permission hierarchy and overwrites).
Not here: the checks themselves, which stand with each act.
"""

from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grokbot.sandbox.discord_server.state.model import Channel, Guild


class Permission(IntFlag):
    """Discord's permission bits, as documented; only those that this server looks at."""

    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    PIN_MESSAGES = 1 << 51


ALL = Permission((1 << 53) - 1)
"""Every bit up to the newest documented one; what an owner or administrator has."""

NONE = Permission(0)

TALK = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.READ_MESSAGE_HISTORY
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.ADD_REACTIONS
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.CREATE_PRIVATE_THREADS
)
"""What it takes to talk in channels and threads; what the bot's own role has from the start."""

NEW_GUILD_EVERYONE = (
    TALK | Permission.MENTION_EVERYONE | Permission.CHANGE_NICKNAME | Permission.USE_APPLICATION_COMMANDS
)
"""What @everyone has in a guild that was just made; MENTION_EVERYONE is indeed on at first."""

IN_DIRECT_MESSAGES = TALK | Permission.MENTION_EVERYONE | Permission.USE_APPLICATION_COMMANDS | Permission.PIN_MESSAGES
"""Direct messages have no roles; each side may do all that makes sense there."""

_NEED_SENDING = (
    Permission.MENTION_EVERYONE | Permission.SEND_TTS_MESSAGES | Permission.ATTACH_FILES | Permission.EMBED_LINKS
)


def in_guild(guild: "Guild", user_id: int) -> Permission:
    """Permissions by roles alone; none for who is not a member."""
    if user_id == guild.owner_id:
        return ALL
    member = guild.members.get(user_id)
    if member is None:
        return NONE
    held = guild.everyone.permissions
    for role_id in member.role_ids:
        role = guild.roles.get(role_id)
        if role is not None:
            held |= role.permissions
    return ALL if held & Permission.ADMINISTRATOR else held


def in_channel(channel: "Channel", user_id: int) -> Permission:
    """Permissions in a channel: roles, then the overwrites of @everyone, of the roles, of the member.

    A thread has those of its parent; a private one is closed to who is neither in it nor holds MANAGE_THREADS.
    """
    guild = channel.guild
    if guild is None:
        return IN_DIRECT_MESSAGES if user_id in channel.recipient_ids else NONE
    held = in_guild(guild, user_id)
    if not held & Permission.ADMINISTRATOR:
        held = _overwritten(channel.parent if channel.is_thread and channel.parent else channel, guild, user_id, held)
    sending = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    if not held & sending:
        held &= ~_NEED_SENDING
    if not held & Permission.VIEW_CHANNEL:
        return NONE
    if channel.is_private_thread and user_id not in channel.member_ids and not held & Permission.MANAGE_THREADS:
        return NONE
    return held


def _overwritten(channel: "Channel", guild: "Guild", user_id: int, held: Permission) -> Permission:
    overwrites = channel.overwrites
    if not overwrites:
        return held
    everyone = overwrites.get(guild.id)
    if everyone is not None:
        held = held & ~everyone.deny | everyone.allow
    allow = deny = NONE
    for role_id in guild.members[user_id].role_ids if user_id in guild.members else ():
        by_role = overwrites.get(role_id)
        if by_role is not None:
            allow |= by_role.allow
            deny |= by_role.deny
    held = held & ~deny | allow
    own = overwrites.get(user_id)
    return held if own is None else held & ~own.deny | own.allow
