"""What can be typed in a conversation besides what is said: the commands that begin with a slash. Pure.

Not here: what they do (`talk`), completing them (`prompt`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = "/"


@dataclass(frozen=True, slots=True)
class Slash:
    """One command: what follows it, and what it does."""

    takes: str
    does: str


COMMANDS: Mapping[str, Slash] = {
    "help": Slash("", "Show this"),
    "title": Slash("[TEXT]", "Name the conversation; without TEXT, Grok finds a name"),
    "resample": Slash("[INSTRUCTION]", "Have the last answer written anew; the one before is kept as a variant"),
    "variants": Slash("[NUMBER]", "List the variants of the last answer, or go on with another of them"),
    "branch": Slash("", "Go on in a new conversation that knows all that was said so far"),
    "star": Slash("", "Star the conversation, for yourself"),
    "unstar": Slash("", "Take your star from it"),
    "share": Slash("", "Open a page that others can read, up to the last answer"),
    "unshare": Slash("", "Close all its pages"),
    "show": Slash("", "Show what was said"),
    "history": Slash("[WORDS]", "List your conversations"),
    "open": Slash("ID", "Go on with another of them"),
    "new": Slash("", "Begin a new one"),
    "stop": Slash("", "Stop what is being answered in it elsewhere; here, Ctrl-C does"),
    "quit": Slash("", "End, as Ctrl-D does"),
}

KEYS: Mapping[str, str] = {
    "Enter": "Say it",
    "Alt-Enter": "Begin a new line",
    "Ctrl-C": "Stop the answer; what is there stays",
    "//…": "Say something that begins with a slash",
}


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A command as it was typed."""

    name: str
    rest: str


def read(line: str) -> SlashCommand | str:
    """A command, or what is to be said."""
    text = line.strip()
    if not text.startswith(MARK):
        return text
    if text.startswith(2 * MARK):
        return text[1:]
    name, _, rest = text[1:].partition(" ")
    return SlashCommand(name.lower(), rest.strip())


def beginning_so(line: str) -> tuple[str, ...]:
    """The commands that may be meant by what has been typed so far."""
    if not line.startswith(MARK) or line.startswith(2 * MARK):
        return ()
    return tuple(name for name in COMMANDS if name.startswith(line[1:].lower()))
