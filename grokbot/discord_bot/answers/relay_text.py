"""What the bot posts for a person who said something through the API: how it is laid out. Pure.

Their words stand as they wrote them, with their name before them. Not here: posting it (`relay`), the sentences
around it (`notices.texts.answer_text`), how a text is cut (`markdown.message_texts`).
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
"""Characters of a name that are shown, those included that keep Markdown from being read."""

MOST_MESSAGES = 2
"""A longer text is attached to the last of them as a file."""

LOOKED_AT = 3 * DISCORD_LIMIT
"""Characters of a text that are laid out: of a megabyte, all else is in the file anyway."""

FILE_NAME = "message.md"


@dataclass(frozen=True, slots=True)
class Words:
    """One message: what stands in it, and the text of the file that is attached to it."""

    content: str
    file: str | None = None


def laid_out(name: str, text: str, *, may_attach: bool) -> Sequence[Words]:
    """The messages for what a person said; never none.

    Args:
        name: As the person is called. Nothing in it is read as Markdown, link or mention.
        text: What they said.
        may_attach: Whether a file can be sent. If not, a sentence stands in its place.
    """
    texts = split(f"{_speaker(name)}{_between(text)}{text[:LOOKED_AT]}")
    if len(texts) <= MOST_MESSAGES and len(text) <= LOOKED_AT:
        return [Words(each) for each in texts]
    rest = WHOLE_MESSAGE if may_attach else NO_FILES_HERE
    *before, last = texts[:MOST_MESSAGES]
    head = split(last, DISCORD_LIMIT - len(rest) - 1)[0]
    return [*map(Words, before), Words(f"{head}\n{rest}", text if may_attach else None)]


def not_taken(name: str) -> Words:
    """In place of a message that Discord does not take."""
    return Words(f"{_speaker(name)} {WORDS_NOT_TAKEN}")


def _speaker(name: str) -> str:
    return says_elsewhere(plain(name, NAME_SHOWN) or SOMEBODY)


def _between(text: str) -> str:
    """What is drawn as a block is one at the beginning of a line only."""
    return "\n" if _BLOCK.match(text) else " "


_BLOCK = regex.compile(r"\s*(?:#{1,3} |-# |>|[-*+] |\d+[.)] |```|~~~|\|)")
