"""Computes permissions as documented ("Permissions", permission hierarchy and overwrites). PURE.

Not here: the bits (rules/permission_bits.py), an action's other checks (acts/).
"""

from grokbot.sandbox.discord_server.rules.errors import refusal
from grokbot.sandbox.discord_server.rules.permission_bits import ALL, IN_DIRECT_MESSAGES, NONE, Permission
from grokbot.sandbox.discord_server.state.model import Channel, Guild, User

_NEED_SENDING = (
    Permission.MENTION_EVERYONE | Permission.SEND_TTS_MESSAGES | Permission.ATTACH_FILES | Permission.EMBED_LINKS
)


def in_guild(guild: Guild, user_id: int) -> Permission:
    """Permissions from roles alone; none for non-members."""
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


def in_channel(channel: Channel, user_id: int) -> Permission:
    """Permissions in a channel: roles, then the overwrites of @everyone, of the roles, of the member.

    A thread has its parent's; a private one is closed to non-members without MANAGE_THREADS.
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


def _overwritten(channel: Channel, guild: Guild, user_id: int, held: Permission) -> Permission:
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


def require(channel: Channel, actor: User, permission: Permission) -> None:
    """Check one permission.

    Args:
        channel: Its overwrites count.
        actor: Who acts.
        permission: The permission needed.

    Raises:
        RefusedError: 50001 if the channel is hidden, 50013 if only the permission is missing.
    """
    held = in_channel(channel, actor.id)
    if not held & Permission.VIEW_CHANNEL:
        raise refusal("missing_access")
    if not held & permission:
        raise refusal("missing_permissions")


def require_history(channel: Channel, actor: User) -> None:
    """Check that `actor` may read message history.

    Raises:
        RefusedError: 50001 or 50013.
    """
    if not channel.is_direct:
        require(channel, actor, Permission.READ_MESSAGE_HISTORY)
