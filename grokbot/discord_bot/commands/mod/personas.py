"""/mod persona add, edit, remove and list.

Not here: which personas a place allows (`settings`), what a persona may be (`conversation.personas`), keeping them
(`engine`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.conversation.personas import LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_TEXT, folded_name, persona_name
from grokbot.discord_bot.commands.mod.groups import personas
from grokbot.discord_bot.commands.targets import CHOICES
from grokbot.discord_bot.members import moderator_of
from grokbot.discord_bot.notices import FORM_SECONDS, answering, submitted, tell
from grokbot.discord_bot.notices.texts.moderator_tables import personas_listed
from grokbot.discord_bot.notices.texts.moderator_text import NO_SUCH_PERSONA, persona_removed, persona_set
from grokbot.discord_bot.notices.texts.options_text import persona_choice

if TYPE_CHECKING:
    from grokbot.conversation.personas import Persona
    from grokbot.discord_bot.client import Client

FORM_ID = re.compile(r"grokbot:persona:(add|edit):(.{1,32})")
"""Which persona a form is for."""


def _form(name: str, now: Persona | None = None) -> discord.ui.Modal:
    """The form with a persona's words; `now` is the persona as it is. `persona_submitted` reads it."""
    action = "edit" if now is not None else "add"
    form = discord.ui.Modal(
        title=f"{action.capitalize()} {name}", custom_id=f"grokbot:persona:{action}:{name}", timeout=FORM_SECONDS
    )
    text: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
        label="Instructions to Grok",
        style=discord.TextStyle.paragraph,
        placeholder="You are a pirate. You talk like one, and what you claim is true all the same.",
        default=now.text if now is not None else None,
        max_length=LONGEST_TEXT,
        custom_id="text",
    )
    about: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
        label="A few words for people who choose it",
        default=now.description if now is not None else None,
        required=False,
        max_length=LONGEST_DESCRIPTION,
        custom_id="about",
    )
    return form.add_item(text).add_item(about)


async def persona_submitted(interaction: discord.Interaction[Client]) -> None:
    """Keeps what a submitted form says, if the person still moderates. Any other interaction is left alone."""
    given = submitted(interaction)
    form = FORM_ID.fullmatch(given.custom_id)
    if form is None:
        return
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True, thinking=True)
        who, new = await moderator_of(interaction), form[1] == "add"
        held = interaction.client.engine.moderation.personas
        kept = await held.set(who, form[2], given.text("text"), given.text("about"), new=new)
        await tell(interaction, persona_set(kept.name, new=new))


@personas.command(name="add", description="Write a persona that people can choose in this server")
@app_commands.describe(name="Its name: letters, digits, - and _")
async def add(interaction: discord.Interaction[Client], name: app_commands.Range[str, 1, LONGEST_NAME]) -> None:
    """Opens the form, which Discord takes only as the first answer."""
    async with answering(interaction):
        who, moderation = await moderator_of(interaction), interaction.client.engine.moderation
        moderation.personas.check_may(who)
        await interaction.response.send_modal(_form(persona_name(name)))


@personas.command(name="edit", description="Edit a persona; conversations that have it keep its old words")
@app_commands.describe(name="Its name")
async def edit(interaction: discord.Interaction[Client], name: app_commands.Range[str, 1, LONGEST_NAME]) -> None:
    """Opens the form with its words."""
    async with answering(interaction):
        now = await _held(interaction, name)
        await interaction.response.send_modal(_form(now.name, now))


@personas.command(name="remove", description="Remove a persona; conversations that have it keep its words")
@app_commands.describe(name="Its name")
async def remove(interaction: discord.Interaction[Client], name: app_commands.Range[str, 1, LONGEST_NAME]) -> None:
    """From now on nobody can choose it."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        if not await interaction.client.engine.moderation.personas.remove(who, name):
            raise UserError(NO_SUCH_PERSONA)
        await tell(interaction, persona_removed(name))


@personas.command(name="list", description="List this server's personas, and the others that people can choose")
async def list_(interaction: discord.Interaction[Client]) -> None:
    """With what each is, and who wrote it: the server, or the bot's operator."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who, engine = await moderator_of(interaction), interaction.client.engine
        own = await engine.moderation.personas.held(who)
        for text in personas_listed(own, await engine.personas.known(who.guild_id)):
            await tell(interaction, text)


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
