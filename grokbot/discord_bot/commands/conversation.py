"""The commands that steer the conversation of the place where they are given.

Not here: sharing, lists, files and deleting (`share`, `history`, `export_import`, `delete`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.discord_bot.commands.metadata import PROMPT_LENGTH, everywhere
from grokbot.discord_bot.commands.targets import here, last_tried, latest_answer
from grokbot.discord_bot.notices import answering, tell
from grokbot.discord_bot.notices.texts.command_text import (
    GOING_ON,
    NOTHING_RUNS,
    RESAMPLING,
    STARRED,
    STARRED_ALREADY,
    STOPPED,
    UNSTARRED,
    UNSTARRED_ALREADY,
    titled,
)
from grokbot.discord_bot.permissions import actor_of, check_read
from grokbot.discord_bot.threads import branched_off
from grokbot.engine.admission import NOT_READ

if TYPE_CHECKING:
    import discord

    from grokbot.discord_bot.client import Client

TITLE_LENGTH = 100
"""Characters of a title: what Discord takes as a thread's name."""


@everywhere
@app_commands.command(description="Regenerate the last answer; the old one stays as a variant")
@app_commands.describe(instruction="What to change, such as: shorter")
async def resample(
    interaction: discord.Interaction[Client], instruction: app_commands.Range[str, 1, PROMPT_LENGTH] | None = None
) -> None:
    """Another variant of the last answer, in its messages."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        if instruction is not None:
            await check_read(interaction, interaction.user.id, NOT_READ)
        answer = await last_tried(interaction)
        await interaction.client.written(answer)  # it may stand there before we know where
        await interaction.client.engine.variants.resample(answer, await actor_of(interaction), instruction or "")
        await tell(interaction, RESAMPLING)


@everywhere
@app_commands.command(description="Stop the running answer; its text so far is kept")
async def stop(interaction: discord.Interaction[Client]) -> None:
    """What the Stop button does, wherever the answer stands in the channel."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        running = interaction.client.engine.answers.running_in(interaction.channel_id or 0)
        if running is None:
            await here(interaction)  # says so where there is no conversation at all
            raise UserError(NOTHING_RUNS)
        await interaction.client.engine.answers.stop_by(running.id, await actor_of(interaction))
        await tell(interaction, STOPPED)


@everywhere
@app_commands.command(name="continue", description="Continue the last answer where it stopped")
async def go_on(interaction: discord.Interaction[Client]) -> None:
    """What the Continue button does."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        answer = await latest_answer(interaction)
        await interaction.client.engine.answers.go_on(answer, await actor_of(interaction))
        await tell(interaction, GOING_ON)


@everywhere
@app_commands.command(description="Continue from the last answer in a new thread")
async def branch(interaction: discord.Interaction[Client]) -> None:
    """What the Branch button does, for the last answer."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        await branched_off(interaction, await latest_answer(interaction))


@everywhere
@app_commands.command(description="Name this conversation and its thread; without text, Grok picks a name")
@app_commands.describe(text="The new name (default: Grok picks one)")
async def title(
    interaction: discord.Interaction[Client], text: app_commands.Range[str, 1, TITLE_LENGTH] | None = None
) -> None:
    """A title by a person, which nothing overwrites, or one by Grok."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        engine, actor = interaction.client.engine, await actor_of(interaction)
        conversation = await here(interaction)
        if text is None:
            now = await engine.titles.write(conversation.id, actor)
        else:
            await check_read(interaction, interaction.user.id, NOT_READ)
            now = (await engine.library.title(conversation.id, text, actor)).title
        await tell(interaction, titled(now))


@everywhere
@app_commands.command(description="Star this conversation to find it in /history")
async def star(interaction: discord.Interaction[Client]) -> None:
    """A star is each person's own, and nobody else sees it."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        conversation = await here(interaction)
        changed = await interaction.client.engine.library.stars.add(conversation.id, interaction.user.id)
        await tell(interaction, STARRED if changed else STARRED_ALREADY)


@everywhere
@app_commands.command(description="Remove your star from this conversation")
async def unstar(interaction: discord.Interaction[Client]) -> None:
    """The star of whoever gives the command, and of nobody else."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        conversation = await here(interaction)
        changed = await interaction.client.engine.library.stars.remove(conversation.id, interaction.user.id)
        await tell(interaction, UNSTARRED if changed else UNSTARRED_ALREADY)
