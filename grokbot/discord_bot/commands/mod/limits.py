"""/mod limits set, show and remove; the panel of limits, its presses and its form.

Not here: what the panel shows (`list_panels`), what and whom a limit counts (`policy.budgets.limits`), keeping
and enforcing it (`engine`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.discord_bot.commands.mod.groups import REASON_LENGTH, limits
from grokbot.discord_bot.commands.mod.list_panels import COUNTED, SCOPES, limit_form, limits_panel
from grokbot.discord_bot.members import guild_of, moderator_of
from grokbot.discord_bot.notices import PanelItem, answering, modal_of, redraw, show, submitted, tell, view_of
from grokbot.discord_bot.notices.texts.amounts import amount as amount_of
from grokbot.discord_bot.notices.texts.moderator_text import LIMIT_REMOVED, NAME_ONE_LIMITED, NO_SUCH_LIMIT, limit_set
from grokbot.policy.budgets import Counted, Limit, Scope

if TYPE_CHECKING:
    from grokbot.discord_bot.client import Client
    from grokbot.policy.actor import Actor

WHAT = [app_commands.Choice(name=str.__str__(words), value=counted.value) for counted, words in COUNTED.items()]
WHOM = [app_commands.Choice(name=str.__str__(words), value=scope.value) for scope, words in SCOPES.items()]


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
        who = await moderator_of(interaction)
        scope, scope_id = _named(whom, role.id if role else 0, user.id if user else 0)
        await tell(interaction, await _set(interaction, who, scope, scope_id, Counted(what), amount, reason))


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
        scope, scope_id = _named(whom, role.id if role else 0, user.id if user else 0)
        await tell(interaction, await _remove(interaction, who, scope, scope_id, Counted(what), reason))


@limits.command(name="show", description="Show this server's limits and your own usage, set and remove limits")
async def show_limits(interaction: discord.Interaction[Client]) -> None:
    """A panel; includes the operator's limits that apply here."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        await show(interaction, await _drawn(interaction, await moderator_of(interaction)))


class LimitItem(
    PanelItem,
    template=r"grokbot:limit:(?P<what>add|page|remove)(?::(?P<which>[a-z0-9]{1,20}))?"
    r"(?::(?P<scope_id>\d{1,20}):(?P<counted>[a-z_]{1,20}))?",
):
    """A button of the panel: sets a limit, turns the page, or removes one."""

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Redraws the panel, or opens the form."""
        async with answering(interaction):
            what, which = self.match["what"], self.match["which"] or ""
            who = await moderator_of(interaction)
            if what == "add":
                await interaction.response.send_modal(modal_of(limit_form()))
                return
            await interaction.response.defer()
            page, told = int(which) if what == "page" else 0, ""
            if what == "remove":
                scope_id, counted = int(self.match["scope_id"]), Counted(self.match["counted"])
                told = await _remove(interaction, who, Scope(which), scope_id, counted, "")
            await redraw(interaction, await _drawn(interaction, who, page=page, told=told))


async def limit_submitted(interaction: discord.Interaction[Client]) -> None:
    """Sets what a submitted form says, if the person still moderates. Any other interaction is left alone."""
    given = submitted(interaction)
    if given.custom_id != "grokbot:limit:new":
        return
    async with answering(interaction):
        await interaction.response.defer()
        who = await moderator_of(interaction)
        role_id, user_id = (next(iter(given.ids(each)), 0) for each in ("role", "user"))
        whom = None if role_id or user_id else given.text("whom")
        counted, amount = Counted(given.text("what")), given.text("amount")
        told = await _set(interaction, who, *_named(whom, role_id, user_id), counted, amount, "")
        await redraw(interaction, await _drawn(interaction, who, told=told))


async def _drawn(
    interaction: discord.Interaction[Client], who: Actor, *, page: int = 0, told: str = ""
) -> discord.ui.LayoutView:
    budgets = interaction.client.engine.budgets
    return view_of(limits_panel(await budgets.limits(who), await budgets.standing(who), page=page, told=told))


async def _set(
    interaction: discord.Interaction[Client],
    who: Actor,
    scope: Scope,
    scope_id: int,
    counted: Counted,
    amount: str,
    reason: str,
) -> str:
    """Sets a limit in place of one of the same kind; says so."""
    ticks = amount_of(amount, counted.unit)
    limit = Limit(guild_id=guild_of(who), scope=scope, scope_id=scope_id, counted=counted, amount=ticks)
    kept = interaction.client.engine.moderation.limits
    await kept.set(who, scope, scope_id, counted, limit.amount, reason=reason)
    return limit_set(limit)


async def _remove(
    interaction: discord.Interaction[Client], who: Actor, scope: Scope, scope_id: int, counted: Counted, reason: str
) -> str:
    """Removes a limit; says so."""
    kept = interaction.client.engine.moderation.limits
    if not await kept.set(who, scope, scope_id, counted, None, reason=reason):
        raise UserError(NO_SUCH_LIMIT)
    return str(LIMIT_REMOVED)


def _named(whom: str | None, role_id: int, user_id: int) -> tuple[Scope, int]:
    """The one target that was given; 0: no role, or no person.

    Raises:
        UserError: None was given, or several.
    """
    named: list[tuple[Scope, int]] = []
    if whom is not None:
        named.append((Scope(whom), 0))
    if role_id:
        named.append((Scope.ROLE, role_id))
    if user_id:
        named.append((Scope.USER, user_id))
    if len(named) != 1:
        raise UserError(NAME_ONE_LIMITED)
    return named[0]
