"""The layout of what the bot posts for a person who said something through the API. Pure.

Their text stays as written, with their name before it. Not here: posting it (`relay`), the sentences around it
(`notices.texts.answer_text`), how a text is cut (`markdown.message_texts`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

from grokbot.discord_bot.markdown import DISCORD_LIMIT, split
from grokbot.discord_bot.notices.texts.answer_text import (
    NO_FILES_HERE,
    SOMEBODY,
    WHOLE_MESSAGE,
    WORDS_NOT_TAKEN,
    says_elsewhere,
)
from grokbot.discord_bot.notices.texts.command_text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME_SHOWN = 80
"""Characters of a name that are shown, including escapes of Markdown."""

MOST_MESSAGES = 2
"""A longer text is attached to the last message as a file."""

LOOKED_AT = 3 * DISCORD_LIMIT
"""Characters of a text that are laid out: the rest of a megabyte is in the file anyway."""

FILE_NAME = "message.md"


@dataclass(frozen=True, slots=True)
class Words:
    """One message: its text, and the text of its attached file."""

    content: str
    file: str | None = None


def laid_out(name: str, text: str, *, may_attach: bool) -> Sequence[Words]:
    """The messages for what a person said; at least one.

    Args:
        name: The person's name. Nothing in it is read as Markdown, link or mention.
        text: What they said.
        may_attach: Whether files are allowed. If not, a sentence replaces the file.
    """
    texts = split(f"{_speaker(name)}{_between(text)}{text[:LOOKED_AT]}")
    if len(texts) <= MOST_MESSAGES and len(text) <= LOOKED_AT:
        return [Words(each) for each in texts]
    rest = str(WHOLE_MESSAGE if may_attach else NO_FILES_HERE)
    *before, last = texts[:MOST_MESSAGES]
    head = split(last, DISCORD_LIMIT - len(rest) - 1)[0]
    return [*map(Words, before), Words(f"{head}\n{rest}", text if may_attach else None)]


def not_taken(name: str) -> Words:
    """Replaces a message that Discord refuses."""
    return Words(f"{_speaker(name)} {WORDS_NOT_TAKEN}")


def _speaker(name: str) -> str:
    return says_elsewhere(plain(name, NAME_SHOWN) or str(SOMEBODY))


def _between(text: str) -> str:
    """A line break before block markup, which only works at the beginning of a line; else a space."""
    return "\n" if _BLOCK.match(text) else " "


_BLOCK = regex.compile(r"\s*(?:#{1,3} |-# |>|[-*+] |\d+[.)] |```|~~~|\|)")
