"""The slash commands and context menus: parse, one call, answer.

Each command's texts stand beside it and nowhere else: `/help` and the table of docs/commands.md are made from them. Not
here: what they do (`engine`), how errors are reported (`notices.interaction_reply`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.discord_bot.asks import more_submitted
from grokbot.discord_bot.commands import (
    ask,
    chat,
    context_menus,
    conversation,
    help_text,
    images,
    options,
)
from grokbot.discord_bot.commands.help_text import HelpButton
from grokbot.discord_bot.commands.library import delete, export_import, history, summarize
from grokbot.discord_bot.commands.library.history import CardButton, PageButton, SearchButton, search_submitted
from grokbot.discord_bot.commands.mod import MOD_FORMS, MOD_ITEMS, mod
from grokbot.discord_bot.commands.terms import privacy, setup
from grokbot.discord_bot.threads import DeleteButton

if TYPE_CHECKING:
    from collections.abc import Sequence

    import discord
    from discord import app_commands

    from grokbot.discord_bot.client import Client
    from grokbot.discord_bot.commands.metadata import AnyCommand

COMMANDS: Sequence[AnyCommand | app_commands.Group] = (
    ask.ask,
    chat.chat,
    chat.new,
    images.imagine,
    options.set_,
    conversation.resample,
    conversation.stop,
    conversation.go_on,
    conversation.branch,
    conversation.title,
    conversation.star,
    conversation.unstar,
    conversation.share,
    conversation.unshare,
    history.history,
    conversation.info,
    summarize.summarize,
    export_import.export,
    export_import.import_,
    delete.delete,
    privacy.privacy,
    setup.setup,
    help_text.help_,
    chat.ask_grok,
    context_menus.menu,
    context_menus.resample,
    context_menus.branch,
    context_menus.share,
    mod,
)
"""All commands, in the order in which help lists them."""

ITEMS = (
    images.ImageButton,
    PageButton,
    SearchButton,
    CardButton,
    DeleteButton,
    HelpButton,
    *privacy.PRIVACY_ITEMS,
    *setup.SETUP_ITEMS,
    *MOD_ITEMS,
)
"""The buttons and menus below command replies; they still work after a restart."""

FORMS = (images.change_submitted, more_submitted, search_submitted, *MOD_FORMS)
"""What takes a submitted form, each of its own kind."""


async def form_submitted(interaction: discord.Interaction[Client]) -> None:
    """Does what a submitted form says; any other interaction is left alone."""
    for submitted in FORMS:
        await submitted(interaction)


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Adds every command to the tree."""
    for command in COMMANDS:
        tree.add_command(command)
