"""What somebody says together with what somebody else had said: how it is put, and taken out again. Pure.

Not here: who may be quoted (`engine.opting_out`), whom a message replies to (`discord_bot.hearing`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grokbot.conversation.others_text import OthersText

_LINES = r"(?:>[^\n]*(?:\n|\Z))*"
_IN_REPLY = re.compile(rf"\A\[in reply to [^\n]*:\]\n({_LINES})\n?")
_ABOUT = re.compile(rf"\A(What do you say to this message) by [^\n]*\?\n({_LINES})")

GONE = "[in reply to a message that its writer has deleted]\n\n"


def in_reply(name: str, text: OthersText) -> str:
    """What stands before what somebody replies to a message."""
    return f"[in reply to {_one_line(name)}:]\n{_quoted(text)}"


def about(name: str, text: OthersText) -> str:
    """What the model is asked when somebody points at a message."""
    return f"What do you say to this message by {_one_line(name)}?\n{_quoted(text)}"


def without_quote(said: OthersText) -> tuple[str, str]:
    """What is left of what somebody said without the message that it begins with, and what that message said.

    Returns:
        What was said, as it was, and "", where it begins with none.
    """
    if match := _IN_REPLY.match(said):
        return GONE + said[match.end() :], _unquoted(match[1])
    if match := _ABOUT.match(said):
        return f"{match[1]}, which its writer has deleted?\n{said[match.end() :]}".strip(), _unquoted(match[2])
    return said, ""


def own_words(said: OthersText) -> str:
    """What is left of a reply without what it replies to."""
    return _IN_REPLY.sub("", said)


def _one_line(name: str) -> str:
    return " ".join(name.split())


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def _unquoted(lines: str) -> str:
    return "\n".join(line.removeprefix(">").removeprefix(" ") for line in lines.splitlines())
