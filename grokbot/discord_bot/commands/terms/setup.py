"""/setup, and the buttons of a server's first contact: how things stand there, and the panels that change them.

The buttons run the moderators' own commands, which check the rights of who presses. Not here: what the panels say
(`setup_text`), when a server is greeted (`first_contact`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from grokbot.conversation.records import By
from grokbot.discord_bot.commands.mod.channels import channels
from grokbot.discord_bot.commands.mod.limits import show_limits
from grokbot.discord_bot.commands.mod.log import log_chosen, log_reached
from grokbot.discord_bot.commands.mod.settings import settings
from grokbot.discord_bot.commands.terms.privacy import notice
from grokbot.discord_bot.commands.terms.setup_text import (
    COMMANDS_NAMED,
    PERMISSIONS,
    SetupNames,
    SetupState,
    log_panel,
)
from grokbot.discord_bot.commands.terms.setup_text import setup as setup_panel
from grokbot.discord_bot.members import guild_of, may_write, moderator_of
from grokbot.discord_bot.notices import LOG_CHANNEL, PanelItem, answering, redraw, show, tell, view_of
from grokbot.discord_bot.notices.texts.command_text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.discord_bot.client import Client
    from grokbot.policy.actor import Actor

NAME_LENGTH = 100
LOGS_TO = (discord.ChannelType.text, discord.ChannelType.public_thread, discord.ChannelType.private_thread)

RUN: Mapping[str, app_commands.Command[Any, ..., None]] = {
    "channels": channels,
    "limits": show_limits,
    "settings": settings,
    "privacy": notice,
}
"""The commands that buttons run, by the end of their ids."""


def names_of(bot: Client) -> SetupNames:
    """How the bot and the commands are written that the panels name."""
    return SetupNames(
        bot=plain(bot.user.display_name if bot.user is not None else "", NAME_LENGTH),
        mention=f"<@{bot.own_id}>",
        command={name: bot.command_mention(name) for name in COMMANDS_NAMED},
    )


class SetupButton(PanelItem, template=r"grokbot:setup:(?P<what>channels|limits|settings|privacy|log|again)"):
    """A button of `/setup`, or of a server's first contact."""

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """What it opens is private, whoever sees the button."""
        command = RUN.get(self.match["what"])
        if command is not None:
            await command.callback(interaction)  # type: ignore[call-arg] # a command of no group's class
            return
        async with answering(interaction):
            await interaction.response.defer(ephemeral=True)
            who = await moderator_of(interaction)
            if self.match["what"] == "again":
                await redraw(interaction, await _panel(interaction, who))
                return
            chosen = (await interaction.client.engine.moderation.settings.chosen(guild_of(who))).get(LOG_CHANNEL)
            await show(interaction, view_of(log_panel(chosen, [kind.value for kind in LOGS_TO])))


class LogChannelMenu(PanelItem, template=r"grokbot:setup:log_channel"):
    """Chooses the log channel, or none."""

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """As `/mod log` does."""
        async with answering(interaction):
            await interaction.response.defer(ephemeral=True)
            who = await moderator_of(interaction)
            await tell(interaction, await log_chosen(interaction, who, next(iter(self.ids), None)))


@app_commands.command(name="setup", description="See what is set in this server and what is missing, and change it")
@app_commands.default_permissions(manage_messages=True)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def setup(interaction: discord.Interaction[Client]) -> None:
    """For moderators, privately."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        await show(interaction, await _panel(interaction, await moderator_of(interaction)))


async def _panel(interaction: discord.Interaction[Client], who: Actor) -> discord.ui.LayoutView:
    bot = interaction.client
    return view_of(setup_panel(names_of(bot), await _state(interaction, who), bot.engine.privacy.policy_url))


async def _state(interaction: discord.Interaction[Client], who: Actor) -> SetupState:
    bot, guild, guild_id = interaction.client, interaction.guild, guild_of(who)
    engine = bot.engine
    chosen = await engine.moderation.settings.chosen(guild_id)
    effective = {**engine.moderation.settings.defaults, **await engine.moderation.settings.effective(guild_id)}
    places, log_id = await engine.moderation.settings.places(who), chosen.get(LOG_CHANNEL)
    month = interaction.created_at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    [used] = await engine.moderation.records.usage(who, By.NOTHING, month)
    in_server = guild.me.guild_permissions if guild is not None else interaction.app_permissions
    missing = [name for name in PERMISSIONS if not getattr(in_server, name)]
    here = [name for name in PERMISSIONS if not getattr(interaction.app_permissions, name) and name not in missing]
    own_role = guild.self_role if guild is not None else None
    return SetupState(
        server=plain(guild.name if guild is not None else "", NAME_LENGTH),
        role=plain(own_role.name if own_role is not None else names_of(bot).bot, NAME_LENGTH),
        missing=missing,
        missing_here=here,
        reads_all=bot.intents.message_content,
        greeted=guild is None or (guild.system_channel is not None and may_write(guild.system_channel)),
        paused=await engine.moderation.controls.is_paused(who),
        spread=places.spread,
        channels=len(places.channel_ids),
        roles=bool(places.starter_role_ids),
        answers=used.spent.answers,
        cost_ticks=used.spent.tokens.cost_ticks or 0,
        limits=len(await engine.budgets.limits(who)),
        log_channel=log_id,
        log_reached=log_id is None or log_reached(guild, log_id),
        model=plain(str(effective.get("model", "")), NAME_LENGTH),
        persona=plain(str(effective.get("persona") or ""), NAME_LENGTH),
    )


SETUP_ITEMS = (LogChannelMenu, SetupButton)
"""The buttons and menus of the panels; they still work after a restart."""
