"""/mod log: the channel in which events are posted.

Not here: posting them (`discord_bot.notices.log_channel`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from grokbot.conversation.errors import NotAllowedError
from grokbot.discord_bot.commands.mod.groups import mod
from grokbot.discord_bot.members import guild_of, may_write, moderator_of
from grokbot.discord_bot.notices import LOG_CHANNEL, answering, tell
from grokbot.discord_bot.notices.texts.moderator_text import CANNOT_LOG, NO_LOG, logged_to, logs_to

if TYPE_CHECKING:
    from grokbot.discord_bot.client import Client


@mod.command(name="log", description="Choose a channel for moderator actions, refusals and filter matches")
@app_commands.describe(channel="Where (default: show the current one)", off="Stop posting")
async def log_(
    interaction: discord.Interaction[Client],
    channel: discord.TextChannel | discord.Thread | None = None,
    off: bool = False,
) -> None:
    """The log never holds what people wrote."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who, moderation = await moderator_of(interaction), interaction.client.engine.moderation
        if off:
            await moderation.settings.choose(who, LOG_CHANNEL, None)
            await tell(interaction, NO_LOG)
        elif channel is None:
            channel_id = (await moderation.settings.chosen(guild_of(who))).get(LOG_CHANNEL)
            await tell(interaction, logs_to(channel_id, reached=_reached(interaction.guild, channel_id)))
        else:
            if not may_write(channel):
                raise NotAllowedError(CANNOT_LOG)
            await moderation.settings.choose(who, LOG_CHANNEL, channel.id)
            await tell(interaction, logged_to(channel.id))


def _reached(guild: discord.Guild | None, channel_id: int | None) -> bool:
    channel = guild.get_channel_or_thread(channel_id) if guild is not None and channel_id is not None else None
    return isinstance(channel, discord.TextChannel | discord.Thread) and may_write(channel)
