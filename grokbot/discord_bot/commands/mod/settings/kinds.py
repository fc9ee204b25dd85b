"""Kinds of settings: how a value is shown, which form asks for it, and what a filled-in form means. Pure.

Not here: which settings there are (`panel`), keeping them (`engine`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from grokbot.conversation.errors import UserError
from grokbot.conversation.personas import STANDARD
from grokbot.conversation.text.sentences import Sentence
from grokbot.discord_bot.notices import (
    MOST_CHOICES,
    FormField,
    FormRadios,
    FormText,
    MenuKind,
    PanelChoice,
    PanelMenu,
)
from grokbot.discord_bot.notices.panel import CHOICE_LENGTH
from grokbot.discord_bot.notices.texts.command_text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from grokbot.discord_bot.notices import FilledForm

AS_WIDER = "~"
"""The choice that leaves a setting to the server, or to the bot's operator. No real value looks like it."""
EVERY = "all"
"""What a moderator types for every persona."""
SHOWN = 400
"""Characters of a value that a row shows."""
MOST_ROLES = 25
ROLES_SHOWN = 20
"""As many as fit into a row of the panel whole."""

ON, OFF = Sentence("On"), Sentence("Off")
DEFAULT_IS = Sentence("Default: {value}")
NONE, ALL = Sentence("none"), Sentence("all")
VALUE = Sentence("Choose")
OTHER_MODEL = Sentence("Or another model, by name")
OTHER_MODEL_HELP = Sentence("Also one that xAI does not list. It comes before the choice above.")
NUMBER_HELP = Sentence("{least} to {most}. Leave it empty for the default.")
NO_NUMBER = Sentence("Give a number from {least} to {most}, or nothing for the default.")
PERSONAS_HELP = Sentence("Choose none, and people can use all of them.")
PERSONAS_TYPED = Sentence("Names with commas between them. Empty: people can use all of them.")
ROLES_HELP = Sentence("Members who may manage messages always can.")


@dataclass(frozen=True, slots=True)
class Offered:
    """What a place has to choose from: models and personas by name, or what applies while nothing is chosen."""

    models: Sequence[str] = ()
    personas: Sequence[str] = ()
    wider: str = ""
    """In words, of the setting that is asked for."""


class SettingKind(Protocol):
    """How one setting is shown and asked for."""

    def shown(self, value: Any) -> str:
        """A value in words, in Discord's Markdown. None: nobody has set it."""

    def fields(self, now: Any, offered: Offered) -> tuple[FormField, ...]:
        """The fields of its form. `now`: what is chosen for exactly this place; None: nothing."""

    def read(self, given: FilledForm) -> Any:
        """What a filled-in form sets; None: as the next wider place has it.

        Raises:
            UserError: It means nothing.
        """


@dataclass(frozen=True, slots=True)
class OnOff:
    """Yes or no: a press switches it, no form is needed."""

    def shown(self, value: Any) -> str:
        """On or off."""
        return str(ON if value else OFF)

    def fields(self, now: Any, offered: Offered) -> tuple[FormField, ...]:
        """None."""
        del now, offered
        return ()

    def read(self, given: FilledForm) -> Any:
        """Nothing."""
        del given


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few values, each with its words."""

    values: tuple[tuple[str | int | bool, str], ...]
    unset: str = NONE
    """The words while nobody has set it."""

    def shown(self, value: Any) -> str:
        """Its words."""
        return str(dict(self.values).get(value, self.unset))

    def fields(self, now: Any, offered: Offered) -> tuple[FormField, ...]:
        """The default and the values, below each other."""
        first = PanelChoice(AS_WIDER, DEFAULT_IS.format(value=offered.wider), chosen=now is None)
        others = (PanelChoice(str(at), words, chosen=value == now) for at, (value, words) in enumerate(self.values))
        return (FormField(VALUE, FormRadios("value", (first, *others))),)

    def read(self, given: FilledForm) -> Any:
        """The value at the chosen place."""
        at = given.text("value")
        return self.values[int(at)][0] if at.isdecimal() and int(at) < len(self.values) else None


def _menu(first: Iterable[PanelChoice], names: Iterable[str], now: str | None) -> PanelMenu:
    """A menu of names, with the current one always among them."""
    known = [name for name in dict.fromkeys([*([now] if now else []), *names]) if 0 < len(name) < CHOICE_LENGTH]
    choices = (*first, *(PanelChoice(f"={name}", name, chosen=name == now) for name in known))
    return PanelMenu("value", choices=choices[:MOST_CHOICES])


def _named(given: FilledForm) -> str | None:
    chosen = given.text("value")
    return None if chosen in ("", AS_WIDER) else chosen.removeprefix("=")


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model: one of those that xAI lists, or any other by name."""

    def shown(self, value: Any) -> str:
        """Its name."""
        return plain(str(value), SHOWN)

    def fields(self, now: Any, offered: Offered) -> tuple[FormField, ...]:
        """A menu, and a line for any other."""
        first = PanelChoice(AS_WIDER, DEFAULT_IS.format(value=offered.wider.replace("\\", "")), chosen=now is None)
        other = FormText("other", required=False, most=90)
        return (
            FormField(VALUE, _menu((first,), offered.models, now)),
            FormField(OTHER_MODEL, other, help=OTHER_MODEL_HELP),
        )

    def read(self, given: FilledForm) -> Any:
        """What was typed, or chosen."""
        return given.text("other").strip() or _named(given)


@dataclass(frozen=True, slots=True)
class PersonaName:
    """A persona of this place, or none."""

    def shown(self, value: Any) -> str:
        """Its name."""
        return plain(str(value), SHOWN) if value else str(NONE)

    def fields(self, now: Any, offered: Offered) -> tuple[FormField, ...]:
        """A menu."""
        first = PanelChoice(AS_WIDER, DEFAULT_IS.format(value=offered.wider.replace("\\", "")), chosen=now is None)
        none = PanelChoice("=", NONE, chosen=now == "")
        return (FormField(VALUE, _menu((first, none), (n for n in offered.personas if n != STANDARD), now)),)

    def read(self, given: FilledForm) -> Any:
        """The chosen one; "": none."""
        return _named(given)


@dataclass(frozen=True, slots=True)
class PersonaNames:
    """The personas that people can choose; nothing set: all."""

    def shown(self, value: Any) -> str:
        """Their names."""
        return plain(", ".join(value), SHOWN) if value is not None else str(ALL)

    def fields(self, now: Any, offered: Offered) -> tuple[FormField, ...]:
        """A menu in which several can be chosen; a line of text if they are too many for one."""
        names = [name for name in dict.fromkeys([*(now or ()), *offered.personas]) if 0 < len(name) <= CHOICE_LENGTH]
        if not 0 < len(names) <= MOST_CHOICES:
            return (FormField(VALUE, FormText("value", ", ".join(now or ()), required=False), PERSONAS_TYPED),)
        choices = tuple(PanelChoice(name, name, chosen=name in (now or ())) for name in names)
        return (FormField(VALUE, PanelMenu("value", choices=choices, least=0, most=len(choices)), PERSONAS_HELP),)

    def read(self, given: FilledForm) -> Any:
        """Their names; None: all."""
        return names_in(",".join(given.values("value")))


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number."""

    least: int
    most: int

    def shown(self, value: Any) -> str:
        """The number; a default may be a text."""
        return str(value)

    def fields(self, now: Any, offered: Offered) -> tuple[FormField, ...]:
        """A line of text."""
        line = FormText("value", "" if now is None else str(now), placeholder=offered.wider, required=False, most=5)
        return (FormField(VALUE, line, help=NUMBER_HELP.format(least=self.least, most=self.most)),)

    def read(self, given: FilledForm) -> Any:
        """The number."""
        typed = given.text("value").strip()
        if not typed:
            return None
        if not re.fullmatch("[0-9]{1,5}", typed) or not self.least <= int(typed) <= self.most:
            raise UserError(NO_NUMBER.later(least=self.least, most=self.most))
        return int(typed)


@dataclass(frozen=True, slots=True)
class RoleIds:
    """Roles of the server."""

    def shown(self, value: Any) -> str:
        """The roles, which nobody is pinged by."""
        named = [f"<@&{role_id}>" for role_id in value or ()]
        more = ["…"] if len(named) > ROLES_SHOWN else []
        return ", ".join(named[:ROLES_SHOWN] + more) or str(NONE)

    def fields(self, now: Any, offered: Offered) -> tuple[FormField, ...]:
        """A menu of roles."""
        del offered
        menu = PanelMenu("value", MenuKind.ROLES, chosen=tuple(now or ()), least=0, most=MOST_ROLES)
        return (FormField(VALUE, menu, help=ROLES_HELP),)

    def read(self, given: FilledForm) -> Any:
        """Their ids; None: no further role."""
        return sorted(given.ids("value")) or None


def names_in(typed: str) -> list[str] | None:
    """The personas that a moderator names; None: all of them."""
    names = list(dict.fromkeys(name.strip().casefold() for name in typed.split(",") if name.strip()))
    return None if EVERY in names or not names else names
