"""Error messages for wrong settings: one line that names the setting and how to set it.

Here: the exception and its texts. Not here: the settings (settings.py) and where they are read from
(sources.py). No message contains a secret or part of one: a secret is only named. Other values are repeated only if
they are words, numbers or switches, never free text or an address (it may contain a password).
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

LONGEST_NAME = 40
"""Characters of an unknown name that are repeated to the operator."""

NEAREST = 3
"""Names suggested for an unknown name that is similar to none."""

LONGEST_VALUE = 24
"""Length up to which a wrong value is repeated: a longer one may be a key pasted into the wrong place."""

PREFIX = "GROKBOT_"
"""Prefix of all our environment variables."""


class SettingsError(Exception):
    """The settings are unusable. `str()` of it is one line for the operator; the process should exit with 78.

    `key` is the dotted name of the setting, such as `discord.token`; empty if the problem is a whole file.
    """

    def __init__(self, key: str, text: str) -> None:
        # Names of files and keys come from outside: the log must still get one line.
        super().__init__("".join(c if c.isprintable() else " " for c in text))
        self.key = key


def variable_of(key: str) -> str:
    """The environment variable of a dotted key: `discord.token` is GROKBOT_DISCORD__TOKEN."""
    return PREFIX + key.replace(".", "__").upper()


def how_to_set(key: str, *, secret: bool) -> str:
    """How to set the setting, as a sentence."""
    section, _, name = key.partition(".")
    ways = f"set {variable_of(key)} in the environment, or {name} under [{section}] in the TOML file."
    return (
        f"Run grokbot setup, store it as the credential {key}, or {ways}"
        if secret
        else ways.capitalize()[:1] + ways[1:]
    )


def shown(value: object) -> str:
    """A wrong value in a form that may be repeated: short, on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        text = str(value)
        if len(text) > LONGEST_VALUE:
            return f"a value of {len(text)} characters"
        return repr(text) if isinstance(value, str) else text
    return "a table" if isinstance(value, dict) else "a list" if isinstance(value, list) else "something else"


def unknown(name: str, known: Iterable[str], place: str) -> SettingsError:
    """The error for an unknown name, with similar names. The value is never used.

    Args:
        name: The name as it was given.
        known: The names that exist in that place.
        place: Where it was given, for example "the environment".
    """
    # Without the common prefix, which would make any two variables look similar.
    words = {candidate.removeprefix(PREFIX).lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name[:LONGEST_NAME].removeprefix(PREFIX).lower(), words, n=NEAREST, cutoff=0.0)
    like = difflib.get_close_matches(name.removeprefix(PREFIX).lower(), near[:1], cutoff=0.6)
    advice = f"Did you mean {words[like[0]]}?" if like else f"Similar names: {', '.join(words[n] for n in near)}."
    shortened = name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME] + "…"
    return SettingsError(name, f"Unknown setting {shortened} in {place}. {advice}")


def sentence(error: Mapping[str, Any]) -> tuple[str, bool]:
    """What a value must be, from one of pydantic's error details, and whether the wrong value may be repeated.

    Pydantic's own message is not used: it is for programmers, and some repeat the input.
    """
    kind = str(error["type"])
    context: Mapping[str, Any] = error.get("ctx", {})
    if kind == "value_error":  # ours, from settings.py: a clause without any input
        return str(context["error"]), False
    if kind in _CLAUSES:
        return _CLAUSES[kind](context), True
    return f"is not accepted ({kind})", False


def _plain(clause: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda _: clause


_NUMBER = _plain("must be a number")
_WHOLE = _plain("must be a whole number")
_SWITCH = _plain("must be true or false")

_CLAUSES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "bool_parsing": _SWITCH,
    "bool_type": _SWITCH,
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": _WHOLE,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "greater_than_equal": lambda context: f"must be at least {context['ge']:g}",
    "less_than_equal": lambda context: f"must be at most {context['le']:g}",
    "literal_error": lambda context: f"must be {context['expected']}",
    "tuple_type": _plain("must be a list"),
    "string_type": _plain("must be text"),
    "string_too_short": _plain("must not be empty"),
    "string_pattern_mismatch": lambda _context: "must be a single line",
    "string_too_long": lambda context: f"must have at most {context['max_length']} characters",
}
