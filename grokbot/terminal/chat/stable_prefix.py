"""Splits a growing Markdown text into the final part and the part that may still change. Pure.

A block is final once a later one has begun; the last one is not. Only whole lines count: an incomplete line
may turn out to be anything.

Not here: drawing either part (`output.markdown`, `live_pane`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from markdown_it.token import Token


def parsed(text: str) -> Sequence[Token]:
    """Parse by the common rules of this package, which lose no text.

    HTML is text: a model that writes List<int> means just that. Images become links, and link definitions stay
    text: a terminal shows neither, and their addresses would be lost.
    """
    return _RULES.parse(text)


_RULES = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable(["image", "reference"])

DEEPEST = 18
"""Levels that the parser reads; it drops deeper ones and all that follows (its maxNesting is 20)."""


def depth(tokens: Iterable[Token]) -> int:
    """Their levels of quotes and lists; a list and its items count one each."""
    return max((token.level for token in tokens), default=0)


def settled(text: str) -> int:
    """How many characters from the start are final: whole lines, up to the start of the last block."""
    whole = text[: text.rfind("\n") + 1]
    begins = _begins(whole)
    if len(begins) < 2:  # noqa: PLR2004 - the last one is never final
        return 0
    return sum(len(line) + 1 for line in whole.split("\n")[: begins[-1]])


def blocks(text: str) -> tuple[str, ...]:
    """The blocks of a complete text; each is drawn alone as it would be in the whole."""
    lines = text.split("\n")
    begins = _begins(text)
    ends = [*begins[1:], len(lines)][: len(begins)]
    return tuple("\n".join(lines[begin:end]).strip("\n") for begin, end in zip(begins, ends, strict=True))


def reflows(text: str) -> bool:
    """Whether more of the last block may change its first lines: a table's columns grow."""
    opened = [token for token in parsed(text) if token.level == 0 and token.nesting >= 0]
    return bool(opened) and opened[-1].type == "table_open"


def _begins(text: str) -> list[int]:
    """The line numbers where blocks begin."""
    return [token.map[0] for token in parsed(text) if token.map is not None and token.level == 0 and token.nesting >= 0]


class GrowingText:
    """A text that arrives in pieces, and how much of it was taken as final."""

    def __init__(self) -> None:
        self._text = ""
        self._taken = 0

    @property
    def text(self) -> str:
        """The whole text."""
        return self._text

    @property
    def live(self) -> str:
        """The part that may still change."""
        return self._text[self._taken :]

    def add(self, piece: str) -> None:
        """Append a piece."""
        self._text += piece

    def take(self) -> tuple[str, ...]:
        """The blocks that became final since the last call."""
        final = self.live[: settled(self.live)]
        self._taken += len(final)
        return blocks(final)

    def take_all(self) -> tuple[str, ...]:
        """The rest, when the text is complete."""
        final = self.live
        self._taken = len(self._text)
        return blocks(final)
