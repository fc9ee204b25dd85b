"""The question before a conversation is deleted, with its buttons, and what they do.

What is asked about lives in the buttons' ids, so they work after a restart. Not here: who may, and what goes with it
(`engine`), deleting messages (`delete_own`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.text import Sentence
from grokbot.discord_bot.members import actor_of
from grokbot.discord_bot.notices import answering, redraw, row_of
from grokbot.discord_bot.notices.texts.command_text import KEPT_ALL, deleted, sure
from grokbot.discord_bot.threads.delete_own import clear

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


async def deletion_question(
    interaction: discord.Interaction[Client], conversation_id: str, choice: DeleteChoice | None = None
) -> tuple[str, discord.ui.View]:
    """The question and its buttons; a person without the right is refused at once.

    Args:
        interaction: Who asks for it.
        conversation_id: Which.
        choice: What to do with its messages; None: the buttons offer both.

    Raises:
        UserError: It is gone.
        NotAllowedError: The person is neither its owner nor a moderator.
    """
    info = await interaction.client.engine.library.to_delete(conversation_id, await actor_of(interaction))
    choices = [DeleteChoice.KEEP, DeleteChoice.REMOVE] if choice is None else [choice]
    buttons = row_of([DeleteButton(each, conversation_id) for each in (*choices, DeleteChoice.NOTHING)])
    return sure(info, remove=None if choice is None else choice is DeleteChoice.REMOVE), buttons
