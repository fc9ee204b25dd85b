"""/history: a person's own conversations, page by page.

A page's state lives in its buttons' ids, so paging works after a restart. Not here: finding them (`engine`), how a page
is written (`notices.texts.command_text`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from grokbot.discord_bot.notices import answering, redraw, row_of, show
from grokbot.discord_bot.notices.texts.command_text import listing

if TYPE_CHECKING:
    import re

    from grokbot.discord_bot.client import Client

PAGE_SIZE = 8
"""Conversations on a page: as many as fit in one message with the longest titles and links."""

LONGEST_SEARCH = 40
"""Characters of a search: the button's id holds it, in 100 characters, of which an emoji takes two."""


class PageButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"grokbot:h:(?P<starred>[01]):(?P<offset>\d{1,6}):(?P<search>(?s:.*))",
):
    """Turns to another page of a list that only one person sees."""

    def __init__(self, label: str, *, search: str, starred: bool, offset: int) -> None:
        self.search = search
        self.starred = starred
        self.offset = offset
        super().__init__(
            discord.ui.Button(
                label=label,
                style=discord.ButtonStyle.secondary,
                custom_id=f"grokbot:h:{int(starred)}:{offset}:{search}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> PageButton:
        """Rebuilt from the button's id at every press."""
        return cls("…", search=match["search"], starred=match["starred"] == "1", offset=int(match["offset"]))

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Replaces this page with the other one, always of the list of the person who presses."""
        async with answering(interaction):
            await interaction.response.defer()
            text, view = await _page(interaction, search=self.search, starred=self.starred, offset=self.offset)
            await redraw(interaction, text, view)


@app_commands.command(description="List your conversations, newest first")
@app_commands.describe(
    search="Only those with these words in the title or messages",
    starred="Only starred ones",
)
async def history(
    interaction: discord.Interaction[Client],
    search: app_commands.Range[str, 1, LONGEST_SEARCH] | None = None,
    starred: bool = False,
) -> None:
    """The person's own conversations in all places; nobody else sees the list."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        words = " ".join((search or "").split())
        text, view = await _page(interaction, search=words, starred=starred, offset=0)
        await show(interaction, text, view=view)


async def _page(
    interaction: discord.Interaction[Client], *, search: str, starred: bool, offset: int
) -> tuple[str, discord.ui.View | None]:
    """A page as it is now; the last page if the list has become shorter."""
    library, user_id = interaction.client.engine.library, interaction.user.id
    page = await library.listed(user_id, search=search, starred=starred, offset=offset, limit=PAGE_SIZE)
    if not page.entries and page.total:
        offset = (page.total - 1) // PAGE_SIZE * PAGE_SIZE
        page = await library.listed(user_id, search=search, starred=starred, offset=offset, limit=PAGE_SIZE)
    buttons: list[PageButton] = []
    if offset:
        newer = max(0, offset - PAGE_SIZE)
        buttons.append(PageButton("◀ Newer", search=search, starred=starred, offset=newer))
    if offset + len(page.entries) < page.total:
        buttons.append(PageButton("Older ▶", search=search, starred=starred, offset=offset + PAGE_SIZE))
    text = listing(page, offset=offset, size=PAGE_SIZE, search=search, starred=starred)
    return text, row_of(buttons) if buttons else None
