"""The slash commands of a conversation, and parsing them. Pure.

Not here: running them (`talk`), completing them (`prompt`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = "/"


@dataclass(frozen=True, slots=True)
class Slash:
    """One command: its arguments and description."""

    takes: str
    does: str


COMMANDS: Mapping[str, Slash] = {
    "help": Slash("", "Show this"),
    "title": Slash("[TEXT]", "Name the conversation; without TEXT, Grok chooses a name"),
    "resample": Slash("[INSTRUCTION]", "Regenerate the last answer; the old one stays as a variant"),
    "attach": Slash("[FILE]", "Send a picture, document or text file with the next message; without FILE, none"),
    "edit": Slash("", "Edit your last question in $EDITOR and ask it again; the old one stays as a branch"),
    "variants": Slash("[NUMBER]", "List the variants of the last answer, or switch to one"),
    "branch": Slash("", "Continue in a new conversation with the same history"),
    "star": Slash("", "Star the conversation, for yourself"),
    "unstar": Slash("", "Remove your star"),
    "share": Slash("", "Share a page that others can read, up to the last answer"),
    "unshare": Slash("", "Close all its share pages"),
    "show": Slash("", "Show what was said"),
    "sources": Slash("", "List what Grok read for the last answer"),
    "usage": Slash("", "Show tokens and cost of the last answer and of the conversation"),
    "save": Slash("[NUMBER] FILE", "Save a code block of the last answer, or all of an answer without code"),
    "copy": Slash("[NUMBER]", "Copy the last answer, or a code block of it, to the clipboard"),
    "model": Slash("[NAME]", "Show the model, or choose one for the next messages"),
    "persona": Slash("[NAME]", "The same with how Grok speaks: fun, none"),
    "temperature": Slash("[NUMBER]", "The same with the temperature, 0 to 2"),
    "effort": Slash("[EFFORT]", "The same with how long it thinks: none, low, medium, high, xhigh"),
    "system": Slash("TEXT", "Start a new conversation with this system prompt"),
    "history": Slash("[WORDS]", "List your conversations"),
    "open": Slash("ID", "Continue another conversation"),
    "new": Slash("", "Start a new conversation"),
    "stop": Slash("", "Stop an answer that was started elsewhere; here, press Ctrl-C"),
    "quit": Slash("", "Quit, like Ctrl-D"),
}

KEYS: Mapping[str, str] = {
    "Enter": "Say it",
    "Alt-Enter": "Start a new line",
    "Ctrl-C": "Stop the answer; the text so far is kept",
    "Ctrl-X Ctrl-E": "Write the message in $EDITOR",
    "//…": "Send a message that begins with a slash",
}


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A command as typed."""

    name: str
    rest: str


def read(line: str) -> SlashCommand | str:
    """The command in a line, or the message to send."""
    text = line.strip()
    if not text.startswith(MARK):
        return text
    if text.startswith(2 * MARK):
        return text[1:]
    name, _, rest = text[1:].partition(" ")
    return SlashCommand(name.lower(), rest.strip())


def beginning_so(line: str) -> tuple[str, ...]:
    """The commands that match the input so far."""
    if not line.startswith(MARK) or line.startswith(2 * MARK):
        return ()
    return tuple(name for name in COMMANDS if name.startswith(line[1:].lower()))
