"""The buttons under an answer. Their state lives in their ids, so they work after a restart too.

Not here: which of them an answer has (`controls`), who may press them and what they do (`engine`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.response import Author
from grokbot.discord_bot.controls import Control
from grokbot.discord_bot.interactions import answering, presser_of
from grokbot.discord_bot.trouble import SEND_ERRORS

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping, Sequence

    from grokbot.discord_bot.bot import GrokBot


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Face:
    """How a button looks."""

    label: str
    emoji: str


FACES: Mapping[Control, Face] = {
    Control.STOP: Face("Stop", "⏹️"),
    Control.CONTINUE: Face("Continue", "▶️"),
    Control.RETRY: Face("Retry", "🔁"),
}


class AnswerButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"grokbot:(?P<control>stop|continue|retry):(?P<response_id>[0-9A-Z]{26})",
):
    """Does something with an answer, in the messages in which it stands."""

    def __init__(self, control: Control, response_id: str) -> None:
        self.control = control
        self.response_id = response_id
        face = FACES[control]
        super().__init__(
            discord.ui.Button(
                label=face.label,
                emoji=face.emoji,
                style=discord.ButtonStyle.secondary,
                custom_id=f"grokbot:{control.value}:{response_id}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> AnswerButton:
        """Made anew from the button's id at every press."""
        return cls(Control(match["control"]), match["response_id"])

    async def callback(self, interaction: discord.Interaction[GrokBot]) -> None:  # type: ignore[override] # our client
        """Answers the press at once; what comes of it is shown by itself."""
        async with answering(interaction):
            await interaction.response.defer()
            engine, presser = interaction.client.engine, presser_of(interaction)
            match self.control:
                case Control.STOP:
                    await engine.stop_by(self.response_id, presser)
                case Control.RETRY:
                    await engine.retry(self.response_id, presser)
                case Control.CONTINUE:
                    author = Author(interaction.user.id, interaction.user.display_name)
                    await engine.go_on(self.response_id, author, presser)
                    await _take_away(interaction)


async def _take_away(interaction: discord.Interaction[Any]) -> None:
    """The buttons have been used. What they were for has begun, so a failure here is nobody's matter but the log's."""
    try:
        await interaction.edit_original_response(view=None)
    except SEND_ERRORS as error:
        log.warning("discord.buttons_stay interaction=%d error=%s", interaction.id, error)


def view_of(controls: Sequence[Control], response_id: str) -> discord.ui.View | None:
    """The row of buttons; None where there are none."""
    if not controls:
        return None
    view = discord.ui.View(timeout=None)
    for control in controls:
        view.add_item(AnswerButton(control, response_id))
    return view
