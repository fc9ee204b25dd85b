"""Stops answers in channels that the bot can no longer see, for they are paid for.

Discord reports this in events of the server; a silent answer would not find out on its own. Not here: deleted channels
and threads (`bot`, `engine`), what an answer finds out when it writes (`answers.live_answer`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.engine.engine import Engine

log = logging.getLogger(__name__)


async def stop_unseen(engine: Engine, guild: discord.Guild, *, left: bool = False) -> None:
    """Stops running answers in a server whose place we cannot see.

    Args:
        engine: Runs the answers.
        guild: As it is now.
        left: Whether the bot has left it.
    """
    here = [running for running in engine.runner.running if running.conversation.guild_id == guild.id]
    unseen = [r.id for r in here if left or not _is_seen(guild, r.conversation.channel_id)]
    for response_id in unseen:
        log.info("answer.unseen turn=%s", response_id)
    await asyncio.gather(*(engine.answers.stop(response_id) for response_id in unseen))


async def forget_left(engine: Engine, guilds: Sequence[discord.Guild]) -> None:
    """After a connection: removes the conversations of servers that the bot left meanwhile, as if it heard of it.

    If none of the servers is left, this is probably another bot on the same database: then nothing is touched.
    """
    try:
        known = await engine.library.guilds() | await engine.moderation.servers.known()
        left = known - {guild.id for guild in guilds}
        if left and left == known:
            log.warning("discord.no_server_known servers=%d", len(known))
            return
        for guild_id in left:
            log.info("discord.server_left guild=%d", guild_id)
            await engine.library.places_gone(guild_id=guild_id)
            await engine.moderation.servers.left(guild_id)
    except StoreError:
        log.warning("discord.left_unknown", exc_info=True)


def _is_seen(guild: discord.Guild, channel_id: int | None) -> bool:
    """As far as known: of a thread that was archived at the start, nothing is."""
    channel = guild.get_channel_or_thread(channel_id) if channel_id is not None else None
    if channel is None or (isinstance(channel, discord.Thread) and channel.parent is None):
        return True
    return channel.permissions_for(guild.me).view_channel
