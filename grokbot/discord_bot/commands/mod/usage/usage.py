"""/mod usage: what this server used, as numbers, as a picture and as a table.

Not here: adding up (`store`), who may see it (`engine`), charts and tables (`chart`), drawing
(`engine.budgets.chart_renderer`).
"""

from __future__ import annotations

import asyncio
import io
import logging
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from grokbot.conversation.records import By
from grokbot.conversation.text import shortened
from grokbot.discord_bot.commands.mod.groups import mod, now
from grokbot.discord_bot.commands.mod.groups import since as since_of
from grokbot.discord_bot.commands.mod.usage.chart import Measure, chart, measured, readable, table
from grokbot.discord_bot.commands.mod.usage.usage_text import rows_told, tokens_of, usage_told
from grokbot.discord_bot.members import moderator_of
from grokbot.discord_bot.notices import answering, show
from grokbot.discord_bot.rate_limits import in_short
from grokbot.engine.budgets import ChartError
from grokbot.policy.budgets import Period, began

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from grokbot.conversation.records import UsageSum
    from grokbot.discord_bot.client import Client
    from grokbot.documents.charts import Chart
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)

NAMED = 100
"""People whose names are looked up: Discord returns so many at once."""
NAMING_SECONDS = 2.0
LONGEST_ALT = 1_000
"""Characters of what a picture shows, for who cannot see it; Discord takes 1,024."""
LOOKED_AT = 25
"""People whose limits are looked at."""

BY = [app_commands.Choice(name=by.value, value=by.value) for by in (By.DAY, By.PERSON, By.CHANNEL, By.MODEL)]
MEASURES = [app_commands.Choice(name=measure.value, value=measure.value) for measure in Measure]


@mod.command(name="usage", description="Show Grok's usage in this server: answers, tokens, cost and refusals")
@app_commands.describe(
    by="Group by (default: day)",
    since="Since when: 7d, 2h, or a date such as 2026-11-23 (default: 30d)",
    measure="What the chart shows (default: cost)",
    csv="Also attach a CSV table",
)
@app_commands.rename(measure="show")
@app_commands.choices(by=BY, measure=MEASURES)
async def usage(
    interaction: discord.Interaction[Client],
    by: str = By.DAY.value,
    since: app_commands.Range[str, 1, 40] = "30d",
    measure: str = Measure.COST.value,
    csv: bool = False,
) -> None:
    """Visible only to the person who asks."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who, until = await moderator_of(interaction), now()
        begun, kind, what = since_of(since, until), By(by), Measure(measure)
        records, length = interaction.client.engine.moderation.records, until - begun
        rows = await records.usage(who, kind, begun, until)
        before = await records.usage(who, By.NOTHING, begun - length, begun)
        names = await _names(interaction, kind, what, rows) if rows else {}
        drawn = chart(what, kind, rows, names, begun, until)
        files = [] if drawn.empty else await _picture(interaction, drawn, rows_told(kind, rows))
        pictured = bool(files) and readable(drawn)
        if csv:
            files.append(discord.File(io.BytesIO(table(rows, names)), "usage.csv"))
        near = await interaction.client.engine.budgets.near(who, await _largest(interaction, who, until))
        told = usage_told(rows, before, length, near)
        await show(interaction, told if pictured or not rows else f"{told}\n\n{rows_told(kind, rows)}", files=files)


async def _picture(interaction: discord.Interaction[Client], drawn: Chart, told: str) -> list[discord.File]:
    """With its rows in words for who cannot see it. If drawing fails, the reply shows only these."""
    try:
        picture = io.BytesIO(await interaction.client.engine.charts.drawn(drawn))
    except ChartError:
        return []
    return [discord.File(picture, "usage.png", description=shortened(f"{drawn.title}\n{told}", LONGEST_ALT))]


async def _largest(interaction: discord.Interaction[Client], who: Actor, until: datetime) -> Sequence[int]:
    """The people who used the most this month: one of them is near a limit, if anybody is."""
    month = began(Period.MONTH, until)
    rows = await interaction.client.engine.moderation.records.usage(who, By.PERSON, month, until)
    most = sorted(rows, key=tokens_of, reverse=True)[:LOOKED_AT]
    return [int(row.spent.key) for row in most if row.spent.key.isdigit() and int(row.spent.key)]


async def _names(
    interaction: discord.Interaction[Client], by: By, measure: Measure, rows: Sequence[UsageSum]
) -> Mapping[str, str]:
    """Names in place of ids. Where a person left, or Discord is too slow, the id stays."""
    guild = interaction.guild
    ids = [int(row.spent.key) for row in rows if row.spent.key.isdigit()]
    if guild is None or by not in (By.PERSON, By.CHANNEL):
        return {}
    if by is By.CHANNEL:
        channels = {i: guild.get_channel_or_thread(i) for i in ids}
        return {str(i): f"#{channel.name}" for i, channel in channels.items() if channel is not None}
    most = sorted(rows, key=lambda row: measured(measure, row), reverse=True)[:NAMED]
    asked = [int(row.spent.key) for row in most if row.spent.key.isdigit() and int(row.spent.key)]
    try:
        async with asyncio.timeout(NAMING_SECONDS):
            members = await guild.query_members(user_ids=asked, cache=False, limit=NAMED) if asked else []
    except (TimeoutError, discord.DiscordException) as error:
        log.warning("discord.names_unknown guild=%d error=%s", guild.id, in_short(error))
        return {}
    return {str(member.id): member.display_name for member in members}
