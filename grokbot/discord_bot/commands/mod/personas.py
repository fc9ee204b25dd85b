"""/mod persona add, edit, remove and list; the panel of personas, its presses and its forms.

Not here: what the panel shows (`list_panels`), which personas a place allows (`settings`), what a persona may be
(`conversation.personas`), keeping them (`engine`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.conversation.personas import LONGEST_NAME, folded_name, persona_name
from grokbot.discord_bot.commands.mod.groups import personas
from grokbot.discord_bot.commands.mod.list_panels import persona_form, persona_question, personas_panel
from grokbot.discord_bot.commands.targets import CHOICES
from grokbot.discord_bot.members import moderator_of
from grokbot.discord_bot.notices import PanelItem, answering, modal_of, redraw, show, submitted, tell, view_of
from grokbot.discord_bot.notices.texts.moderator_text import NO_SUCH_PERSONA, persona_removed, persona_set
from grokbot.discord_bot.notices.texts.options_text import persona_choice

if TYPE_CHECKING:
    from grokbot.conversation.personas import Persona
    from grokbot.discord_bot.client import Client
    from grokbot.policy.actor import Actor

FORM_ID = re.compile(r"grokbot:(?P<panel>personas?):(?P<what>add|edit):(?P<name>.{0,32})")
"""Which persona a form is for, and whether it was opened in the panel."""


async def persona_submitted(interaction: discord.Interaction[Client]) -> None:
    """Keeps what a submitted form says, if the person still moderates. Any other interaction is left alone."""
    given = submitted(interaction)
    form = FORM_ID.fullmatch(given.custom_id)
    if form is None:
        return
    async with answering(interaction):
        on_panel = form["panel"] == "personas"
        await (interaction.response.defer() if on_panel else interaction.response.defer(ephemeral=True, thinking=True))
        who, new = await moderator_of(interaction), form["what"] == "add"
        held, name = interaction.client.engine.moderation.personas, form["name"] or given.text("name")
        kept = await held.set(who, name, given.text("text"), given.text("about"), new=new)
        told = persona_set(kept.name, new=new)
        await (redraw(interaction, await _drawn(interaction, who, told=told)) if on_panel else tell(interaction, told))


class PersonaItem(
    PanelItem, template=r"grokbot:personas:(?P<what>add|edit|page|remove|removed)(?::(?P<which>.{1,32}))?"
):
    """A button or the menu of the panel: adds or edits a persona, turns the page, or asks and then removes one."""

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Redraws the panel, or opens the form."""
        async with answering(interaction):
            what, which = self.match["what"], self.match["which"] or ""
            who, kept = await moderator_of(interaction), interaction.client.engine.moderation.personas
            kept.check_may(who)
            if what in ("add", "edit"):
                now = await _held(interaction, which) if what == "edit" else None
                form = persona_form(which, now, on_panel=True)
                await interaction.response.send_modal(modal_of(form))
                return
            await interaction.response.defer()
            if what == "remove":
                await redraw(interaction, view_of(persona_question(self.values[0])))
                return
            told = await _removed(interaction, who, which) if what == "removed" else ""
            page = int(which) if what == "page" else 0
            await redraw(interaction, await _drawn(interaction, who, page=page, told=told))


async def _drawn(
    interaction: discord.Interaction[Client], who: Actor, *, page: int = 0, told: str = ""
) -> discord.ui.LayoutView:
    engine = interaction.client.engine
    own, known = await engine.moderation.personas.held(who), await engine.personas.known(who.guild_id)
    return view_of(personas_panel(own, known, page=page, told=told))


async def _removed(interaction: discord.Interaction[Client], who: Actor, name: str) -> str:
    """Removes a persona; says so."""
    if not await interaction.client.engine.moderation.personas.remove(who, name):
        raise UserError(NO_SUCH_PERSONA)
    return persona_removed(name)


@personas.command(name="add", description="Write a persona that people can choose in this server")
@app_commands.describe(name="Its name: letters, digits, - and _")
async def add(interaction: discord.Interaction[Client], name: app_commands.Range[str, 1, LONGEST_NAME]) -> None:
    """Opens the form, which Discord takes only as the first answer."""
    async with answering(interaction):
        who, moderation = await moderator_of(interaction), interaction.client.engine.moderation
        moderation.personas.check_may(who)
        await interaction.response.send_modal(modal_of(persona_form(persona_name(name))))


@personas.command(name="edit", description="Edit a persona; conversations that have it keep its old words")
@app_commands.describe(name="Its name")
async def edit(interaction: discord.Interaction[Client], name: app_commands.Range[str, 1, LONGEST_NAME]) -> None:
    """Opens the form with its words."""
    async with answering(interaction):
        now = await _held(interaction, name)
        await interaction.response.send_modal(modal_of(persona_form(now.name, now)))


@personas.command(name="remove", description="Remove a persona; conversations that have it keep its words")
@app_commands.describe(name="Its name")
async def remove(interaction: discord.Interaction[Client], name: app_commands.Range[str, 1, LONGEST_NAME]) -> None:
    """From now on nobody can choose it."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        await tell(interaction, await _removed(interaction, who, name))


@personas.command(name="list", description="Show this server's personas, add, edit and remove them")
async def list_(interaction: discord.Interaction[Client]) -> None:
    """A panel, which also names the others that people can choose."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        await show(interaction, await _drawn(interaction, await moderator_of(interaction)))


@edit.autocomplete("name")
@remove.autocomplete("name")
async def _names(interaction: discord.Interaction[Client], current: str) -> list[app_commands.Choice[str]]:
    """For moderators only, like the list."""
    try:
        who = await moderator_of(interaction)
        held = await interaction.client.engine.moderation.personas.held(who)
    except Exception:  # noqa: BLE001 - choices are only a convenience; the command itself says what is wrong
        return []
    fits = [each for each in held if folded_name(current) in each.name]
    return [app_commands.Choice(name=persona_choice(each), value=each.name) for each in fits[:CHOICES]]


async def _held(interaction: discord.Interaction[Client], name: str) -> Persona:
    who = await moderator_of(interaction)
    held = await interaction.client.engine.moderation.personas.held(who)
    found = next((each for each in held if each.name == folded_name(name)), None)
    if found is None:
        raise UserError(NO_SUCH_PERSONA)
    return found
