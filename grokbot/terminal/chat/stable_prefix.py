"""What of a growing Markdown text is final, and what may still look different with the next word. Pure.

A block is final once a later one has begun after it; the last one is not. Only whole lines count: a line that is
still being written may turn out to be anything.

Not here: drawing either part (`output.markdown`, `live_pane`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from markdown_it.token import Token


def parsed(text: str) -> Sequence[Token]:
    """By the rules that everything here goes by, by which no word is lost.

    HTML is text: a model that writes List<int> means just that. Pictures are links, and so are what definitions of
    links define: a terminal shows neither, and their addresses would be gone.
    """
    return _RULES.parse(text)


_RULES = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable(["image", "reference"])

DEEPEST = 18
"""Levels down to which the parser reads; what is deeper it leaves out, and all that follows (its maxNesting is 20)."""


def depth(tokens: Iterable[Token]) -> int:
    """How many levels of quotes and lists they have; a list and each of its items are one each."""
    return max((token.level for token in tokens), default=0)


def settled(text: str) -> int:
    """How many characters from the beginning are final: up to the last block that has begun, of whole lines."""
    whole = text[: text.rfind("\n") + 1]
    begins = _begins(whole)
    if len(begins) < 2:  # noqa: PLR2004 - the last one is never final
        return 0
    return sum(len(line) + 1 for line in whole.split("\n")[: begins[-1]])


def blocks(text: str) -> tuple[str, ...]:
    """The blocks of a whole text; each is drawn by itself as it would be in the whole."""
    lines = text.split("\n")
    begins = _begins(text)
    ends = [*begins[1:], len(lines)][: len(begins)]
    return tuple("\n".join(lines[begin:end]).strip("\n") for begin, end in zip(begins, ends, strict=True))


def reflows(text: str) -> bool:
    """Whether more of the last block may change how its first lines are drawn: a table's columns grow."""
    opened = [token for token in parsed(text) if token.level == 0 and token.nesting >= 0]
    return bool(opened) and opened[-1].type == "table_open"


def _begins(text: str) -> list[int]:
    """The numbers of the lines on which blocks begin."""
    return [token.map[0] for token in parsed(text) if token.map is not None and token.level == 0 and token.nesting >= 0]


class GrowingText:
    """A text that comes in pieces, and how far it has been taken for good."""

    def __init__(self) -> None:
        self._text = ""
        self._taken = 0

    @property
    def text(self) -> str:
        """All of it."""
        return self._text

    @property
    def live(self) -> str:
        """What may still change."""
        return self._text[self._taken :]

    def add(self, piece: str) -> None:
        """More of it has come."""
        self._text += piece

    def take(self) -> tuple[str, ...]:
        """The blocks that have become final since the last time."""
        final = self.live[: settled(self.live)]
        self._taken += len(final)
        return blocks(final)

    def take_all(self) -> tuple[str, ...]:
        """The rest: nothing more comes."""
        final = self.live
        self._taken = len(self._text)
        return blocks(final)
