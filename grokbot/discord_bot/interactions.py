"""How every interaction ends: with an answer, whatever happens. "The application did not respond" is a bug.

Not here: what the commands and buttons do.
"""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.errors import GrokbotError
from grokbot.discord_bot.replies import UNEXPECTED
from grokbot.discord_bot.trouble import SEND_ERRORS
from grokbot.policy.rights import Presser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

log = logging.getLogger(__name__)


@asynccontextmanager
async def answering(interaction: discord.Interaction[Any]) -> AsyncIterator[None]:
    """Whatever is raised inside becomes a sentence that only the person sees; what nobody foresaw is logged too."""
    try:
        yield
    except GrokbotError as error:
        await tell(interaction, str(error))
    except Exception:
        log.exception("discord.interaction_failed interaction=%d", interaction.id)
        await tell(interaction, UNEXPECTED)


async def tell(interaction: discord.Interaction[Any], text: str) -> None:
    """Answers privately, as the first answer or as a further one. If Discord does not take it, that is logged."""
    none = discord.AllowedMentions.none()
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True, allowed_mentions=none)
        else:
            await interaction.response.send_message(text, ephemeral=True, allowed_mentions=none)
    except SEND_ERRORS as error:
        log.warning("discord.untold interaction=%d error=%s", interaction.id, error)


def presser_of(interaction: discord.Interaction[Any]) -> Presser:
    """Who pressed, with the rights that Discord says they have in this channel."""
    moderator = interaction.guild_id is not None and interaction.permissions.manage_messages
    return Presser(interaction.user.id, moderator=moderator)
