"""Reads RE2's syntax far enough to say what the beginning of a match looks like. Pure.

A text that arrives in pieces may end in the middle of a match. `beginnings` turns a pattern into one that matches every
beginning of its matches, so that RE2 itself, in linear time, finds where the text may still become a match. Characters,
classes and escapes are copied as written; it understands only groups, alternatives and repetitions.
Not here: compiling, and what is wrong with a pattern (`patterns`): this reads only patterns that RE2 has accepted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_ESCAPE = re.compile(r"\\(?:[pP](?:\{[^}]*\}|.)|x(?:\{[0-9A-Fa-f]*\}|..)|[0-7]{1,3}|.)", re.DOTALL)
_CLASS = re.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]", re.DOTALL)
_REPEAT = re.compile(r"(?:(?P<sign>[*+?])|\{(?P<least>\d+)(?P<comma>,(?P<most>\d*))?\})\??")
_FLAGS = re.compile(r"\(\?(?P<on>[imsU]*)(?:-(?P<off>[imsU]*))?(?P<end>[:)])")
_GROUP = re.compile(r"\((?:\?P?<\w+>)?")
_SEEN_AT_ENDS = frozenset({"^", "$", r"\A", r"\z", r"\b", r"\B"})


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a pattern: as written with its flags, and the pattern of its beginnings."""

    whole: str
    begun: str
    single: bool = False
    """One character, or a zero-width assertion: its only beginning is nothing."""


@dataclass(frozen=True, slots=True)
class _Flags:
    i: bool = True  # `patterns` makes RE2 ignore case
    m: bool = False
    s: bool = False

    def written(self, source: str) -> str:
        """The source under these flags, for use anywhere."""
        if self == _Flags():
            return source
        on = "".join(name for name in "ms" if getattr(self, name))
        return f"(?{on}{'' if self.i else '-i'}:{source})"


def beginnings(pattern: str) -> str:
    r"""A pattern that matches every beginning of every match of this one, the whole match and nothing at all included.

    It may match more: what stands beside the text seen so far is unknown, so `\b` and `$` are ignored there.

    Args:
        pattern: One that RE2 accepts, with upper and lower case alike unless it says otherwise.
    """
    return _Reader(pattern).alternatives(_Flags()).begun


class _Reader:
    """Reads a pattern from left to right, once."""

    def __init__(self, pattern: str) -> None:
        self._left = pattern

    def alternatives(self, flags: _Flags) -> _Piece:
        """Reads up to the end of the group. Flags set on the way hold for the rest of it."""
        options: list[list[_Piece]] = [[]]
        while self._left and not self._left.startswith(")"):
            if self._took("|"):
                options.append([])
            elif (changed := self._flags_from_here(flags)) is not None:
                flags = changed
            elif self._left.startswith(r"\Q"):
                options[-1] += self._quoted(flags)
            else:
                options[-1].append(self._one(flags))
        pieces = [_joined(pieces) for pieces in options]
        return _Piece(
            f"(?:{'|'.join(piece.whole for piece in pieces)})", f"(?:{'|'.join(piece.begun for piece in pieces)})"
        )

    def _took(self, word: str) -> bool:
        found = self._left.startswith(word)
        self._left = self._left.removeprefix(word)
        return found

    def _match(self, what: re.Pattern[str]) -> re.Match[str] | None:
        found = what.match(self._left)
        if found:
            self._left = self._left[found.end() :]
        return found

    def _flags_from_here(self, flags: _Flags) -> _Flags | None:
        found = _FLAGS.match(self._left)
        if found is None or found["end"] == ":":
            return None
        self._left = self._left[found.end() :]
        return _changed(flags, found)

    def _quoted(self, flags: _Flags) -> list[_Piece]:
        text, _, self._left = self._left.removeprefix(r"\Q").partition(r"\E")
        pieces = [_single(flags.written(_literal(character))) for character in text]
        if pieces:  # a repetition after the quotation repeats its last character
            pieces[-1] = self._repeated(pieces[-1])
        return pieces

    def _one(self, flags: _Flags) -> _Piece:
        if (inner := _FLAGS.match(self._left)) is not None:
            self._left = self._left[inner.end() :]
            piece = self._group(_changed(flags, inner))
        elif self._match(_GROUP):
            piece = self._group(flags)
        else:
            found = self._match(_CLASS) or self._match(_ESCAPE)
            source = found.group() if found else self._left[0]
            self._left = self._left if found else self._left[1:]
            source = _literal(source) if len(source) == 1 and source in "{}" else source
            piece = _single(flags.written(source))
            if source in _SEEN_AT_ENDS:
                piece = replace(piece, begun="")
        return self._repeated(piece)

    def _group(self, flags: _Flags) -> _Piece:
        piece = self.alternatives(flags)
        self._took(")")
        return piece

    def _repeated(self, piece: _Piece) -> _Piece:
        while (found := self._match(_REPEAT)) is not None:
            if found["sign"]:
                most = {"*": None, "+": None, "?": 1}[found["sign"]]
            elif found["comma"]:
                most = int(found["most"]) if found["most"] else None
            else:
                most = int(found["least"])
            before = "*" if most is None else f"{{0,{most - 1}}}"
            begun = "" if most == 0 else piece.begun if most == 1 else f"(?:{piece.whole}){before}{piece.begun}"
            piece = _Piece(f"(?:{piece.whole}{found.group()})", begun)
        return piece


def _changed(flags: _Flags, found: re.Match[str]) -> _Flags:
    for names, value in ((found["on"], True), (found["off"] or "", False)):
        for name in names.replace("U", ""):  # greediness does not change what can match
            flags = replace(flags, **{name: value})
    return flags


def _single(source: str) -> _Piece:
    return _Piece(source, f"(?:{source})?", single=True)


def _literal(character: str) -> str:
    return f"\\x{{{ord(character):x}}}"


def _joined(pieces: list[_Piece]) -> _Piece:
    """One piece after the other. A beginning of it is a beginning of the first, or the first and one of the rest."""
    begun = ""
    for piece in reversed(pieces):
        if piece.single:
            begun = f"(?:{piece.whole}{begun})?"
        else:
            begun = f"(?:{piece.begun}|{piece.whole}{begun})" if begun else piece.begun
    return _Piece("".join(piece.whole for piece in pieces), begun)
