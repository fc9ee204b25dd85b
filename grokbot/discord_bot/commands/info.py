"""/info: what a conversation is and has taken.

Not here: how it is written (`command_replies`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from grokbot.discord_bot.command_replies import about
from grokbot.discord_bot.commands.choosing import chosen, own_conversations
from grokbot.discord_bot.commands.declaring import everywhere
from grokbot.discord_bot.interactions import answering, tell
from grokbot.discord_bot.persons import presser_of

if TYPE_CHECKING:
    import discord

    from grokbot.discord_bot.bot import GrokBot


@everywhere
@app_commands.command(description="Show a conversation's mode, model, tokens, cost, variants and how long xAI keeps it")
@app_commands.describe(conversation="One of yours; the one here, if left out")
@app_commands.autocomplete(conversation=own_conversations)
async def info(interaction: discord.Interaction[GrokBot], conversation: str | None = None) -> None:
    """Figures; only whoever asked sees them."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        wanted, library = await chosen(interaction, conversation), interaction.client.engine.library
        found = await library.info(wanted, await presser_of(interaction), seen_in=interaction.channel_id)
        await tell(interaction, about(found))
