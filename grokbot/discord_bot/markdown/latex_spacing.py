"""How the pieces of a formula stand side by side: brackets and spaces where two of them would be read as one.

Here belongs what a reader would take for one thing: `2` before `1/3`, `/b` before `c`. Which command makes which piece
is in `latex`. No discord, no clock, no I/O.
"""

# ruff: noqa: RUF001  # letters that look like others are what formulas are made of

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

from grokbot.conversation.text import OthersText

_SIMPLE = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|[^\W0-9_]|∞)[\u2070-\u209c\u1d62-\u1d6a\u2c7c²³¹′]*\Z")
_BASE = re.compile(r"(?:(?:[0-9]+(?:\.[0-9]+)?|[^\W0-9_]|∞)[₀-ₜᵢ-ᵪⱼ]*|\([^()]*\))\Z")
_ENDS_VALUE = frozenset(")]}!∞°⟩⌉⌋'′")
_BINDS = frozenset("([{⟨⌈⌊√∛∜∑∏∫∬∮∂∇∞°!'′")


class Shape(Enum):
    """What a piece of a formula is, as far as that decides on what stands beside it."""

    PLAIN = auto()
    SPACE = auto()
    ALIGN = auto()  # the mark between two columns
    WORD = auto()  # a function's name
    FRACTION = auto()
    ROOT = auto()
    GROUP = auto()  # several pieces that braces hold together
    RAISED = auto()
    LOWERED = auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """What one command, group or character of a formula became."""

    text: str
    shape: Shape = Shape.PLAIN

    @property
    def ends_value(self) -> bool:
        """Whether what follows at once would be read as part of it, or multiplied by it."""
        last = self.text[-1:]
        moved = self.shape in {Shape.RAISED, Shape.LOWERED}
        return moved or last.isalnum() or last in _ENDS_VALUE

    @property
    def binds(self) -> bool:
        """Whether it would be read as part of what stands right before it."""
        moved = self.shape in {Shape.RAISED, Shape.LOWERED, Shape.FRACTION}
        first = self.text[:1]
        return moved or first.isalnum() or first in _BINDS


SPACE = Piece(" ", Shape.SPACE)
_PASSED_OVER = frozenset({Shape.SPACE, Shape.RAISED, Shape.LOWERED})


def joined(pieces: Sequence[Piece]) -> Piece:
    """The pieces side by side, with brackets and spaces where two of them would be read as one."""
    seen = [piece for piece in pieces if piece.text or piece.shape is Shape.ALIGN]
    own = [piece for piece in seen if piece.shape is not Shape.SPACE]
    if len(own) == 1 and (len(seen) == 1 or own[0].shape in {Shape.FRACTION, Shape.ROOT}):
        return own[0]
    return Piece("".join(_side_by_side(seen)), Shape.GROUP)


def _side_by_side(pieces: Sequence[Piece]) -> Iterator[str]:
    before, of_word = SPACE, False
    for piece, after in pairwise((*pieces, SPACE)):
        if _needs_space(before, piece, after):
            yield " "
        written = f"({piece.text})" if _needs_brackets(before, piece, after, of_word=of_word) else piece.text
        yield written
        before = Piece(written, piece.shape)
        of_word = piece.shape is Shape.WORD or (of_word and piece.shape in _PASSED_OVER)


def _needs_space(before: Piece, piece: Piece, after: Piece) -> bool:
    if piece.shape is Shape.ALIGN:
        return before.ends_value and after.binds
    if before.shape is Shape.WORD:
        return piece.text[0].isalnum() and piece.shape not in {Shape.RAISED, Shape.LOWERED, Shape.FRACTION}
    return piece.shape is Shape.WORD and before.ends_value


def _needs_brackets(before: Piece, piece: Piece, after: Piece, *, of_word: bool) -> bool:
    """Whether what stands beside the piece would be read as part of it."""
    if piece.shape is Shape.FRACTION:
        return of_word or before.ends_value or after.binds
    if piece.shape is Shape.ROOT:
        return after.shape is Shape.RAISED or (after.binds and not piece.text.endswith(")"))
    return piece.shape is Shape.GROUP and after.shape is Shape.RAISED and not _BASE.match(piece.text)


def together(text: OthersText) -> str:
    """The text in brackets, unless it is one number or name."""
    return text if _SIMPLE.match(text) else f"({text})"
