"""The button under an answer that failed. Its state lives in its id, so it works after a restart too.

Not here: who may press it and what it does (`engine.retry`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from grokbot.discord_bot.interactions import answering, presser_of

if TYPE_CHECKING:
    import re

    from grokbot.discord_bot.bot import GrokBot


class RetryButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"grokbot:retry:(?P<response_id>[0-9A-Z]{26})",
):
    """Tries an answer again, in the messages in which it stands."""

    def __init__(self, response_id: str) -> None:
        self.response_id = response_id
        super().__init__(
            discord.ui.Button(
                label="Retry", emoji="🔁", style=discord.ButtonStyle.secondary, custom_id=f"grokbot:retry:{response_id}"
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> RetryButton:
        """Made anew from the button's id at every press."""
        return cls(match["response_id"])

    async def callback(self, interaction: discord.Interaction[GrokBot]) -> None:  # type: ignore[override] # our client
        """Answers the press at once; the new answer comes by itself."""
        async with answering(interaction):
            await interaction.response.defer()
            await interaction.client.engine.retry(self.response_id, presser_of(interaction))


def retry_view(response_id: str) -> discord.ui.View:
    """The row with the button."""
    view = discord.ui.View(timeout=None)
    view.add_item(RetryButton(response_id))
    return view
