"""The buttons under an answer. Their state lives in their ids, so they work after a restart and on old messages too.

Not here: which of them an answer has (`controls`), what a press does (`button_actions`), who may press them (`engine`).
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.errors import StoreError
from grokbot.discord_bot.answers.button_actions import pressed
from grokbot.discord_bot.answers.controls import BROKEN_OFF, VARIANTS, VIEWS, Control
from grokbot.discord_bot.notices import answering
from grokbot.discord_bot.rate_limits import SEND_ERRORS, Kind, Rank, in_short, retry_request

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from grokbot.discord_bot.answers.layout import Part
    from grokbot.discord_bot.client import Client
    from grokbot.discord_bot.rate_limits import ChannelTraffic
    from grokbot.display import VariantNumber
    from grokbot.engine.engine import Engine

log = logging.getLogger(__name__)

A_ROW = 5
"""Buttons in one row (Discord's documentation, "Action Row")."""


@dataclass(frozen=True, slots=True)
class Face:
    """How a button looks."""

    label: str
    emoji: str | None = None


FACES: Mapping[Control, Face] = {
    Control.STOP: Face("Stop", "⏹️"),
    Control.CONTINUE: Face("Continue", "▶️"),
    Control.RETRY: Face("Retry", "🔁"),
    Control.PREVIOUS: Face("‹"),  # noqa: RUF001 - the sign that is meant
    Control.NUMBER: Face("?"),
    Control.NEXT: Face("›"),  # noqa: RUF001 - as above
    Control.RESAMPLE: Face("Resample", "🔄"),
    Control.BRANCH: Face("Branch", "🌿"),
    Control.STAR: Face("Star", "⭐"),
    Control.SHARE: Face("Share", "🔗"),
    Control.SOURCES: Face("Sources", "📚"),
    Control.THOUGHTS: Face("Thoughts", "💭"),
    Control.CODE: Face("Code", "🧮"),
}


BUTTON_ID = re.compile(rf"grokbot:(?P<control>{'|'.join(Control)}):(?P<response_id>[0-9A-Z]{{26}})")


class AnswerButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=BUTTON_ID):
    """Does something with an answer, from its messages."""

    def __init__(
        self, control: Control, response_id: str, variant: VariantNumber | None = None, row: int | None = None
    ) -> None:
        self.control = control
        self.response_id = response_id
        face = FACES[control]
        shown = variant if control is Control.NUMBER else None
        super().__init__(
            discord.ui.Button(
                label=face.label if shown is None else f"{shown.number}/{shown.of}",
                emoji=face.emoji,
                style=discord.ButtonStyle.secondary,
                custom_id=f"grokbot:{control.value}:{response_id}",
                disabled=_leads_nowhere(control, variant),
                row=row,
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> AnswerButton:
        """Rebuilt from the button's id at every press."""
        return cls(Control(match["control"]), match["response_id"])

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Acknowledges the press at once; its effect shows up separately."""
        async with answering(interaction):
            await pressed(interaction, self.control, self.response_id)


def view_of(part: Part, response_id: str) -> discord.ui.View | None:
    """The rows of buttons under a message; None if it has none."""
    if not part.controls:
        return None
    view = discord.ui.View(timeout=None)
    for control, row in _in_rows(part.controls):
        view.add_item(AnswerButton(control, response_id, part.variant, row))
    return view


def ids_of(view: discord.ui.View | None) -> Sequence[str | None]:
    """The ids of a view's buttons, in their order."""
    items = [] if view is None else view.children
    return [item.item.custom_id for item in items if isinstance(item, AnswerButton)]


def ids_in(message: discord.Message) -> Sequence[str | None]:
    """The ids of the buttons under a message, in their order."""
    return [button.custom_id for button in _buttons_in(message)]


def answers_under(message: discord.Message) -> Collection[str]:
    """The answers that a message of ours belongs to, by its buttons."""
    found = [BUTTON_ID.fullmatch(each or "") for each in ids_in(message)]
    return {match["response_id"] for match in found if match is not None}


def view_without(message: discord.Message, used: Collection[Control]) -> discord.ui.View | None:
    """A message's buttons without some, as they look now; None if no others are left."""
    view = discord.ui.View(timeout=None)
    for drawn in _buttons_in(message):
        match = BUTTON_ID.fullmatch(drawn.custom_id or "")
        if match is not None and Control(match["control"]) not in used:
            button = AnswerButton(Control(match["control"]), match["response_id"])
            button.item.label, button.item.disabled = drawn.label, drawn.disabled
            view.add_item(button)
    return view if view.children else None


async def put_away(
    channel: discord.PartialMessageable, engine: Engine, traffic: ChannelTraffic, continued_id: str
) -> None:
    """Removes the controls under an answer that was continued; its other buttons stay.

    It runs once the next answer is shown, in the channel's order: no repeated edit brings the controls back. A start
    does it again if that answer was not shown to its end. A failure is only logged.

    Args:
        channel: Where the answer is shown.
        engine: Knows its messages.
        traffic: What may be sent in the channel, and when.
        continued_id: The answer.
    """
    try:
        places = [ref for ref in await engine.places.places_of(continued_id) if ref.channel_id == channel.id]
        if places:
            await _put_away_from(channel, traffic, max(ref.message_id for ref in places))
    except (*SEND_ERRORS, StoreError) as error:
        log.warning("discord.buttons_stay response=%s error=%s", continued_id, in_short(error))


async def _put_away_from(channel: discord.PartialMessageable, traffic: ChannelTraffic, message_id: int) -> None:
    """Takes its turn first: no edit of the continuing answer is pending, and the button soon goes away."""
    await traffic.turn(Kind.EDIT, rank=lambda: Rank.FIRST)
    message = await retry_request(lambda: channel.fetch_message(message_id), "look at buttons")
    view = view_without(message, BROKEN_OFF)
    if ids_of(view) != ids_in(message):
        partial = channel.get_partial_message(message_id)  # editing a full message would also bring link previews back
        await retry_request(lambda: partial.edit(view=view), "used buttons")


def _buttons_in(message: discord.Message) -> Sequence[discord.Button]:
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return [part for row in rows for part in row.children if isinstance(part, discord.Button)]


def _in_rows(buttons: Sequence[Control]) -> Sequence[tuple[Control, int]]:
    """Puts the buttons to other variants in a row of their own if one row is too short for all.

    What shows something privately has the last row, so that the others always stand where people expect them.
    """
    others = [control for control in buttons if control not in VIEWS]
    apart = len(others) > A_ROW
    rows = {control: 0 if not apart or control in VARIANTS else 1 for control in others}
    last = max(rows.values(), default=-1) + 1
    return [(control, rows.get(control, last)) for control in buttons]


def _leads_nowhere(control: Control, variant: VariantNumber | None) -> bool:
    if variant is None:
        return control is Control.NUMBER
    ends = {Control.PREVIOUS: variant.number <= 1, Control.NEXT: variant.number >= variant.of, Control.NUMBER: True}
    return ends.get(control, False)
