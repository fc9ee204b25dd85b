"""Who wrote missed messages: whether they are still there, and their roles, which the history does not contain.

Not here: reading the messages (`backfill`).
"""

from __future__ import annotations

import asyncio
import logging

import discord

from grokbot.discord_bot.members import member_of
from grokbot.discord_bot.rate_limits import SEND_ERRORS, in_short

log = logging.getLogger(__name__)


class Writers:
    """Members that were looked up, each once."""

    def __init__(self) -> None:
        self._members: dict[tuple[int, int], asyncio.Future[discord.Member]] = {}

    def forget(self) -> None:
        """What was looked up may have changed."""
        self._members.clear()

    async def are_here(self, message: discord.Message) -> bool:
        """Whether the writer is still in the server. The message has their roles from then on."""
        guild, author = message.guild, message.author
        if guild is None or author.bot or message.webhook_id is not None or isinstance(author, discord.Member):
            return True
        key = (guild.id, author.id)
        if key not in self._members:
            self._members[key] = asyncio.ensure_future(member_of(guild, author.id))
        try:
            message.author = await asyncio.shield(self._members[key])
        except discord.NotFound:
            return False
        except SEND_ERRORS as error:  # then they have none
            log.warning("discord.member_unknown user=%d error=%s", author.id, in_short(error))
        return True
