"""/mod pause, unpause, lock, unlock and stop: ending running answers now.

Not here: what a pause or a lock does (`engine`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.discord_bot.commands.mod.groups import REASON_LENGTH, mod
from grokbot.discord_bot.commands.targets import here
from grokbot.discord_bot.members import moderator_of
from grokbot.discord_bot.notices import answering, tell
from grokbot.discord_bot.notices.texts.moderator_text import (
    LOCKED,
    LOCKED_ALREADY,
    NOT_LOCKED,
    NOT_PAUSED,
    NOTHING_RUNS,
    UNLOCKED,
    UNPAUSED,
    paused,
    stopped,
)

if TYPE_CHECKING:
    from grokbot.discord_bot.client import Client


@mod.command(name="pause", description="Stop answering in this server until /mod unpause; running answers stop at once")
@app_commands.describe(reason="Why: shown once in each channel where people ask")
async def pause(
    interaction: discord.Interaction[Client], reason: app_commands.Range[str, 1, REASON_LENGTH] = ""
) -> None:
    """The pause outlasts a restart."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        await interaction.client.engine.moderation.controls.pause(who, reason)
        await tell(interaction, paused(reason))


@mod.command(name="unpause", description="Answer again in this server")
async def unpause(interaction: discord.Interaction[Client]) -> None:
    """Waiting messages are answered then."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        ended = await interaction.client.engine.moderation.controls.unpause(who)
        await tell(interaction, UNPAUSED if ended else NOT_PAUSED)


@mod.command(name="lock", description="Lock this conversation: Grok no longer answers in it")
@app_commands.describe(reason="Why, for the audit log")
async def lock(
    interaction: discord.Interaction[Client], reason: app_commands.Range[str, 1, REASON_LENGTH] = ""
) -> None:
    """Locks the conversation of the place where the command is given."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who, conversation = await moderator_of(interaction, here=True), await here(interaction)
        changed = await interaction.client.engine.moderation.controls.lock(who, conversation.id, reason)
        await tell(interaction, LOCKED if changed else LOCKED_ALREADY)


@mod.command(name="unlock", description="Unlock this conversation")
@app_commands.describe(reason="Why, for the audit log")
async def unlock(
    interaction: discord.Interaction[Client], reason: app_commands.Range[str, 1, REASON_LENGTH] = ""
) -> None:
    """Unlocks the conversation of the place where the command is given."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who, conversation = await moderator_of(interaction, here=True), await here(interaction)
        changed = await interaction.client.engine.moderation.controls.unlock(who, conversation.id, reason)
        await tell(interaction, UNLOCKED if changed else NOT_LOCKED)


@mod.command(name="stop", description="Stop running answers here, in another channel or everywhere")
@app_commands.describe(
    channel="Where (default: here)", everywhere="In the whole server", reason="Why, for the audit log"
)
async def stop(
    interaction: discord.Interaction[Client],
    channel: discord.TextChannel | discord.ForumChannel | discord.Thread | None = None,
    everywhere: bool = False,
    reason: app_commands.Range[str, 1, REASON_LENGTH] = "",
) -> None:
    """Stopped answers keep their text so far. A channel includes its threads."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction, here=channel is None and not everywhere)
        place = channel if channel is not None else interaction.channel
        hanging = place.threads if isinstance(place, discord.TextChannel | discord.ForumChannel) else ()
        ended = await interaction.client.engine.moderation.controls.stop(
            who,
            None if everywhere else place.id if place is not None else interaction.channel_id,
            reason,
            threads=[thread.id for thread in hanging],
        )
        if not ended:
            raise UserError(NOTHING_RUNS)
        await tell(interaction, stopped(ended))
