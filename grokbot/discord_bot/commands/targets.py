"""Which conversation, and which answer in it, a command means.

Not here: what is done with it, and who may (`engine`).
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING

from discord import app_commands

from grokbot.conversation.errors import GrokbotError, UserError
from grokbot.discord_bot.notices.texts.command_text import NO_ANSWER_YET, NO_SUCH_CONVERSATION, SEVERAL_SUCH, name_of
from grokbot.discord_bot.rate_limits import in_short

if TYPE_CHECKING:
    import discord

    from grokbot.conversation.response import Conversation
    from grokbot.discord_bot.client import Client

log = logging.getLogger(__name__)

CHOICES = 25
"""Choices that Discord shows (its documentation)."""
CHOOSING_SECONDS = 2.5
"""Discord ignores choices that come more than 3 s after a keystroke."""
LONGEST_SEARCH = 100
"""Characters of a search for a conversation; the rest is ignored."""

_ID = re.compile(r"[0-9A-Z]{26}")


async def here(interaction: discord.Interaction[Client]) -> Conversation:
    """The conversation of the place where a command was given.

    Raises:
        UserError: There is none.
    """
    return await interaction.client.engine.library.here(interaction.channel_id or 0, interaction.user.id)


async def latest_answer(interaction: discord.Interaction[Client]) -> str:
    """The id of the last answer that the conversation here shows.

    Raises:
        UserError: There is no conversation, or no answer in it.
    """
    leaf_id = (await here(interaction)).leaf_id
    if leaf_id is None:
        raise UserError(NO_ANSWER_YET)
    return leaf_id


async def last_tried(interaction: discord.Interaction[Client]) -> str:
    """The latest answer, or the empty one below it: what a person means by "regenerate".

    Raises:
        UserError: There is no conversation, or no answer in it.
    """
    answer = await interaction.client.engine.variants.latest(await here(interaction))
    if answer is None:
        raise UserError(NO_ANSWER_YET)
    return answer


async def chosen(interaction: discord.Interaction[Client], given: str | None) -> str:
    """The id of the conversation that a command means: one of the person's own, or the one of this place.

    The person's rights are not checked here.

    Raises:
        UserError: There is none, or the words fit several.
    """
    if given is None:
        return (await here(interaction)).id
    return await _meant(interaction, given.strip())


async def _meant(interaction: discord.Interaction[Client], given: str) -> str:
    """The one chosen from the list, or the only one that matches the typed words."""
    if _ID.fullmatch(given):
        return given
    library = interaction.client.engine.library
    page = await library.listed(interaction.user.id, search=given[:LONGEST_SEARCH], limit=2)
    if page.total > 1:
        raise UserError(SEVERAL_SUCH)
    if not page.entries or not given:
        raise UserError(NO_SUCH_CONVERSATION)
    return page.entries[0].conversation.id


async def own_conversations(interaction: discord.Interaction[Client], current: str) -> list[app_commands.Choice[str]]:
    """Suggestions for what was typed so far; empty if they cannot be found in time."""
    listed = interaction.client.engine.library.listed(
        interaction.user.id, search=current.strip()[:LONGEST_SEARCH], limit=CHOICES
    )
    try:
        async with asyncio.timeout(CHOOSING_SECONDS):
            page = await listed
    except (GrokbotError, TimeoutError) as error:
        log.warning("discord.no_choices interaction=%d error=%s", interaction.id, in_short(error))
        return []
    return [app_commands.Choice(name=name_of(entry), value=entry.conversation.id) for entry in page.entries]
