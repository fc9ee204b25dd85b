"""Receives the presses of an answer's buttons, on old messages and after a restart too.

Not here: how they look (`faces`), what a press does (`actions`), who may press them (`engine`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from grokbot.discord_bot.answers.buttons.actions import pressed
from grokbot.discord_bot.answers.buttons.controls import Control
from grokbot.discord_bot.answers.buttons.faces import BUTTON_ID, button_of
from grokbot.discord_bot.notices import answering

if TYPE_CHECKING:
    import re

    from grokbot.discord_bot.client import Client


class AnswerButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=BUTTON_ID):
    """Does something with an answer, from its messages or its menu."""

    def __init__(self, control: Control, response_id: str, *, sure: bool = False) -> None:
        self.control = control
        self.response_id = response_id
        self.sure = sure
        super().__init__(button_of(control, response_id, sure=sure))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> AnswerButton:
        """Rebuilt from the button's id at every press."""
        return cls(Control(match["control"]), match["response_id"], sure=match["sure"] is not None)

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Acknowledges the press at once; its effect shows up separately."""
        async with answering(interaction):
            await pressed(interaction, self.control, self.response_id, sure=self.sure)
