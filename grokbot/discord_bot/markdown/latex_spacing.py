"""Puts a formula's symbols side by side, with brackets and spaces where two would be read as one.

Examples: `2` before `1/3`, `/b` before `c`. Not here: which command makes which symbol (`latex`).
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
    """What a symbol is, as far as its neighbours need to know."""

    PLAIN = auto()
    SPACE = auto()
    ALIGN = auto()  # the mark between two columns
    WORD = auto()  # a function's name
    FRACTION = auto()
    ROOT = auto()
    GROUP = auto()  # several symbols in braces
    RAISED = auto()
    LOWERED = auto()


@dataclass(frozen=True, slots=True)
class Symbol:
    """The text of one command, group or character."""

    text: str
    shape: Shape = Shape.PLAIN

    @property
    def ends_value(self) -> bool:
        """Whether what follows would be read as part of it or as a factor."""
        last = self.text[-1:]
        moved = self.shape in {Shape.RAISED, Shape.LOWERED}
        return moved or last.isalnum() or last in _ENDS_VALUE

    @property
    def binds(self) -> bool:
        """Whether it would be read as part of what precedes it."""
        moved = self.shape in {Shape.RAISED, Shape.LOWERED, Shape.FRACTION}
        first = self.text[:1]
        return moved or first.isalnum() or first in _BINDS


SPACE = Symbol(" ", Shape.SPACE)
_PASSED_OVER = frozenset({Shape.SPACE, Shape.RAISED, Shape.LOWERED})


def joined(symbols: Sequence[Symbol]) -> Symbol:
    """The symbols side by side, with brackets and spaces where two would be read as one."""
    seen = [symbol for symbol in symbols if symbol.text or symbol.shape is Shape.ALIGN]
    own = [symbol for symbol in seen if symbol.shape is not Shape.SPACE]
    if len(own) == 1 and (len(seen) == 1 or own[0].shape in {Shape.FRACTION, Shape.ROOT}):
        return own[0]
    return Symbol("".join(_side_by_side(seen)), Shape.GROUP)


def _side_by_side(symbols: Sequence[Symbol]) -> Iterator[str]:
    before, of_word = SPACE, False
    for symbol, after in pairwise((*symbols, SPACE)):
        if _needs_space(before, symbol, after):
            yield " "
        written = f"({symbol.text})" if _needs_brackets(before, symbol, after, of_word=of_word) else symbol.text
        yield written
        before = Symbol(written, symbol.shape)
        of_word = symbol.shape is Shape.WORD or (of_word and symbol.shape in _PASSED_OVER)


def _needs_space(before: Symbol, symbol: Symbol, after: Symbol) -> bool:
    if symbol.shape is Shape.ALIGN:
        return before.ends_value and after.binds
    if before.shape is Shape.WORD:
        return symbol.text[0].isalnum() and symbol.shape not in {Shape.RAISED, Shape.LOWERED, Shape.FRACTION}
    return symbol.shape is Shape.WORD and before.ends_value


def _needs_brackets(before: Symbol, symbol: Symbol, after: Symbol, *, of_word: bool) -> bool:
    """Whether a neighbour would be read as part of the symbol."""
    if symbol.shape is Shape.FRACTION:
        return of_word or before.ends_value or after.binds
    if symbol.shape is Shape.ROOT:
        return after.shape is Shape.RAISED or (after.binds and not symbol.text.endswith(")"))
    return symbol.shape is Shape.GROUP and after.shape is Shape.RAISED and not _BASE.match(symbol.text)


def together(text: OthersText) -> str:
    """The text in brackets, unless it is one number or name."""
    return text if _SIMPLE.match(text) else f"({text})"
