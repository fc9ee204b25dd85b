"""The entries in a message's menu that act on an answer of ours; on a person's message, on the answer to it.

Not here: "Ask Grok" (`chat`), finding the answer (`engine`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from grokbot.discord_bot.answers import resampled_at, show_menu
from grokbot.discord_bot.commands.metadata import everywhere, said
from grokbot.discord_bot.notices import answering, tell
from grokbot.discord_bot.notices.texts.command_text import RESAMPLING
from grokbot.discord_bot.threads import branched_off, hand_out

if TYPE_CHECKING:
    from grokbot.discord_bot.client import Client


@everywhere
@app_commands.context_menu(name="Answer menu", extras=said("Show what you can do with this answer: star, info, …"))
async def menu(interaction: discord.Interaction[Client], message: discord.Message) -> None:
    """The menu of an answer, for answers that have no buttons because others stand below."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        answer = await interaction.client.engine.library.answer_at(message.id)
        await show_menu(interaction, answer.id)


@everywhere
@app_commands.context_menu(name="Resample", extras=said("Regenerate this answer, or the answer to this message"))
async def resample(interaction: discord.Interaction[Client], message: discord.Message) -> None:
    """Another variant, also in the middle of a conversation; later messages are then hidden."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        answer = await interaction.client.engine.library.answer_at(message.id)
        if await resampled_at(interaction, answer.id):
            await tell(interaction, RESAMPLING)


@everywhere
@app_commands.context_menu(name="Branch from here", extras=said("Continue from this answer in a new thread"))
async def branch(interaction: discord.Interaction[Client], message: discord.Message) -> None:
    """A new thread that knows the conversation up to here."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        answer = await interaction.client.engine.library.answer_at(message.id)
        await branched_off(interaction, answer.id)


@everywhere
@app_commands.context_menu(name="Share up to here", extras=said("Share the conversation up to this answer"))
async def share(interaction: discord.Interaction[Client], message: discord.Message) -> None:
    """The reply is visible only to the person who chose this, until they pass it on."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        answer = await interaction.client.engine.library.answer_at(message.id)
        await hand_out(interaction, answer.id)
