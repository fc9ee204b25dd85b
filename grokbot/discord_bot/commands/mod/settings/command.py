"""/mod settings: the command, the panel's presses and its forms.

An id says which place it is for, so a panel works after a restart. Not here: what the panel shows (`panel`), keeping
the choices (`engine`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from grokbot.conversation.errors import NotAllowedError, UserError
from grokbot.conversation.text.sentences import Sentence
from grokbot.discord_bot.commands.mod.groups import mod
from grokbot.discord_bot.commands.mod.settings.kinds import EVERY, Offered, OnOff, names_in
from grokbot.discord_bot.commands.mod.settings.panel import (
    BY_NAME,
    MOST_CONTEXT,
    NEEDS_CONTENT,
    PRIVATE_COMES_FIRST,
    SERVER,
    Chosen,
    Tab,
    reset_panel,
    setting_form,
    settings_panel,
    switched,
)
from grokbot.discord_bot.commands.mod.settings.search_kinds import search_value
from grokbot.discord_bot.commands.options import model_name
from grokbot.discord_bot.members import MODERATORS, guild_of, moderator_of
from grokbot.discord_bot.notices import (
    MOST_CHOICES,
    PanelItem,
    answering,
    modal_of,
    redraw,
    show,
    submitted,
    tell,
    view_of,
)
from grokbot.discord_bot.notices.texts.moderator_text import NOT_EVERYBODY, OWNER_SETS, unlisted
from grokbot.engine.admission import ALLOWED

if TYPE_CHECKING:
    from grokbot.discord_bot.client import Client
    from grokbot.policy.actor import Actor

MODEL_LENGTH = 90
PERSONAS_LENGTH = 500
CHOICE_LENGTH = 100
"""Characters of a choice (Discord's documentation)."""
MOST_NAMES = 300
"""Characters of an option that names sites or handles."""
CONTEXT_DEFAULT = Sentence("{threads} in threads and posts, {channels} in channels")
OLD_PANEL = Sentence("This panel is from an earlier version. Open a new one with `/mod settings`.")
PRESSED = re.compile(
    r"grokbot:settings:(?P<channel>\d{1,20}):(?P<what>[a-z_]{1,40})(?::(?P<tab>[a-z]{1,20})(?::(?P<page>-?\d{1,3}))?)?"
)
"""What an id says: the place, and a setting, a tab, or that all is reset."""


class SettingsItem(PanelItem, template=PRESSED):
    """A button of the panel."""

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Shows a tab, switches a setting, or opens its form."""
        async with answering(interaction):
            channel_id, what = int(self.match["channel"]), self.match["what"]
            one = BY_NAME.get(what)
            if one is not None and not isinstance(one.kind, OnOff):
                who = await moderator_of(interaction)
                _check_may_set(interaction, one.name)
                form = setting_form(await _chosen(interaction, who, channel_id), one)
                await interaction.response.send_modal(modal_of(form))
                return
            await interaction.response.defer()
            who = await moderator_of(interaction)
            chosen = await _chosen(interaction, who, channel_id)
            if one is not None:
                await _choose(interaction, who, channel_id, one.name, switched(chosen, one.name))
            elif what == "reset":
                await redraw(interaction, view_of(reset_panel(channel_id)))
            elif what == "reset_all":
                await _reset(interaction, who, chosen)
            else:
                shown = self.match["tab"] or ""
                tab = Tab(shown) if shown in list(Tab) else Tab.ANSWERS
                await _redraw(interaction, who, channel_id, tab, page=int(self.match["page"] or 0))


class OldSettingsItem(PanelItem, template=r"grokbot:(?:set|switch|moderators)(?::.*)?"):
    """A menu or button of the panel as earlier versions drew it."""

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Says where the panel is now."""
        async with answering(interaction):
            await tell(interaction, OLD_PANEL)


async def settings_submitted(interaction: discord.Interaction[Client]) -> None:
    """Keeps what a submitted form says, if the person still moderates. Any other interaction is left alone."""
    given = submitted(interaction)
    form = PRESSED.fullmatch(given.custom_id)
    if form is None or form["what"] not in BY_NAME:
        return
    async with answering(interaction):
        await interaction.response.defer()
        who, one = await moderator_of(interaction), BY_NAME[form["what"]]
        _check_may_set(interaction, one.name)
        value = one.kind.read(given)
        if one.name == MODERATORS and who.guild_id in (value or ()):
            raise UserError(NOT_EVERYBODY)
        await _choose(interaction, who, int(form["channel"]), one.name, value)


async def _more_personas(interaction: discord.Interaction[Client], current: str) -> list[app_commands.Choice[str]]:
    """What was typed so far, with one more name."""
    try:
        who = await moderator_of(interaction)
        known = await interaction.client.engine.personas.known(who.guild_id)
    except Exception:  # noqa: BLE001 - choices are only a convenience; the command itself says what is wrong
        return []
    before, _, begun = current.casefold().rpartition(",")
    named = [name.strip() for name in before.split(",") if name.strip()]
    offered = [name for name in (known if named else (EVERY, *known)) if begun.strip() in name and name not in named]
    whole = [", ".join([*named, name]) for name in offered]
    return [app_commands.Choice(name=text, value=text) for text in whole if len(text) <= CHOICE_LENGTH][:MOST_CHOICES]


@mod.command(name="settings", description="Set model, mode, persona, threads, images, searches, for all or one channel")
@app_commands.describe(
    channel="A channel with its threads, or a category (default: the whole server)",
    model="Set any model by name, even if the panel does not list it",
    context="How many messages before a mention Grok is shown, 0 to 50 (0: none)",
    summaries="Whether /summarize works",
    sites="Sites for web searches: nasa.gov, esa.int or all but -example.org; any; default",
    handles="Handles for X searches: nasa, esa or all but -spam; any; default",
    since="X searches find posts from this day on, such as 2026-01-31; any; default",
    pictures="Whether Grok looks at pictures that searches find",
    personas="Which personas people can choose, such as: standard, fun (all: every one)",
)
@app_commands.autocomplete(personas=_more_personas)
async def settings(  # noqa: PLR0913, PLR0917 - one for each option
    interaction: discord.Interaction[Client],
    channel: discord.TextChannel | discord.ForumChannel | discord.CategoryChannel | None = None,
    model: app_commands.Range[str, 1, MODEL_LENGTH] | None = None,
    context: app_commands.Range[int, 0, MOST_CONTEXT] | None = None,
    summaries: bool | None = None,
    sites: app_commands.Range[str, 1, MOST_NAMES] | None = None,
    handles: app_commands.Range[str, 1, MOST_NAMES] | None = None,
    since: app_commands.Range[str, 1, 10] | None = None,
    pictures: bool | None = None,
    personas: app_commands.Range[str, 1, PERSONAS_LENGTH] | None = None,
) -> None:
    """Choices in the panel take effect at once."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        channel_id, kept = channel.id if channel is not None else SERVER, interaction.client.engine.moderation.settings
        if model is not None:
            await kept.choose(who, "model", model_name(model), channel_id=channel_id or None)
        written = {"search_sites": sites, "search_handles": handles, "search_since": since}
        for name, text in written.items():
            if text is not None:
                await kept.choose(who, name, search_value(name, text), channel_id=channel_id or None)
        for name, value in (("context_messages", context), ("summaries", summaries), ("search_images", pictures)):
            if value is not None:
                await kept.choose(who, name, value, channel_id=channel_id or None)
        if personas is not None:
            await kept.choose(who, ALLOWED, names_in(personas), channel_id=channel_id or None)
        searched = any(each is not None for each in (sites, handles, since, pictures))
        tab = Tab.SEARCHES if searched else Tab.ANSWERS
        await show(interaction, await _drawn(interaction, who, channel_id, tab))


def _check_may_set(interaction: discord.Interaction[Client], name: str) -> None:
    """Only members who may manage the server say who moderates: moderators do not make moderators."""
    if name == MODERATORS and not (interaction.permissions.manage_guild or interaction.permissions.administrator):
        raise NotAllowedError(OWNER_SETS)


async def _choose(
    interaction: discord.Interaction[Client], who: Actor, channel_id: int, name: str, value: object
) -> None:
    await interaction.client.engine.moderation.settings.choose(who, name, value, channel_id=channel_id or None)
    await _redraw(interaction, who, channel_id, BY_NAME[name].tab)


async def _reset(interaction: discord.Interaction[Client], who: Actor, chosen: Chosen) -> None:
    for name in chosen.resettable:
        kept = interaction.client.engine.moderation.settings
        await kept.choose(who, name, None, channel_id=chosen.channel_id or None)
    await _redraw(interaction, who, chosen.channel_id, Tab.ANSWERS)


async def _redraw(
    interaction: discord.Interaction[Client], who: Actor, channel_id: int, tab: Tab, *, page: int = 0
) -> None:
    await redraw(interaction, await _drawn(interaction, who, channel_id, tab, page=page))


async def _drawn(
    interaction: discord.Interaction[Client], who: Actor, channel_id: int, tab: Tab, *, page: int = 0
) -> discord.ui.LayoutView:
    """Draws the panel with the current settings, and what does not do what it seems to."""
    bot, chosen = interaction.client, await _chosen(interaction, who, channel_id)
    model = chosen.here.get("model")
    notes = []
    if model is not None and bot.engine.prices.models and model not in bot.engine.prices.models:
        notes.append(unlisted(model))
    if chosen.effective("every_message") and not bot.intents.message_content:
        notes.append(str(NEEDS_CONTENT))
    if chosen.effective("in_channel") and chosen.effective("private"):
        notes.append(str(PRIVATE_COMES_FIRST))
    return view_of(settings_panel(chosen, tab, page=page, notes=notes))


async def _chosen(interaction: discord.Interaction[Client], who: Actor, channel_id: int) -> Chosen:
    bot, guild_id = interaction.client, guild_of(who)
    kept = bot.engine.moderation.settings
    category_id = _category_of(interaction.guild, channel_id)
    threads, channels = kept.operators_context
    return Chosen(
        channel_id,
        here=await kept.chosen(guild_id, channel_id or None),
        category=await kept.chosen(guild_id, category_id) if category_id is not None else {},
        server=await kept.chosen(guild_id) if channel_id != SERVER else {},
        defaults={
            **kept.defaults,
            "private": False,
            "in_channel": False,
            "every_message": False,
            "images": bool(bot.engine.images.ways),
            "archive_minutes": bot.settings.thread_archive_minutes,
            "context_messages": CONTEXT_DEFAULT.format(threads=threads, channels=channels),
            "summaries": True,
        },
        offered=Offered(bot.engine.prices.models, list(await bot.engine.personas.known(guild_id))),
    )


def _category_of(guild: discord.Guild | None, channel_id: int) -> int | None:
    """The id of the category around a channel."""
    channel = guild.get_channel(channel_id) if guild is not None and channel_id != SERVER else None
    return channel.category_id if channel is not None else None
