"""/mod channels: where Grok may be used, who may start conversations, who may join in.

Not here: what the rules mean (`policy.places`), keeping them (`engine`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.text.sentences import Sentence
from grokbot.discord_bot.commands.mod.groups import mod
from grokbot.discord_bot.members import moderator_of
from grokbot.discord_bot.notices import (
    MOST_CHOICES,
    MenuKind,
    Panel,
    PanelChoice,
    PanelItem,
    PanelMenu,
    PanelText,
    answering,
    note,
    redraw,
    show,
    view_of,
)
from grokbot.policy.places import PlaceRules, Spread

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from grokbot.discord_bot.client import Client

TITLE = Sentence("### Where Grok answers")
SPREADS: Mapping[Spread, Sentence] = {
    Spread.EVERYWHERE: Sentence("In all channels"),
    Spread.ONLY: Sentence("Only in the channels below"),
    Spread.ALL_BUT: Sentence("In all channels except those below"),
}
NO_CHANNEL = Sentence("⚠️ No channel is chosen yet, so Grok answers nowhere.")
CHANNELS = Sentence("Channels, threads or categories")
STARTERS, JOINERS = Sentence("**Who can start conversations**"), Sentence("**Who can also join in**")
EVERYONE = Sentence("Everyone")
MEANING = Sentence(
    "A channel includes its threads, a category its channels. Who can start can also join in. Moderators can always "
    "start where Grok answers."
)
KINDS = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.forum,
    discord.ChannelType.category,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
]


def places_panel(rules: PlaceRules) -> Panel:
    """The rules, each a menu. Pure."""
    choices = tuple(
        PanelChoice(spread.value, label, chosen=spread is rules.spread) for spread, label in SPREADS.items()
    )
    listed = PanelMenu(
        "grokbot:places:channels",
        MenuKind.CHANNELS,
        chosen=tuple(sorted(rules.channel_ids)),
        placeholder=CHANNELS,
        least=0,
        most=MOST_CHOICES,
        channel_types=tuple(kind.value for kind in KINDS),
    )
    nowhere = rules.spread is Spread.ONLY and not rules.channel_ids
    return Panel(
        (
            PanelText(TITLE),
            PanelMenu("grokbot:places:spread", choices=choices),
            *([] if rules.spread is Spread.EVERYWHERE else [listed]),
            *([PanelText(NO_CHANNEL)] if nowhere else []),
            PanelText(STARTERS),
            _roles("starter_role_ids", rules.starter_role_ids),
            PanelText(JOINERS),
            _roles("answerer_role_ids", rules.answerer_role_ids),
            note(MEANING),
        )
    )


def _roles(name: str, chosen: Collection[int]) -> PanelMenu:
    return PanelMenu(
        f"grokbot:places:{name}",
        MenuKind.ROLES,
        chosen=tuple(sorted(chosen)),
        placeholder=EVERYONE,
        least=0,
        most=MOST_CHOICES,
    )


class PlacesItem(PanelItem, template=r"grokbot:places:(?P<what>spread|channels|starter_role_ids|answerer_role_ids)"):
    """A menu of the panel. It takes effect at once."""

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Changes one of the rules and redraws the panel."""
        async with answering(interaction):
            await interaction.response.defer()
            who, moderation = await moderator_of(interaction), interaction.client.engine.moderation
            rules = replace(await moderation.settings.places(who), **_CHANGES[self.match["what"]](self))
            await moderation.settings.set_places(who, rules)
            await redraw(interaction, view_of(places_panel(rules)))


_CHANGES: Mapping[str, Callable[[PlacesItem], Mapping[str, Any]]] = {
    "spread": lambda item: {"spread": Spread(item.values[0])},
    "channels": lambda item: {"channel_ids": frozenset(item.ids)},
    "starter_role_ids": lambda item: {"starter_role_ids": frozenset(item.ids)},
    "answerer_role_ids": lambda item: {"answerer_role_ids": frozenset(item.ids)},
}


@mod.command(name="channels", description="Choose where Grok answers, who can start conversations and who can join in")
async def channels(interaction: discord.Interaction[Client]) -> None:
    """A panel whose choices take effect at once."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        rules = await interaction.client.engine.moderation.settings.places(who)
        await show(interaction, view_of(places_panel(rules)))
