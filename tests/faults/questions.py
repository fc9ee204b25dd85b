"""Questions that carry a mark, and the answer to each: a function of the question, so that it shows who answers what.

Every word of an answer names what it answers and its own place in it. Pure. Not here: who asks, what is shown where.
"""

from __future__ import annotations

import re
import zlib
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ASKED = re.compile(r"\bask q(\d+)\b")
_WORD = re.compile(r"\b((?:q\d+)+(?:c\d+)?)w(\d+)\b")
_NUMBER = re.compile(r"q(\d+)")

LINE = 12
"""Words in a line of an answer."""


def question(number: int) -> str:
    """What a member writes."""
    return f"Please ask q{number} for me."


def asked_in(text: str) -> tuple[int, ...]:
    """The numbers of the questions in a text."""
    return tuple(int(number) for number in _ASKED.findall(text))


def key_of(runs: Sequence[str]) -> str:
    """What an answer is called: by all that it answers, and how often somebody wanted to go on with it.

    Args:
        runs: What people said between the model's answers, oldest first; each is what one answer answers.
    """
    for further, run in enumerate(reversed(runs)):
        numbers = asked_in(run)
        if numbers:
            return "".join(f"q{number}" for number in numbers) + (f"c{further}" if further else "")
    return "q0"


def numbers_of(key: str) -> tuple[int, ...]:
    """What an answer of this name answers."""
    return tuple(int(number) for number in _NUMBER.findall(key))


def length_of(key: str) -> int:
    """How many words it has. One in seven does not fit into one message of Discord's."""
    drawn = zlib.crc32(key.encode())
    return 300 if drawn % 7 == 0 else 6 + drawn % 60


@cache
def text_of(key: str) -> str:
    """The whole answer."""
    words = [f"{key}w{number}" for number in range(length_of(key))]
    return "\n".join(" ".join(words[first : first + LINE]) for first in range(0, len(words), LINE))


def words_in(text: str) -> Iterator[tuple[str, int]]:
    """The words of answers in a text: the answer's name and the word's place in it."""
    return ((name, int(number)) for name, number in _WORD.findall(text))
