"""/mod filter add, list, remove and try.

Not here: what patterns may look like and what filters do (`policy`), keeping them (`engine`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.discord_bot.commands.mod.groups import filters
from grokbot.discord_bot.members import moderator_of
from grokbot.discord_bot.notices import answering, tell
from grokbot.discord_bot.notices.texts.moderator_tables import filters_listed
from grokbot.discord_bot.notices.texts.moderator_text import NO_SUCH_FILTER, filter_added, filter_removed, tried
from grokbot.policy.filters import LONGEST_SAMPLE, Action, Where

if TYPE_CHECKING:
    from grokbot.discord_bot.client import Client

PATTERN_LENGTH = 500
"""Characters of a pattern that Discord lets people type; the policy may accept fewer and says so."""

PLACES = [
    app_commands.Choice(name="what people ask", value=Where.PROMPTS.value),
    app_commands.Choice(name="what Grok answers", value=Where.ANSWERS.value),
    app_commands.Choice(name="both", value=Where.BOTH.value),
]
ACTIONS = [
    app_commands.Choice(name="refuse: not answered; an answer ends", value=Action.REFUSE.value),
    app_commands.Choice(name="spoiler: the match in an answer is hidden behind one", value=Action.SPOILER.value),
    app_commands.Choice(name="stop: an answer ends before the match", value=Action.STOP.value),
    app_commands.Choice(name="tell: only reported in the log channel", value=Action.TELL.value),
]


@filters.command(name="add", description="Add a pattern to check prompts or answers against")
@app_commands.describe(
    pattern="A regular expression without look-around and back-references; letters match in both cases",
    where="What to check",
    action="What to do on a match; each match is posted to the log channel",
    sample="A text to try it on before it is saved",
)
@app_commands.choices(where=PLACES, action=ACTIONS)
async def add(
    interaction: discord.Interaction[Client],
    pattern: app_commands.Range[str, 1, PATTERN_LENGTH],
    where: str,
    action: str,
    sample: app_commands.Range[str, 1, LONGEST_SAMPLE] | None = None,
) -> None:
    """Tries the pattern on the sample first; an invalid one is not saved."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who, moderation = await moderator_of(interaction), interaction.client.engine.moderation
        found = await moderation.filters.tried(who, pattern, sample or "")
        new = await moderation.filters.add(who, pattern, Where(where), Action(action))
        await tell(interaction, filter_added(new.id, len(found), sample))


@filters.command(name="list", description="List this server's filters")
async def list_(interaction: discord.Interaction[Client]) -> None:
    """With the names that remove them."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        for text in filters_listed(await interaction.client.engine.moderation.filters.held(who)):
            await tell(interaction, text)


@filters.command(name="remove", description="Remove a filter")
@app_commands.describe(name="Its name in the list")
async def remove(interaction: discord.Interaction[Client], name: app_commands.Range[str, 1, 100]) -> None:
    """Text that it hid in old answers stays hidden."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        if not await interaction.client.engine.moderation.filters.remove(who, name.strip().strip("`")):
            raise UserError(NO_SUCH_FILTER)
        await tell(interaction, filter_removed(name))


@remove.autocomplete("name")
async def _names(interaction: discord.Interaction[Client], current: str) -> list[app_commands.Choice[str]]:
    """For moderators only, like the list."""
    try:
        who = await moderator_of(interaction)
        kept = await interaction.client.engine.moderation.filters.held(who)
    except Exception:  # noqa: BLE001 - choices are only a convenience; the command itself says what is wrong
        return []
    named = [(f"{one.pattern.source} · {one.where.value} · {one.action.value}", one.id) for one in kept]
    return [
        app_commands.Choice(name=shown[:100], value=filter_id)
        for shown, filter_id in named
        if current.lower() in shown.lower() or current.lower() in filter_id.lower()
    ][:25]


@filters.command(name="try", description="Test a pattern on a text without saving it")
@app_commands.describe(pattern="The pattern", sample="The text")
async def try_(
    interaction: discord.Interaction[Client],
    pattern: app_commands.Range[str, 1, PATTERN_LENGTH],
    sample: app_commands.Range[str, 1, LONGEST_SAMPLE],
) -> None:
    """Shows what the filter finds, only to the person who tries it."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        found = await interaction.client.engine.moderation.filters.tried(who, pattern, sample)
        await tell(interaction, tried(sample, found))
