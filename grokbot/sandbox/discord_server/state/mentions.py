"""Whom a text mentions, and which of them are notified. PURE but for reading the world.

The documented rules of `allowed_mentions` apply again to every edit ("Edit Message": mentions are reconstructed from
the new content; without `allowed_mentions` everything is allowed again). Not here: checking its form (validation.py).
"""

import re
from dataclasses import dataclass

from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.discord_server.rules.protocol import Json
from grokbot.sandbox.discord_server.state.model import Channel, User
from grokbot.sandbox.discord_server.state.permissions import in_channel

_CODE = re.compile(r"```.*?```|``.+?``|`[^`\n]+`", re.DOTALL)
_USER = re.compile(r"<@!?(\d{1,20})>")
_ROLE = re.compile(r"<@&(\d{1,20})>")


@dataclass(frozen=True, slots=True)
class Mentions:
    """The mentions in the payload, and who is notified."""

    users: tuple[int, ...]
    roles: tuple[int, ...]
    everyone: bool
    pinged: frozenset[int | str]


def find(channel: Channel, author: User, text: str, allowed: Json | None, replied_to: User | None) -> Mentions:
    """The effective mentions in a text.

    Args:
        channel: Decides what `author` may mention.
        author: Never notified by themselves.
        text: Mentions in code are ignored.
        allowed: The request's `allowed_mentions`; None: absent, so all is allowed, `replied_to` included.
        replied_to: The author of the message replied to; with `allowed` they count only if `replied_user` is true.
    """
    plain = _CODE.sub(" ", text) if "@" in text else ""
    parse = {"users", "roles", "everyone"} if allowed is None else set(allowed.get("parse") or ())
    named_users = {int(i) for i in (allowed or {}).get("users") or ()}
    named_roles = {int(i) for i in (allowed or {}).get("roles") or ()}
    may_all = bool(in_channel(channel, author.id) & Permission.MENTION_EVERYONE)

    users = [i for i in map(int, _USER.findall(plain)) if "users" in parse or i in named_users]
    if replied_to is not None and (allowed is None or allowed.get("replied_user")):
        users.append(replied_to.id)
    users = [i for i in dict.fromkeys(users) if i in channel.world.users]

    roles: list[int] = []
    for role_id in dict.fromkeys(map(int, _ROLE.findall(plain))):
        role = None if channel.guild is None else channel.guild.roles.get(role_id)
        if role is not None and (role.mentionable or may_all) and ("roles" in parse or role_id in named_roles):
            roles.append(role_id)

    loud = [name for name in ("everyone", "here") if f"@{name}" in plain]
    everyone = bool(loud) and channel.guild is not None and may_all and "everyone" in parse
    pinged: set[int | str] = {*users, *roles, *(loud if everyone else ())}
    return Mentions(tuple(users), tuple(roles), everyone, frozenset(pinged - {author.id}))
