"""/mod limits set, show and remove.

Not here: what and whom a limit counts (`policy.budgets.limits`), keeping and enforcing it (`engine`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.discord_bot.commands.mod.groups import REASON_LENGTH, limits
from grokbot.discord_bot.members import guild_of, moderator_of
from grokbot.discord_bot.notices import answering, tell
from grokbot.discord_bot.notices.texts.amounts import amount as amount_of
from grokbot.discord_bot.notices.texts.moderator_tables import limits_listed, standing_listed
from grokbot.discord_bot.notices.texts.moderator_text import LIMIT_REMOVED, NAME_ONE_LIMITED, NO_SUCH_LIMIT, limit_set
from grokbot.policy.budgets import Counted, Limit, Scope

if TYPE_CHECKING:
    from grokbot.discord_bot.client import Client

WHAT = [
    app_commands.Choice(name="turns a minute", value=Counted.TURNS_A_MINUTE.value),
    app_commands.Choice(name="answers at once", value=Counted.ANSWERS_AT_ONCE.value),
    app_commands.Choice(name="tokens a day", value=Counted.TOKENS_A_DAY.value),
    app_commands.Choice(name="tokens a month", value=Counted.TOKENS_A_MONTH.value),
    app_commands.Choice(name="dollars a day", value=Counted.COST_A_DAY.value),
    app_commands.Choice(name="dollars a month", value=Counted.COST_A_MONTH.value),
]
WHOM = [
    app_commands.Choice(name="this server, all people together", value=Scope.SERVER.value),
    app_commands.Choice(name="each person", value=Scope.MEMBER.value),
]


@limits.command(name="set", description="Limit messages, tokens or cost, from the next message on")
@app_commands.describe(
    what="What to count",
    amount="How much, such as 5, 50k or $2.50; 0 allows nothing",
    whom="The whole server or each person",
    role="Or each person with this role; their most generous role counts",
    user="Or this one person",
    reason="Why, for the audit log",
)
@app_commands.choices(what=WHAT, whom=WHOM)
async def set_(
    interaction: discord.Interaction[Client],
    what: str,
    amount: app_commands.Range[str, 1, 30],
    whom: str | None = None,
    role: discord.Role | None = None,
    user: discord.User | None = None,
    reason: app_commands.Range[str, 1, REASON_LENGTH] = "",
) -> None:
    """Replaces a limit of the same kind."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who, counted = await moderator_of(interaction), Counted(what)
        scope, scope_id = _named(whom, role, user)
        limit = Limit(
            guild_id=guild_of(who),
            scope=scope,
            scope_id=scope_id,
            counted=counted,
            amount=amount_of(amount, counted.unit),
        )
        await interaction.client.engine.moderation.limits.set(
            who, scope, scope_id, counted, limit.amount, reason=reason
        )
        await tell(interaction, limit_set(limit))


@limits.command(name="remove", description="Remove a limit")
@app_commands.describe(
    what="What to count",
    whom="The whole server or each person",
    role="Or which role",
    user="Or which person",
    reason="Why",
)
@app_commands.choices(what=WHAT, whom=WHOM)
async def remove(
    interaction: discord.Interaction[Client],
    what: str,
    whom: str | None = None,
    role: discord.Role | None = None,
    user: discord.User | None = None,
    reason: app_commands.Range[str, 1, REASON_LENGTH] = "",
) -> None:
    """The operator's limits stay."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        scope, scope_id = _named(whom, role, user)
        there = await interaction.client.engine.moderation.limits.set(
            who, scope, scope_id, Counted(what), None, reason=reason
        )
        if not there:
            raise UserError(NO_SUCH_LIMIT)
        await tell(interaction, LIMIT_REMOVED)


@limits.command(name="show", description="Show this server's limits and your own usage")
async def show_limits(interaction: discord.Interaction[Client]) -> None:
    """Includes the operator's limits that apply here."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who, budgets = await moderator_of(interaction), interaction.client.engine.budgets
        await tell(interaction, limits_listed(await budgets.limits(who)))
        await tell(interaction, standing_listed(await budgets.standing(who)))


def _named(whom: str | None, role: discord.Role | None, user: discord.User | None) -> tuple[Scope, int]:
    """The one target that was given.

    Raises:
        UserError: None was given, or several.
    """
    named: list[tuple[Scope, int]] = []
    if whom is not None:
        named.append((Scope(whom), 0))
    if role is not None:
        named.append((Scope.ROLE, role.id))
    if user is not None:
        named.append((Scope.USER, user.id))
    if len(named) != 1:
        raise UserError(NAME_ONE_LIMITED)
    return named[0]
