"""All commands of the bot: where they can be used, and in whose language they speak.

Not here: the commands (`commands`), registering them (`commands.sync`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from grokbot.conversation.text import speak
from grokbot.discord_bot.client import Client

if TYPE_CHECKING:
    import discord


class CommandTree(app_commands.CommandTree[Client]):
    """The commands: they, and the choices that they offer, speak the person's language.

    Args:
        client: The bot.
        user_install: Whether those that do not say where they belong can be used by people who installed the app.
    """

    def __init__(self, client: Client, *, user_install: bool) -> None:
        super().__init__(
            client,
            allowed_installs=app_commands.AppInstallationType(guild=True, user=user_install),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=user_install),
        )

    async def interaction_check(self, interaction: discord.Interaction[Client]) -> bool:
        """Called by discord.py first, in the task of the interaction; everybody may try."""
        speak(interaction.client.language_for(interaction))
        return True
