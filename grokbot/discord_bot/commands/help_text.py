"""/help: every command and what it does, from the commands' own texts.

Not here: any of those texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from grokbot.discord_bot.commands.metadata import description_of, single, usage
from grokbot.discord_bot.members import actor_of
from grokbot.discord_bot.notices import answering, tell
from grokbot.discord_bot.notices.texts.command_text import helped

if TYPE_CHECKING:
    import discord

    from grokbot.discord_bot.client import Client


@app_commands.command(name="help", description="Show what you can do here")
async def help_(interaction: discord.Interaction[Client]) -> None:
    """Lists the commands that this bot has now."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        moderator = (await actor_of(interaction)).moderator
        commands = [
            command
            for command in interaction.client.tree.get_commands()
            if moderator or not isinstance(command, app_commands.Group) or command.default_permissions is None
        ]
        for text in helped([(usage(command), description_of(command)) for command in single(commands)]):
            await tell(interaction, text)
