"""/mod channels: where Grok may be used, who may start conversations, who may join in.

Not here: what the rules mean (`policy.places`), keeping them (`engine`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord

from grokbot.discord_bot.commands.mod.groups import mod
from grokbot.discord_bot.members import moderator_of
from grokbot.discord_bot.notices import answering, redraw, row_of, show
from grokbot.discord_bot.notices.texts.moderator_tables import places_listed
from grokbot.policy.places import PlaceRules, Spread

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Collection, Mapping

    from grokbot.discord_bot.client import Client

MOST = 25
"""Most values of a menu (Discord's documentation)."""

SPREADS = {
    Spread.EVERYWHERE: "in all channels",
    Spread.ONLY: "only in the channels below",
    Spread.ALL_BUT: "in all channels except those below",
}
KINDS = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.forum,
    discord.ChannelType.category,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
]


class SpreadMenu(discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]], template=r"grokbot:places:spread"):
    """Sets what the list of channels means."""

    def __init__(self, now: Spread = Spread.EVERYWHERE) -> None:
        options = [
            discord.SelectOption(value=spread.value, label=f"Grok answers {label}", default=spread is now)
            for spread, label in SPREADS.items()
        ]
        super().__init__(discord.ui.Select(custom_id="grokbot:places:spread", options=options))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], _match: re.Match[str], /
    ) -> SpreadMenu:
        """Rebuilt at every choice."""
        return cls()

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Takes effect at once."""
        await _changed(interaction, lambda: {"spread": Spread(self.item.values[0])})


class ChannelsMenu(
    discord.ui.DynamicItem[discord.ui.ChannelSelect[discord.ui.View]], template=r"grokbot:places:channels"
):
    """Sets the list of channels."""

    def __init__(self, now: Collection[int] = ()) -> None:
        super().__init__(
            discord.ui.ChannelSelect(
                custom_id="grokbot:places:channels",
                placeholder="Channels, threads or categories",
                channel_types=KINDS,
                min_values=0,
                max_values=MOST,
                default_values=_defaults(now, discord.SelectDefaultValueType.channel),
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], _match: re.Match[str], /
    ) -> ChannelsMenu:
        """Rebuilt at every choice."""
        return cls()

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Takes effect at once."""
        await _changed(interaction, lambda: {"channel_ids": frozenset(channel.id for channel in self.item.values)})


class RolesMenu(
    discord.ui.DynamicItem[discord.ui.RoleSelect[discord.ui.View]],
    template=r"grokbot:places:(?P<which>starter|answerer)_role_ids",
):
    """Sets who may start conversations, or join in."""

    def __init__(self, which: str, now: Collection[int] = ()) -> None:
        self.which = which
        begins = which == "starter"
        super().__init__(
            discord.ui.RoleSelect(
                custom_id=f"grokbot:places:{which}_role_ids",
                placeholder="Can start conversations: everyone" if begins else "Can also join in: everyone",
                min_values=0,
                max_values=MOST,
                default_values=_defaults(now, discord.SelectDefaultValueType.role),
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> RolesMenu:
        """Rebuilt at every choice."""
        return cls(match["which"])

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Takes effect at once."""
        name = f"{self.which}_role_ids"
        await _changed(interaction, lambda: {name: frozenset(role.id for role in self.item.values)})


@mod.command(name="channels", description="Choose where Grok answers, who can start conversations and who can join in")
async def channels(interaction: discord.Interaction[Client]) -> None:
    """A panel whose choices take effect at once."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        rules = await interaction.client.engine.moderation.settings.places(who)
        await show(interaction, places_listed(rules), view=_view(rules))


async def _changed(interaction: discord.Interaction[Client], changes: Callable[[], Mapping[str, Any]]) -> None:
    """Changes one of the rules and redraws the panel. `changes` is called where its errors are reported."""
    async with answering(interaction):
        await interaction.response.defer()
        who, moderation = await moderator_of(interaction), interaction.client.engine.moderation
        rules = replace(await moderation.settings.places(who), **changes())
        await moderation.settings.set_places(who, rules)
        await redraw(interaction, places_listed(rules), _view(rules))


def _view(rules: PlaceRules) -> discord.ui.View:
    return row_of(
        [
            SpreadMenu(rules.spread),
            ChannelsMenu(rules.channel_ids),
            RolesMenu("starter", rules.starter_role_ids),
            RolesMenu("answerer", rules.answerer_role_ids),
        ]
    )


def _defaults(ids: Collection[int], kind: discord.SelectDefaultValueType) -> list[discord.SelectDefaultValue]:
    return [discord.SelectDefaultValue(id=i, type=kind) for i in sorted(ids)[:MOST]]
