"""/delete: asks once, then deletes a conversation and, if chosen, its messages in Discord.

The question's subject lives in the button's id, so the button works after a restart. Not here: who may, and what goes
with it (`engine`), deleting messages (`threads.delete_own`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from grokbot.conversation.text import Sentence
from grokbot.discord_bot.commands.targets import chosen, own_conversations
from grokbot.discord_bot.members import actor_of
from grokbot.discord_bot.notices import answering, redraw, row_of, show
from grokbot.discord_bot.notices.texts.command_text import KEPT_ALL, deleted, sure
from grokbot.discord_bot.threads import clear

if TYPE_CHECKING:
    import re

    from grokbot.discord_bot.client import Client


class DeleteChoice(StrEnum):
    """What to do with the conversation; the values stand in the buttons' ids."""

    KEEP = "keep"
    """Deletes the conversation, keeps its messages in Discord."""
    REMOVE = "remove"
    """Deletes both."""
    NOTHING = "nothing"


LABELS = {
    DeleteChoice.KEEP: Sentence("Delete it"),
    DeleteChoice.REMOVE: Sentence("Delete it and my messages"),
    DeleteChoice.NOTHING: Sentence("Keep everything"),
}

MESSAGES = [
    app_commands.Choice(name="keep: the messages in Discord stay", value=DeleteChoice.KEEP.value),
    app_commands.Choice(name="remove: the bot's messages are deleted too", value=DeleteChoice.REMOVE.value),
]


class DeleteButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"grokbot:delete:(?P<wanted>keep|remove|nothing):(?P<conversation_id>[0-9A-Z]{26})",
):
    """A button below the question whether to delete a conversation."""

    def __init__(self, wanted: DeleteChoice, conversation_id: str) -> None:
        self.wanted = wanted
        self.conversation_id = conversation_id
        style = discord.ButtonStyle.secondary if wanted is DeleteChoice.NOTHING else discord.ButtonStyle.danger
        super().__init__(
            discord.ui.Button(
                label=str(LABELS[wanted]), style=style, custom_id=f"grokbot:delete:{wanted.value}:{conversation_id}"
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> DeleteButton:
        """Rebuilt from the button's id at every press."""
        return cls(DeleteChoice(match["wanted"]), match["conversation_id"])

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Checks the person's rights again: the button may be old."""
        async with answering(interaction):
            await interaction.response.defer()
            if self.wanted is DeleteChoice.NOTHING:
                await redraw(interaction, KEPT_ALL)
                return
            library, remove = interaction.client.engine.library, self.wanted is DeleteChoice.REMOVE
            gone = await library.delete(
                self.conversation_id,
                await actor_of(interaction),
                with_messages=remove,
            )
            await redraw(interaction, deleted(len(gone.messages), remove=remove))
            if remove:
                await clear(interaction.client, gone.messages)


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
    info = await interaction.client.engine.library.to_delete(conversation_id, await actor_of(interaction))
    choices = [DeleteChoice.KEEP, DeleteChoice.REMOVE] if wanted is None else [wanted]
    buttons = [DeleteButton(choice, conversation_id) for choice in (*choices, DeleteChoice.NOTHING)]
    remove = None if wanted is None else wanted is DeleteChoice.REMOVE
    await show(interaction, sure(info, remove=remove), view=row_of(buttons))
