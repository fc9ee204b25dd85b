"""A text as it looks, for filters: without invisible characters, one character for all its forms. Pure.

Zero-width characters, soft hyphens, variation selectors and tags are left out; wide, styled and joined forms of letters
become the letters (Unicode's compatibility forms), blank fillers a space. Each character is folded on its own, so a
text in pieces folds as the whole does. Not here: patterns (`patterns`), what a match does (`filters`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from grokbot.conversation.text import UNSEEN
from grokbot.policy.filters.patterns import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLAIN = re.compile(r"[\t\n\x0b\x0c\r -~]*\Z")
_BLANKS = frozenset("\u2800\u3164\uffa0")
_MOST_KNOWN = 20_000
_AT_ONCE = 65_536
"""Characters to fold at once: no other thread runs meanwhile."""


class _Folds(dict[int, str]):
    """What each character becomes; looked up once, unless the table is full of rare ones."""

    def __missing__(self, code: int) -> str:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        folded = self[code] = _fold(chr(code))
        return folded


_FOLDS = _Folds()


def _fold(character: str) -> str:
    if character in _BLANKS:
        return " "
    category = unicodedata.category(character)
    if category == "Cf" or (category == "Cc" and not character.isspace()):
        return ""
    if any(ord(character) in unseen for unseen in UNSEEN):
        return ""
    return unicodedata.normalize("NFKC", character)


def _folded(text: str) -> str:
    return "".join(text[at : at + _AT_ONCE].translate(_FOLDS) for at in range(0, len(text), _AT_ONCE))


class Folded:
    """A part of a text, folded.

    Args:
        text: As it was written.
        begins: Where it begins in the whole text.
    """

    def __init__(self, text: str, begins: int = 0) -> None:
        self.same = _PLAIN.match(text) is not None
        """Whether folding changes nothing in it."""
        self.text = text if self.same else _folded(text)
        self.same = self.same or self.text == text
        self._begins = begins
        self.ends = begins + len(text)
        self._written = text
        self._places: Sequence[int] | None = None

    @property
    def places(self) -> Sequence[int]:
        """The position in the whole text of each folded character."""
        if self._places is None:
            begins = self._begins
            if self.same:
                self._places = range(begins, begins + len(self.text))
            else:
                self._places = [i for i, c in enumerate(self._written, begins) for _ in _FOLDS[ord(c)]]
        return self._places

    def written(self, span: Span) -> Span:
        """Maps a part of the folded text to the whole text."""
        return Span(self.places[span.start], self.places[span.end - 1] + 1)
