"""/share and /unshare.

Not here: how a share is handed out (`discord_bot.threads.share`), the page itself (`web`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from grokbot.discord_bot.commands.metadata import everywhere
from grokbot.discord_bot.commands.targets import here as conversation_here
from grokbot.discord_bot.commands.targets import latest_answer
from grokbot.discord_bot.notices import answering, tell
from grokbot.discord_bot.notices.texts.command_text import NOT_SHARED, unshared
from grokbot.discord_bot.permissions import actor_of
from grokbot.discord_bot.threads import hand_out

if TYPE_CHECKING:
    import discord

    from grokbot.discord_bot.client import Client


@everywhere
@app_commands.command(description="Share this conversation up to the last answer as a web page")
@app_commands.describe(
    here="Post the link here instead of showing it only to you",
    names="Show people's names instead of Person 1, Person 2, …",
)
async def share(interaction: discord.Interaction[Client], here: bool = False, names: bool = False) -> None:
    """A link to a page, or the page as a file where there are no share pages."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        await hand_out(interaction, await latest_answer(interaction), here=here, names=names)


@everywhere
@app_commands.command(description="Close all share pages of this conversation")
async def unshare(interaction: discord.Interaction[Client]) -> None:
    """What was shared as a file cannot be taken back."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        conversation = await conversation_here(interaction)
        closed = await interaction.client.engine.library.shares.close(conversation.id, await actor_of(interaction))
        await tell(interaction, unshared(closed) if closed else NOT_SHARED)
