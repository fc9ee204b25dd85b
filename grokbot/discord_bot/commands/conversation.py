"""The commands on one conversation, usually the one of the place where they are given.

Not here: lists, files and deleting (`library`), the share page itself (`web`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.conversation.response import TurnOptions
from grokbot.discord_bot.commands.metadata import PROMPT_LENGTH, everywhere
from grokbot.discord_bot.commands.options import EFFORTS, Model, model_name, models
from grokbot.discord_bot.commands.targets import chosen, here, last_tried, latest_answer, own_conversations
from grokbot.discord_bot.members import actor_of, check_read
from grokbot.discord_bot.notices import answering, tell
from grokbot.discord_bot.notices.texts.command_text import (
    GOING_ON,
    NOT_SHARED,
    NOTHING_RUNS,
    RESAMPLING,
    STARRED,
    STARRED_ALREADY,
    STOPPED,
    UNSTARRED,
    UNSTARRED_ALREADY,
    titled,
    unshared,
)
from grokbot.discord_bot.notices.texts.options_text import conversation_info, effort_note
from grokbot.discord_bot.threads import branched_off, hand_out
from grokbot.engine.admission import NOT_READ

if TYPE_CHECKING:
    import discord

    from grokbot.discord_bot.client import Client

TITLE_LENGTH = 100
"""Characters of a title: Discord's limit for a thread name."""


@everywhere
@app_commands.command(description="Get another answer to the last question; the old one is kept")
@app_commands.describe(
    instruction="What to change, such as: shorter",
    model="Another model for this answer alone",
    effort="Another effort for this answer alone",
)
@app_commands.choices(effort=EFFORTS)
@app_commands.autocomplete(model=models)
async def resample(
    interaction: discord.Interaction[Client],
    instruction: app_commands.Range[str, 1, PROMPT_LENGTH] | None = None,
    model: Model | None = None,
    effort: str | None = None,
) -> None:
    """Another variant of the last answer, in its messages."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        if instruction is not None:
            await check_read(interaction, interaction.user.id, NOT_READ)
        answer = await last_tried(interaction)
        await interaction.client.written(answer)  # it may be posted before we know where
        running = await interaction.client.engine.variants.resample(
            answer,
            await actor_of(interaction),
            instruction or "",
            TurnOptions(model=model_name(model), effort=effort),
        )
        note = effort_note(running.response.model or "", effort)
        await tell(interaction, f"{RESAMPLING}\n{note}".strip())


@everywhere
@app_commands.command(description="Stop the running answer; its text so far is kept")
async def stop(interaction: discord.Interaction[Client]) -> None:
    """What the Stop button does, wherever the answer stands in the channel."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        running = interaction.client.engine.answers.running_in(interaction.channel_id or 0, interaction.user.id)
        if running is None:
            await here(interaction)  # reports it if there is no conversation at all
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
    """A title from a person, which nothing overwrites, or one by Grok."""
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
    """Stars are personal: nobody else sees them."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        conversation = await here(interaction)
        changed = await interaction.client.engine.library.stars.add(conversation.id, interaction.user.id)
        await tell(interaction, STARRED if changed else STARRED_ALREADY)


@everywhere
@app_commands.command(description="Remove your star from this conversation")
async def unstar(interaction: discord.Interaction[Client]) -> None:
    """Removes only the person's own star."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        conversation = await here(interaction)
        changed = await interaction.client.engine.library.stars.remove(conversation.id, interaction.user.id)
        await tell(interaction, UNSTARRED if changed else UNSTARRED_ALREADY)


@everywhere
@app_commands.command(description="Share this conversation up to the last answer as a web page")
@app_commands.describe(
    here="Post the link here instead of showing it only to you",
    names="Show people's names instead of Person 1, Person 2, …",
)
async def share(interaction: discord.Interaction[Client], here: bool = False, names: bool = False) -> None:
    """A link to a page, or the page as a file if there are no share pages."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        await hand_out(interaction, await latest_answer(interaction), here=here, names=names)


@everywhere
@app_commands.command(description="Close all share pages of this conversation")
async def unshare(interaction: discord.Interaction[Client]) -> None:
    """What was shared as a file cannot be taken back."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        conversation = await here(interaction)
        closed = await interaction.client.engine.library.shares.close(conversation.id, await actor_of(interaction))
        await tell(interaction, unshared(closed) if closed else NOT_SHARED)


@everywhere
@app_commands.command(description="Show a conversation's model, effort, tokens, cost and what you have left")
@app_commands.describe(conversation="One of yours (default: this one)")
@app_commands.autocomplete(conversation=own_conversations)
async def info(interaction: discord.Interaction[Client], conversation: str | None = None) -> None:
    """Figures, visible only to the person who asked."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        engine, actor = interaction.client.engine, await actor_of(interaction)
        wanted = await chosen(interaction, conversation)
        found = await engine.library.info(wanted, actor)
        await tell(interaction, conversation_info(found, await engine.budgets.standing(actor)))
