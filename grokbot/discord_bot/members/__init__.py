"""Members in Discord: their roles and rights in a place, and whether they are still there.

Not here: the permission rules (`policy`), who opted out (`engine.privacy`).
"""

from __future__ import annotations

from grokbot.discord_bot.members.membership import asked_of, member_of
from grokbot.discord_bot.members.permissions import (
    MODERATORS,
    actor_of,
    bot_is_here,
    check_read,
    guild_of,
    is_named,
    may_attach,
    may_write,
    moderator_of,
    roles_of,
    writer_of,
)

__all__ = [
    "MODERATORS",
    "actor_of",
    "asked_of",
    "bot_is_here",
    "check_read",
    "guild_of",
    "is_named",
    "may_attach",
    "may_write",
    "member_of",
    "moderator_of",
    "roles_of",
    "writer_of",
]
