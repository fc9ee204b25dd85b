"""How conversations begin in a channel, as the server's moderators set it: its threads, and whose settings hold there.

Not here: model, mode and persona (`engine`, by the channels named here), opening threads (`threads`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

if TYPE_CHECKING:
    from grokbot.engine.engine import Engine
    from grokbot.settings import DiscordSettings


@dataclass(frozen=True, slots=True)
class ThreadWishes:
    """What threads are to be like in a channel."""

    archive_minutes: int
    private: bool


async def thread_wishes(engine: Engine, settings: DiscordSettings, channel: object) -> ThreadWishes:
    """How threads are opened in a channel: as set for it, else its category, else the server, else by the operator.

    Args:
        engine: Knows the servers' settings.
        settings: The operator's.
        channel: Where the thread is to be; anything but a text channel has the operator's settings.

    Raises:
        StoreError: It could not be read.
    """
    if not isinstance(channel, discord.TextChannel):
        return ThreadWishes(settings.thread_archive_minutes, private=False)
    chosen = await engine.moderation.settings.effective(channel.guild.id, around(channel))
    minutes = chosen.get("archive_minutes") or settings.thread_archive_minutes
    return ThreadWishes(minutes, private=bool(chosen.get("private")) and not channel.is_news())


def around(channel: object) -> tuple[int, ...]:
    """A channel and what it lies in, the nearest first; nothing for what is in no server."""
    if isinstance(channel, discord.Thread):
        category_id = channel.parent.category_id if channel.parent is not None else None
        places: list[int | None] = [channel.id, channel.parent_id, category_id]
    elif isinstance(channel, discord.abc.GuildChannel):
        places = [channel.id, channel.category_id]
    else:
        places = []
    return tuple(place for place in places if place is not None)
