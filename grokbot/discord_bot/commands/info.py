"""/info: what a conversation is and has taken.

Not here: how it is written (`notices.texts.command_text`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from grokbot.discord_bot.commands.metadata import everywhere
from grokbot.discord_bot.commands.targets import chosen, own_conversations
from grokbot.discord_bot.notices import answering, tell
from grokbot.discord_bot.notices.texts.command_text import about
from grokbot.discord_bot.permissions import actor_of

if TYPE_CHECKING:
    import discord

    from grokbot.discord_bot.client import Client


@everywhere
@app_commands.command(description="Show a conversation's mode, model, tokens, cost and variants")
@app_commands.describe(conversation="One of yours (default: this one)")
@app_commands.autocomplete(conversation=own_conversations)
async def info(interaction: discord.Interaction[Client], conversation: str | None = None) -> None:
    """Figures; only whoever asked sees them."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        wanted, library = await chosen(interaction, conversation), interaction.client.engine.library
        found = await library.info(wanted, await actor_of(interaction))
        await tell(interaction, about(found))
