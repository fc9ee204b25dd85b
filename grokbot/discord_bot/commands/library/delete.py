"""/delete: asks once, then deletes a conversation and, if chosen, its messages in Discord.

Not here: the question and its buttons (`threads.deletion_question`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from grokbot.discord_bot.commands.targets import chosen, own_conversations
from grokbot.discord_bot.notices import answering, show
from grokbot.discord_bot.threads import DeleteChoice, deletion_question

if TYPE_CHECKING:
    import discord

    from grokbot.discord_bot.client import Client

MESSAGES = [
    app_commands.Choice(name="keep: the messages in Discord stay", value=DeleteChoice.KEEP.value),
    app_commands.Choice(name="remove: the bot's messages are deleted too", value=DeleteChoice.REMOVE.value),
]


@app_commands.command(description="Delete a conversation permanently, here and at xAI; asks first")
@app_commands.describe(
    conversation="One of yours (default: this one)", messages="What to do with its messages in Discord"
)
@app_commands.choices(messages=MESSAGES)
@app_commands.autocomplete(conversation=own_conversations)
async def delete(
    interaction: discord.Interaction[Client], conversation: str | None = None, messages: str | None = None
) -> None:
    """Says what would go and asks; a person without the right is refused at once."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        wanted = await chosen(interaction, conversation)
        await ask_to_delete(interaction, wanted, None if messages is None else DeleteChoice(messages))


async def ask_to_delete(
    interaction: discord.Interaction[Client], conversation_id: str, wanted: DeleteChoice | None = None
) -> None:
    """Says what would go, with a button to go on.

    Args:
        interaction: Acknowledged.
        conversation_id: Which.
        wanted: What a press of the button does; None: there are buttons for both.

    Raises:
        UserError: It is gone.
        NotAllowedError: The person may not delete it.
    """
    text, buttons = await deletion_question(interaction, conversation_id, wanted)
    await show(interaction, text, view=buttons)
