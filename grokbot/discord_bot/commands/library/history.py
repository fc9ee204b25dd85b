"""/history: a person's own conversations, page by page, searched, and what can be done with each.

Everything that a press needs is in its button's id, so it works after a restart. Not here: finding them (`engine`),
what the panels show (`history_panel`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.discord_bot.commands.library.delete import ask_to_delete
from grokbot.discord_bot.commands.library.export_import import hand_out_file
from grokbot.discord_bot.commands.library.history_panel import (
    LONGEST_SEARCH,
    PAGE_SIZE,
    SEARCH_FORM,
    WORDS,
    HistoryPage,
    card,
    history_panel,
    search_form,
    searched,
)
from grokbot.discord_bot.members import actor_of
from grokbot.discord_bot.notices import Format, PanelItem, answering, modal_of, redraw, show, submitted, tell, view_of
from grokbot.discord_bot.notices.texts.command_text import NO_ANSWER_YET
from grokbot.discord_bot.notices.texts.options_text import conversation_info
from grokbot.discord_bot.threads import hand_out

if TYPE_CHECKING:
    import discord

    from grokbot.discord_bot.client import Client
    from grokbot.discord_bot.notices import Panel

SEARCH_ID = re.compile(SEARCH_FORM.format(starred="(?P<starred>[01])"))


class PageButton(
    PanelItem, template=re.compile(r"grokbot:h:(?P<starred>[01]):(?P<offset>\d{1,6}):(?P<search>(?s:.*))")
):
    """Shows another page of a list that only one person sees."""

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Replaces this page with the other one, always of the list of the person who presses."""
        async with answering(interaction):
            await interaction.response.defer()
            wanted = HistoryPage(self.match["starred"] == "1", int(self.match["offset"]), self.match["search"])
            await redraw(interaction, view_of(await _page(interaction, wanted)))


class SearchButton(PanelItem, template=SEARCH_ID):
    """Asks for words to search for."""

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Opens the form; `search_submitted` reads it."""
        async with answering(interaction):
            await interaction.response.send_modal(modal_of(search_form(starred=self.match["starred"] == "1")))


async def search_submitted(interaction: discord.Interaction[Client]) -> None:
    """Shows what a submitted search finds, in the same list. Any other interaction is left alone."""
    given = submitted(interaction)
    form = SEARCH_ID.fullmatch(given.custom_id)
    if form is None:
        return
    async with answering(interaction):
        await interaction.response.defer()
        words = searched(given.text(WORDS))
        await redraw(interaction, view_of(await _page(interaction, HistoryPage(form["starred"] == "1", search=words))))


class CardButton(
    PanelItem,
    template=re.compile(
        r"grokbot:card:(?P<act>open|star|unstar|info|share|md|json|delete):(?P<conversation>[0-9A-Z]{26})"
    ),
):
    """Does something with one conversation of the list."""

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """The person's rights are checked again by what is done: the button may be old."""
        async with answering(interaction):
            conversation_id, act = self.match["conversation"], self.match["act"]
            if act in ("star", "unstar"):
                await interaction.response.defer()
                stars = interaction.client.engine.library.stars
                await (stars.add if act == "star" else stars.remove)(conversation_id, interaction.user.id)
                await redraw(interaction, view_of(await _card(interaction, conversation_id)))
                return
            await interaction.response.defer(ephemeral=True, thinking=True)
            match act:
                case "open":
                    await show(interaction, view_of(await _card(interaction, conversation_id)))
                case "share":
                    await _share(interaction, conversation_id)
                case "delete":
                    await ask_to_delete(interaction, conversation_id)
                case "info":
                    engine, actor = interaction.client.engine, await actor_of(interaction)
                    info = await engine.library.info(conversation_id, actor)
                    await tell(interaction, conversation_info(info, await engine.budgets.standing(actor)))
                case _:
                    await hand_out_file(interaction, conversation_id, Format(act))


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
        await show(interaction, view_of(await _page(interaction, HistoryPage(starred, search=searched(search or "")))))


async def _page(interaction: discord.Interaction[Client], wanted: HistoryPage) -> Panel:
    """A page as it is now; the last page if the list has become shorter."""
    library, user_id, shown = interaction.client.engine.library, interaction.user.id, wanted
    while True:
        page = await library.listed(
            user_id, search=shown.search, starred=shown.starred, offset=shown.offset, limit=PAGE_SIZE
        )
        if page.entries or not page.total:
            return history_panel(page, shown)
        shown = HistoryPage(shown.starred, (page.total - 1) // PAGE_SIZE * PAGE_SIZE, shown.search)


async def _card(interaction: discord.Interaction[Client], conversation_id: str) -> Panel:
    return card(await interaction.client.engine.library.info(conversation_id, await actor_of(interaction)))


async def _share(interaction: discord.Interaction[Client], conversation_id: str) -> None:
    """Up to the answer that the conversation shows last."""
    info = await interaction.client.engine.library.info(conversation_id, await actor_of(interaction))
    if info.conversation.leaf_id is None:
        raise UserError(NO_ANSWER_YET)
    await hand_out(interaction, info.conversation.leaf_id)
