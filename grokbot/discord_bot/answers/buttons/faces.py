"""How the buttons of an answer look, and what their ids say: all of their state, so they work after a restart.

Every button has a word: Discord has no other field that a screen reader reads, and an emoji alone is read as a picture
of arrows. Not here: which buttons an answer has (`controls`), what a press does (`actions`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.text import Sentence
from grokbot.discord_bot.answers.buttons.controls import Control
from grokbot.discord_bot.notices import row_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from grokbot.discord_bot.answers.layout import Part
    from grokbot.display import VariantNumber


@dataclass(frozen=True, slots=True)
class Face:
    """How a button looks."""

    label: Sentence
    emoji: str | None = None


FACES: Mapping[Control, Face] = {
    Control.STOP: Face(Sentence("Stop", "button"), "⏹️"),
    Control.CONTINUE: Face(Sentence("Continue", "button"), "▶️"),
    Control.RETRY: Face(Sentence("Retry", "button"), "🔁"),
    Control.PREVIOUS: Face(Sentence("‹", "button")),  # noqa: RUF001 - the sign that is meant
    Control.NUMBER: Face(Sentence("{number}/{of}", "button")),
    Control.NEXT: Face(Sentence("›", "button")),  # noqa: RUF001 - as above
    Control.RESAMPLE: Face(Sentence("Resample", "button"), "🔄"),
    Control.MENU: Face(Sentence("More…", "button")),
    Control.BRANCH: Face(Sentence("Branch", "button"), "🌿"),
    Control.STAR: Face(Sentence("Star", "button"), "⭐"),
    Control.UNSTAR: Face(Sentence("Unstar", "button"), "⭐"),
    Control.SHARE: Face(Sentence("Share", "button"), "🔗"),
    Control.SOURCES: Face(Sentence("Sources", "button"), "📚"),
    Control.THOUGHTS: Face(Sentence("Thoughts", "button"), "💭"),
    Control.CODE: Face(Sentence("Code", "button"), "🧮"),
    Control.INFO: Face(Sentence("Info", "button"), "ℹ️"),  # noqa: RUF001 - the emoji
    Control.DELETE: Face(Sentence("Delete…", "button"), "🗑️"),
}

SURE = {Control.RESAMPLE: Sentence("Resample", "button"), Control.PREVIOUS: Sentence("Switch", "button")}
"""The button under the question whether to hide what stands below."""

BUTTON_ID = re.compile(rf"grokbot:(?P<control>{'|'.join(Control)}):(?P<response_id>[0-9A-Z]{{26}})(?P<sure>:sure)?")


def button_of(
    control: Control, response_id: str, variant: VariantNumber | None = None, *, sure: bool = False
) -> discord.ui.Button[discord.ui.View]:
    """One button.

    Args:
        control: What it is for.
        response_id: The answer.
        variant: Its number among its variants; None if there are none, or it does not matter.
        sure: Whether it does so without a further question.
    """
    face = FACES[control]
    number, of = (variant.number, variant.of) if variant is not None else ("?", "?")
    return discord.ui.Button(
        label=str(SURE.get(control, SURE[Control.PREVIOUS])) if sure else face.label.format(number=number, of=of),
        emoji=face.emoji,
        style=discord.ButtonStyle.primary if sure else discord.ButtonStyle.secondary,
        custom_id=f"grokbot:{control.value}:{response_id}{':sure' if sure else ''}",
        disabled=_leads_nowhere(control, variant),
    )


def buttons_of(
    controls: Collection[Control], response_id: str, variant: VariantNumber | None = None
) -> discord.ui.View | None:
    """The buttons in their order, five in a row; None if there are none.

    Args:
        controls: What they are for.
        response_id: The answer.
        variant: Its number among its variants; None if there are none.
    """
    return row_of([button_of(each, response_id, variant) for each in controls]) if controls else None


def view_of(part: Part, response_id: str) -> discord.ui.View | None:
    """The row of buttons under a message; None if it has none."""
    return buttons_of(part.controls, response_id, part.variant)


def ids_of(view: discord.ui.View | None) -> Sequence[str | None]:
    """The ids of a view's buttons, in their order."""
    items = [] if view is None else view.children
    return [item.custom_id for item in items if isinstance(item, discord.ui.Button)]


def ids_in(message: discord.Message) -> Sequence[str | None]:
    """The ids of the buttons under a message, in their order."""
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return [part.custom_id for row in rows for part in row.children if isinstance(part, discord.Button)]


def answers_under(message: discord.Message) -> Collection[str]:
    """The answers that a message of ours belongs to, by its buttons."""
    found = [BUTTON_ID.fullmatch(each or "") for each in ids_in(message)]
    return {match["response_id"] for match in found if match is not None}


def _leads_nowhere(control: Control, variant: VariantNumber | None) -> bool:
    if variant is None:
        return control is Control.NUMBER
    ends = {Control.PREVIOUS: variant.number <= 1, Control.NEXT: variant.number >= variant.of, Control.NUMBER: True}
    return ends.get(control, False)
