"""How conversations begin in a channel, as set by moderators: its threads, and whose settings apply there.

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
    """How threads should be in a channel."""

    archive_minutes: int
    private: bool


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
