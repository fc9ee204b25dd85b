"""/mod settings: one panel with menus and buttons, of the server or of a channel.

A menu's id says which panel it belongs to, so it works after a restart. Not here: what the panel shows
(`settings_panel`, pure), keeping the choices (`engine`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from grokbot.conversation.errors import NotAllowedError, UserError
from grokbot.discord_bot.commands.mod.groups import mod
from grokbot.discord_bot.commands.mod.settings_panel import (
    EVERY,
    MOST_OPTIONS,
    NAMES,
    NEEDS_CONTENT,
    SERVER,
    Menu,
    Switch,
    following,
    names_in,
    panel,
    search_value,
    value_of,
)
from grokbot.discord_bot.commands.options import model_name
from grokbot.discord_bot.members import MODERATORS, guild_of, moderator_of
from grokbot.discord_bot.notices import answering, redraw, row_of, show
from grokbot.discord_bot.notices.texts.moderator_text import NOT_EVERYBODY, OWNER_SETS, unlisted
from grokbot.engine.admission import ALLOWED, LANGUAGE

if TYPE_CHECKING:
    import re

    from grokbot.discord_bot.client import Client
    from grokbot.policy.actor import Actor

MODEL_LENGTH = 90
PERSONAS_LENGTH = 500
CHOICE_LENGTH = 100
"""Characters of a choice (Discord's documentation)."""
MOST_ROLES = 25
MOST_CONTEXT = 50
MOST_NAMES = 300
"""Characters of an option that names sites or handles."""


class SettingMenu(
    discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]],
    template=r"grokbot:set:(?P<channel>\d{1,20}):(?P<name>model|mode|persona)",
):
    """Sets one thing."""

    def __init__(self, channel_id: int, name: str, menu: Menu | None = None) -> None:
        self.channel_id = channel_id
        self.name = name
        options = [
            discord.SelectOption(value=one.value, label=one.label, default=one.chosen)
            for one in (menu.options if menu is not None else ())
        ]
        super().__init__(
            discord.ui.Select(
                custom_id=f"grokbot:set:{channel_id}:{name}",
                placeholder=menu.placeholder if menu is not None else None,
                options=options,
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> SettingMenu:
        """Rebuilt from the menu's id at every choice."""
        return cls(int(match["channel"]), match["name"])

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Redraws the panel with the current settings."""
        async with answering(interaction):
            await interaction.response.defer()
            await _choose(interaction, self.channel_id, self.name, value_of(self.name, self.item.values[0]))


class SettingSwitch(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"grokbot:switch:(?P<channel>\d{1,20}):"
    r"(?P<name>mention_only|private|in_channel|every_message|images|archive_minutes|language|reset)",
):
    """Sets the next value, or resets everything."""

    def __init__(self, channel_id: int, name: str, switch: Switch | None = None) -> None:
        self.channel_id = channel_id
        self.name = name
        super().__init__(
            discord.ui.Button(
                label=switch.label if switch is not None else "Reset all",
                style=discord.ButtonStyle.secondary,
                custom_id=f"grokbot:switch:{channel_id}:{name}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> SettingSwitch:
        """Rebuilt from the button's id at every press."""
        return cls(int(match["channel"]), match["name"])

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Redraws the panel with the current settings."""
        async with answering(interaction):
            await interaction.response.defer()
            who, engine = await moderator_of(interaction), interaction.client.engine
            chosen = await engine.moderation.settings.chosen(guild_of(who), self.channel_id or None)
            if self.name == "reset":
                for name in [name for name in NAMES if name in chosen]:
                    await engine.moderation.settings.choose(who, name, None, channel_id=self.channel_id or None)
                await redraw(interaction, *await _drawn(interaction, who, self.channel_id))
            else:
                await _choose(interaction, self.channel_id, self.name, following(self.name, chosen))


class ModeratorsMenu(
    discord.ui.DynamicItem[discord.ui.RoleSelect[discord.ui.View]],
    template=r"grokbot:moderators",
):
    """Sets further roles that may moderate."""

    def __init__(self, role_ids: tuple[int, ...] = ()) -> None:
        named = [discord.SelectDefaultValue(id=i, type=discord.SelectDefaultValueType.role) for i in role_ids]
        super().__init__(
            discord.ui.RoleSelect(
                custom_id="grokbot:moderators",
                placeholder="More roles that can moderate",
                min_values=0,
                max_values=MOST_ROLES,
                default_values=named[:MOST_ROLES],
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], _match: re.Match[str], /
    ) -> ModeratorsMenu:
        """Rebuilt at every choice."""
        return cls()

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Only for members who may manage the server: moderators do not make moderators."""
        async with answering(interaction):
            await interaction.response.defer()
            who = await moderator_of(interaction)
            if not (interaction.permissions.manage_guild or interaction.permissions.administrator):
                raise NotAllowedError(OWNER_SETS)
            role_ids = sorted(role.id for role in self.item.values)
            if who.guild_id in role_ids:
                raise UserError(NOT_EVERYBODY)
            await interaction.client.engine.moderation.settings.choose(who, MODERATORS, role_ids or None)
            await redraw(interaction, *await _drawn(interaction, who, SERVER))


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
    return [app_commands.Choice(name=text, value=text) for text in whole if len(text) <= CHOICE_LENGTH][:MOST_OPTIONS]


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
        text, view = await _drawn(interaction, who, channel_id)
        if model is not None and model.strip() not in interaction.client.engine.prices.models:
            text += f"\n{unlisted(model.strip())}"
        await show(interaction, text, view=view)


async def _choose(interaction: discord.Interaction[Client], channel_id: int, name: str, value: object) -> None:
    who = await moderator_of(interaction)
    await interaction.client.engine.moderation.settings.choose(who, name, value, channel_id=channel_id or None)
    await redraw(interaction, *await _drawn(interaction, who, channel_id))


async def _drawn(interaction: discord.Interaction[Client], who: Actor, channel_id: int) -> tuple[str, discord.ui.View]:
    """Draws the panel with the current settings."""
    bot, guild_id = interaction.client, guild_of(who)
    moderation = bot.engine.moderation
    chosen = await moderation.settings.chosen(guild_id, channel_id or None)
    around = _around(interaction.guild, channel_id)
    shown = panel(
        channel_id,
        chosen,
        await moderation.settings.effective(guild_id, around),
        models=bot.engine.prices.models,
        personas=list(await bot.engine.personas.known(guild_id)),
        defaults={
            **bot.engine.moderation.settings.defaults,
            "private": False,
            "in_channel": False,
            "every_message": False,
            "images": bool(bot.engine.images.ways),
            "archive_minutes": bot.settings.thread_archive_minutes,
            "context_messages": "{} in threads and posts, {} in channels".format(
                *moderation.settings.operators_context
            ),
            "summaries": True,
        },
    )
    items: list[discord.ui.Item[Any]] = [SettingMenu(channel_id, menu.name, menu) for menu in shown.menus]
    if channel_id == SERVER:
        items.append(ModeratorsMenu(tuple((await moderation.settings.chosen(guild_id)).get(MODERATORS) or ())))
    # The server's panel has no room for more; a channel's has.
    left_out = ("in_channel", "every_message", LANGUAGE) if channel_id == SERVER else ()
    items += [SettingSwitch(channel_id, each.name, each) for each in shown.switches if each.name not in left_out]
    effective = await moderation.settings.effective(guild_id, around)
    text = shown.text
    if effective.get("every_message") and not bot.intents.message_content:
        text += f"\n{NEEDS_CONTENT}"
    return text, row_of([*items, SettingSwitch(channel_id, "reset")])


def _around(guild: discord.Guild | None, channel_id: int) -> list[int]:
    """The ids of the channel and its category."""
    if channel_id == SERVER:
        return []
    channel = guild.get_channel(channel_id) if guild is not None else None
    category_id = channel.category_id if channel is not None else None
    return [channel_id, *([category_id] if category_id is not None else [])]
