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
    from grokbot.policy.actor import Actor


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
        if off or channel is not None:
            await tell(interaction, await log_chosen(interaction, who, None if off or channel is None else channel.id))
        else:
            channel_id = (await moderation.settings.chosen(guild_of(who))).get(LOG_CHANNEL)
            await tell(interaction, logs_to(channel_id, reached=log_reached(interaction.guild, channel_id)))


async def log_chosen(interaction: discord.Interaction[Client], who: Actor, channel_id: int | None) -> str:
    """Makes a channel the log channel, and says so.

    Args:
        interaction: The command or press.
        who: The moderator who does it.
        channel_id: The channel; None: none any more.

    Raises:
        NotAllowedError: The bot may not write there.
    """
    if channel_id is not None and not log_reached(interaction.guild, channel_id):
        raise NotAllowedError(CANNOT_LOG)
    await interaction.client.engine.moderation.settings.choose(who, LOG_CHANNEL, channel_id)
    return str(NO_LOG) if channel_id is None else logged_to(channel_id)


def log_reached(guild: discord.Guild | None, channel_id: int | None) -> bool:
    """Whether the bot can write in a log channel; False if there is none."""
    channel = guild.get_channel_or_thread(channel_id) if guild is not None and channel_id is not None else None
    return isinstance(channel, discord.TextChannel | discord.Thread) and may_write(channel)
