"""Draws panels and forms with discord.py, and takes their presses.

Nothing of them is kept: a press is known by its id (`PanelItem`), also after a restart. Not here: what they show
(`panel`, `form`), sending them (`interaction_reply`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, assert_never

import discord

from grokbot.conversation.text import shortened
from grokbot.discord_bot.notices.form import HELP_LENGTH, TITLE_LENGTH, FormFiles, FormRadios, FormText
from grokbot.discord_bot.notices.panel import (
    CHOICE_LENGTH,
    LABEL_LENGTH,
    MOST_CHOICES,
    PLACEHOLDER_LENGTH,
    MenuKind,
    PanelButton,
    PanelButtons,
    PanelLine,
    PanelMenu,
    PanelRow,
    PanelText,
)

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping, Sequence

    from grokbot.discord_bot.notices.form import FormPart, PanelForm
    from grokbot.discord_bot.notices.panel import Panel, PanelChoice, PanelPart

FORM_SECONDS = 1.0
"""How long discord.py keeps a form that was shown: what comes of it is read by its id, also after a restart."""

_SELECTS: Mapping[MenuKind, type[discord.ui.UserSelect[Any] | discord.ui.RoleSelect[Any]]] = {
    MenuKind.PEOPLE: discord.ui.UserSelect,
    MenuKind.ROLES: discord.ui.RoleSelect,
}


class PanelItem(discord.ui.DynamicItem[discord.ui.Item[Any]], template=r"(?!)"):
    """A button or menu that was pressed in a panel. A subclass has the `template` of its ids, and `callback`.

    Args:
        item: As it stands in the message.
        match: Its id.
    """

    def __init__(self, item: discord.ui.Item[Any], match: re.Match[str]) -> None:
        super().__init__(item)
        self.match = match

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Made anew at every press."""
        return cls(item, match)

    @property
    def values(self) -> Sequence[str]:
        """What was chosen in a menu: values, or ids."""
        given = getattr(self.item, "values", ())
        return [value if isinstance(value, str) else str(value.id) for value in given]

    @property
    def ids(self) -> Sequence[int]:
        """What was chosen in a menu of people, roles or channels."""
        return [int(value) for value in self.values]


def view_of(panel: Panel) -> discord.ui.LayoutView:
    """A panel to send along: see `row_of`."""
    view = discord.ui.LayoutView(timeout=None)
    box: discord.ui.Container[Any] = discord.ui.Container(*map(_drawn, panel.parts))
    view.add_item(box)
    view.stop()
    return view


def modal_of(form: PanelForm) -> discord.ui.Modal:
    """A form to open. What comes of it is read by its id, not by discord.py."""
    modal = discord.ui.Modal(
        title=shortened(str(form.title), TITLE_LENGTH), custom_id=form.custom_id, timeout=FORM_SECONDS
    )
    for field in form.fields:
        label: discord.ui.Label[Any] = discord.ui.Label(
            text=shortened(str(field.label), TITLE_LENGTH),
            description=shortened(str(field.help), HELP_LENGTH) or None,
            component=_field(field.part),
        )
        modal.add_item(label)
    return modal


def _drawn(part: PanelPart) -> discord.ui.Item[Any]:
    match part:
        case PanelText():
            return discord.ui.TextDisplay(str(part.text))
        case PanelRow():
            return discord.ui.Section(str(part.text), accessory=_button(part.button))
        case PanelButtons():
            return discord.ui.ActionRow(*map(_button, part.buttons))
        case PanelMenu():
            return discord.ui.ActionRow(_menu(part))
        case PanelLine():
            return discord.ui.Separator()
        case _:
            assert_never(part)


def _button(button: PanelButton) -> discord.ui.Button[Any]:
    label = shortened(str(button.label), LABEL_LENGTH) or None
    if button.url is not None:
        return discord.ui.Button(label=label, emoji=button.emoji, url=button.url)
    return discord.ui.Button(
        label=label,
        custom_id=button.custom_id,
        style=discord.ButtonStyle[button.style.value],
        emoji=button.emoji,
        disabled=button.disabled,
    )


def _menu(menu: PanelMenu, *, required: bool = False) -> discord.ui.Item[Any]:
    given: dict[str, Any] = {
        "custom_id": menu.custom_id,
        "placeholder": shortened(str(menu.placeholder), PLACEHOLDER_LENGTH) or None,
        "min_values": menu.least,
        "max_values": menu.most,
        "required": required,
    }
    if menu.kind is MenuKind.CHOICES:
        return discord.ui.Select(
            options=[discord.SelectOption(**_choice(each)) for each in menu.choices[:MOST_CHOICES]], **given
        )
    given["default_values"] = [
        discord.SelectDefaultValue(id=i, type=discord.SelectDefaultValueType[menu.kind.value])
        for i in menu.chosen[: menu.most]
    ]
    if menu.kind is MenuKind.CHANNELS:
        kinds = [discord.ChannelType(number) for number in menu.channel_types]
        return discord.ui.ChannelSelect(channel_types=kinds, **given)
    return _SELECTS[menu.kind](**given)


def _choice(choice: PanelChoice) -> dict[str, Any]:
    return {
        "value": choice.value,
        "label": shortened(str(choice.label), CHOICE_LENGTH),
        "description": shortened(str(choice.about), CHOICE_LENGTH) or None,
        "default": choice.chosen,
    }


def _field(part: FormPart) -> discord.ui.Item[Any]:
    match part:
        case FormText():
            return discord.ui.TextInput(
                custom_id=part.custom_id,
                style=discord.TextStyle.paragraph if part.long else discord.TextStyle.short,
                default=str(part.value) or None,
                placeholder=shortened(str(part.placeholder), CHOICE_LENGTH) or None,
                required=part.required,
                max_length=part.most,
            )
        case FormRadios():
            options = [discord.RadioGroupOption(**_choice(choice)) for choice in part.choices]
            return discord.ui.RadioGroup(custom_id=part.custom_id, options=options)
        case FormFiles():
            return discord.ui.FileUpload(
                custom_id=part.custom_id, required=part.least > 0, min_values=part.least, max_values=part.most
            )
        case PanelMenu():
            return _menu(part, required=part.least > 0)
        case _:
            assert_never(part)
