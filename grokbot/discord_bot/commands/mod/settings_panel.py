"""What the panel of /mod settings shows: its text, menus and buttons, as values. Pure.

Not here: drawing it and what a choice does (`commands.mod.settings`), keeping the choices (`engine`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from grokbot.conversation.personas import STANDARD
from grokbot.conversation.response import Mode
from grokbot.conversation.text.sentences import Sentence
from grokbot.discord_bot.notices.texts.command_text import plain
from grokbot.engine.admission import ALLOWED, LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SERVER = 0
"""In place of a channel's id: the settings of the whole server."""
AS_WIDER = "~"
"""The choice that leaves a setting to the server, or to the bot's operator. No real value looks like it."""
MOST_OPTIONS = 25
"""Options of a menu (Discord's documentation)."""
LONGEST_OPTION = 100
NEEDS_CONTENT = Sentence(
    "⚠️ “Answer every message” has no effect yet: Discord does not show me messages without a mention. The bot's "
    "operator can turn on the Message Content Intent in Discord's Developer Portal and restart me."
)
"""Where every message should be answered, and we do not see them."""
EVERY = "all"
"""What a moderator types for every persona."""

Value: TypeAlias = "str | int | bool | None"


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a menu."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Menu:
    """One menu. `name` is the setting's."""

    name: str
    placeholder: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Switch:
    """One button, which shows the current value and sets the next one."""

    name: str
    label: str
    following: Value
    """What a press sets; None: use the wider scope's value."""


@dataclass(frozen=True, slots=True)
class SettingsPanel:
    """Everything that the panel shows."""

    text: str
    menus: tuple[Menu, ...]
    switches: tuple[Switch, ...]


_MODES: Mapping[str, str] = {
    Mode.STATELESS.value: "stateless: the bot keeps the history",
    Mode.STATEFUL.value: "stateful: xAI keeps it for 30 days",
}
_SWITCHES: Mapping[str, tuple[str, tuple[tuple[Value, str], ...]]] = {
    "mention_only": ("Mention needed in threads", ((None, "default"), (True, "yes"), (False, "no"))),
    "private": ("New threads", ((None, "default"), (False, "public"), (True, "private"))),
    "in_channel": ("Answers in", ((None, "default"), (False, "threads"), (True, "the channel"))),
    "every_message": ("Answer every message", ((None, "default"), (True, "yes"), (False, "no"))),
    "images": ("Images", ((None, "default"), (True, "yes"), (False, "no"))),
    "archive_minutes": (
        "Archive after",
        ((None, "default"), (60, "1 hour"), (1440, "1 day"), (4320, "3 days"), (10080, "1 week")),
    ),
    LANGUAGE: (
        "Language",
        ((None, "automatic"), ("en", "English"), ("de", "Deutsch"), ("es", "Español"), ("ja", "日本語")),
    ),
}
SEARCHES = ("search_sites", "search_handles", "search_since", "search_images")
"""What searches find: set by the command's own options, since none is one of a few."""

NAMES = ("model", "mode", "persona", *_SWITCHES, ALLOWED, "context_messages", "summaries", *SEARCHES)
"""The settings that a channel can have for itself."""


def panel(
    channel_id: int,
    chosen: Mapping[str, Any],
    effective: Mapping[str, Any],
    *,
    models: Sequence[str],
    personas: Sequence[str],
    defaults: Mapping[str, Any],
) -> SettingsPanel:
    """The panel of a server, or of one of its channels.

    Args:
        channel_id: The channel's or category's; SERVER for the server's own.
        chosen: What is set for exactly that scope.
        effective: What applies there.
        models: Those that the menu offers.
        personas: Those that people know here, by name.
        defaults: What applies where nothing is set.
    """
    where = "this server" if channel_id == SERVER else f"<#{channel_id}>"
    wider = "default" if channel_id == SERVER else "server setting"
    holds = {**defaults, **effective}
    lines = [
        f"**Settings for {where}**",
        *(
            f"- {_TITLES[name]}: {_shown(name, holds.get(name))}{'' if name in chosen else f' ({wider})'}"
            for name in NAMES
            if channel_id == SERVER or name != LANGUAGE
        ),
        "-# Changes apply from the next message; mode, threads and searches from the next conversation.",
    ]
    menus = (
        _menu("model", "Model", wider, {name: name for name in _models(models, chosen.get("model"))}, chosen),
        _menu("mode", "Mode", wider, _MODES, chosen),
        _menu("persona", "Persona", wider, _personas(personas, chosen.get("persona")), chosen),
    )
    switches = tuple(_switch(name, chosen) for name in _SWITCHES if channel_id == SERVER or name != LANGUAGE)
    return SettingsPanel("\n".join(lines), menus, switches)


_TITLES: Mapping[str, str] = {
    "model": "Model",
    "mode": "Mode of new conversations",
    "persona": "Persona",
    "mention_only": "Mention needed in threads",
    "private": "New threads",
    "in_channel": "Answers in",
    "every_message": "Answer every message in the channel",
    "images": "Images by /imagine and in answers",
    "archive_minutes": "Archive after",
    ALLOWED: "Personas to choose from",
    "context_messages": "Messages read before a mention",
    "summaries": "/summarize",
    LANGUAGE: "Language",
    "search_sites": "Web searches",
    "search_handles": "X searches",
    "search_since": "Posts on X since",
    "search_images": "Grok looks at pictures that searches find",
}


def search_value(name: str, text: str) -> Sequence[str] | str | None:
    """What an option for searches sets: "default" is the wider scope's value, "any" is no limit.

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


def value_of(name: str, option: str) -> Value:
    """What an option of a menu sets; None: use the wider scope's value.

    Raises:
        ValueError: There is no such setting in a menu.
    """
    if name not in ("model", "mode", "persona"):
        raise ValueError("no menu sets this")
    if option == AS_WIDER:
        return None
    return option.removeprefix("=")


def names_in(typed: str) -> list[str] | None:
    """The personas that a moderator names; None: all of them."""
    names = list(dict.fromkeys(name.strip().casefold() for name in typed.split(",") if name.strip()))
    return None if EVERY in names or not names else names


def following(name: str, chosen: Mapping[str, Any]) -> Value:
    """What the next press of a button sets.

    Raises:
        ValueError: There is no such button.
    """
    if name not in _SWITCHES:
        raise ValueError("no button sets this")
    return _switch(name, chosen).following


def _switch(name: str, chosen: Mapping[str, Any]) -> Switch:
    title, values = _SWITCHES[name]
    places = [value for value, _ in values]
    now = chosen.get(name)
    at = places.index(now) if now in places else 0
    return Switch(name, f"{title}: {values[at][1]}", places[(at + 1) % len(places)])


def _menu(name: str, title: str, wider: str, values: Mapping[str, str], chosen: Mapping[str, Any]) -> Menu:
    now = chosen.get(name)
    first = Option(AS_WIDER, f"{title}: {wider}", chosen=now is None)
    others = [
        Option(f"={value}", f"{title}: {label}"[:LONGEST_OPTION], chosen=value == now)
        for value, label in values.items()
    ]
    return Menu(name, title, (first, *others))


def _models(known: Sequence[str], now: str | None) -> Sequence[str]:
    """The current one is always among them."""
    names = dict.fromkeys([*([now] if now else []), *known])
    return [name for name in names if 0 < len(name) < LONGEST_OPTION - 1][: MOST_OPTIONS - 1]


def _personas(known: Sequence[str], now: str | None) -> Mapping[str, str]:
    """The current one is always among them."""
    names = dict.fromkeys([*([now] if now else []), *(name for name in known if name != STANDARD)])
    return {"": "none", **{name: name for name in list(names)[: MOST_OPTIONS - 2]}}


def _shown(name: str, value: Any) -> str:
    if name in _SWITCHES:
        shown = dict(_SWITCHES[name][1]).get(value, str(value))
        return shown if value is not None else "automatic" if name == LANGUAGE else "not set"
    if name in ("search_sites", "search_handles"):
        return _names(value)
    if name in ("summaries", "search_images"):
        return "yes" if value else "no"
    if name == "mode":
        return _MODES.get(str(value), str(value))
    if name == ALLOWED:
        return plain(", ".join(value), 400) if value is not None else "all"
    return plain(str(value), 110) if value else "any day" if name == "search_since" else "none"


def _names(names: Sequence[str]) -> str:
    if not names:
        return "everywhere"
    kind = "everywhere but" if names[0].startswith("-") else "only"
    shown = [f"`{name.removeprefix('-')[:60]}`" for name in names]
    return f"{kind} {', '.join(shown)}"
