"""Kinds of settings for searches: names to search in or to leave out, and a day. Pure.

Not here: the other kinds (`kinds`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grokbot.conversation.errors import UserError
from grokbot.conversation.text.sentences import Sentence
from grokbot.discord_bot.commands.mod.settings.kinds import AS_WIDER, DEFAULT_IS, SHOWN, VALUE
from grokbot.discord_bot.notices import FormField, FormRadios, FormText, PanelChoice
from grokbot.discord_bot.notices.texts.command_text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.discord_bot.commands.mod.settings.kinds import Offered
    from grokbot.discord_bot.notices import FilledForm

EVERYWHERE = Sentence("everywhere")
ONLY_IN, ALL_BUT = Sentence("only {names}"), Sentence("everywhere but {names}")
ONLY_BELOW, ALL_BUT_BELOW = Sentence("only what is named below"), Sentence("everywhere but what is named below")
WHICH, NAMED = Sentence("Search"), Sentence("Names, with commas between them")
NAME_ONE = Sentence("Name at least one, or choose “everywhere”.")
DAY_HELP = Sentence("Year-month-day, such as 2026-01-31; “any” for any day. Leave it empty for the default.")
ANY_DAY = Sentence("any day")


@dataclass(frozen=True, slots=True)
class SearchNames:
    """Sites or handles to search in, or to leave out. `name` is the setting's."""

    name: str

    def shown(self, value: Any) -> str:
        """Where searches look."""
        if not value:
            return str(EVERYWHERE)
        names = ", ".join(f"`{name.removeprefix('-')[:60]}`" for name in value)
        return (ALL_BUT if value[0].startswith("-") else ONLY_IN).format(names=names)

    def fields(self, now: Any, offered: Offered) -> tuple[FormField, ...]:
        """Which way, and the names."""
        way = AS_WIDER if now is None else "any" if not now else "but" if now[0].startswith("-") else "only"
        default = DEFAULT_IS.format(value=offered.wider)
        words = {AS_WIDER: default, "any": EVERYWHERE, "only": ONLY_BELOW, "but": ALL_BUT_BELOW}
        choices = tuple(PanelChoice(value, said, chosen=value == way) for value, said in words.items())
        names = ", ".join(name.removeprefix("-") for name in now or ())
        return (
            FormField(WHICH, FormRadios("value", choices)),
            FormField(NAMED, FormText("names", names, placeholder=_EXAMPLES[self.name], required=False)),
        )

    def read(self, given: FilledForm) -> Any:
        """The names, with a minus before each of those to leave out. The engine checks them."""
        way = given.text("value")
        if way not in ("only", "but"):
            return [] if way == "any" else None
        names = search_value(self.name, given.text("names"))
        if not names:
            raise UserError(NAME_ONE)
        return [("-" if way == "but" else "") + name.removeprefix("-") for name in names]


_EXAMPLES: Mapping[str, str] = {"search_sites": "nasa.gov, esa.int", "search_handles": "nasa, esa"}


@dataclass(frozen=True, slots=True)
class Day:
    """A day from which on something is found."""

    def shown(self, value: Any) -> str:
        """As it was written."""
        return plain(str(value), SHOWN) if value else str(ANY_DAY)

    def fields(self, now: Any, offered: Offered) -> tuple[FormField, ...]:
        """A line of text."""
        del offered
        shown = "" if now is None else now or "any"
        return (FormField(VALUE, FormText("value", shown, "2026-01-31", required=False, most=10), help=DAY_HELP),)

    def read(self, given: FilledForm) -> Any:
        """The day. The engine checks it."""
        typed = given.text("value").strip()
        return search_value("search_since", typed) if typed else None


def search_value(name: str, text: str) -> list[str] | str | None:
    """What an option for searches sets: "default" is the wider place's value, "any" is no limit.

    Args:
        name: The setting's.
        text: As a moderator wrote it: names with commas, or a day. The engine checks them.
    """
    given = text.strip()
    if given.lower() == "default":
        return None
    if name == "search_since":
        return "" if given.lower() == "any" else given
    if given.lower() == "any":
        return []
    names = [name for name in re.split(r"[\s,]+", given) if name]
    if name == "search_handles":
        names = [re.sub(r"^(-?)@", r"\1", each) for each in names]
    return list(dict.fromkeys(each.lower() if name == "search_sites" else each for each in names))
