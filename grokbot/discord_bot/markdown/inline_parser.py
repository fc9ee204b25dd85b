"""Reads the content of Markdown lines: emphasis, spoilers, inline code, links, mentions.

It pairs markers and lists what must not be cut. Not here: the kind of line (`block_parser`).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from grokbot.discord_bot.markdown.block_parser import Line, LineKind, OpenBlocks


class PairEnding(Enum):
    """How a pair of markers ends."""

    CLOSED = auto()
    PENDING = auto()  # the text ended first: the other marker may still come
    BROKEN = auto()  # a repair reopened it, and its paragraph ended without the other marker


@dataclass(frozen=True, slots=True)
class MarkedSpan:
    """Text between two markers; positions count from the start of the text that was read."""

    order: int
    """Number of the opening marker in the text."""
    marker: str
    start: int
    inner: int
    """After the opening marker."""
    inner_end: int
    """Before the closing marker, or where the text or the paragraph ends."""
    ending: PairEnding
    carried: bool
    """Whether it was opened in an earlier part."""

    def holds(self, position: int) -> bool:
        """Whether a cut here is inside, or right before the closing marker."""
        return self.inner <= position <= self.inner_end


@dataclass(frozen=True, slots=True)
class Atom:
    """A stretch that must not be cut."""

    start: int
    end: int
    long: bool
    """Whether it may be longer than a message (links, addresses) and so may be cut if need be."""


@dataclass(frozen=True, slots=True)
class Inline:
    """Spans and atoms of a text."""

    spans: tuple[MarkedSpan, ...]
    atoms: tuple[Atom, ...]
    whole: int
    """Where an unfinished run of markers at the end begins; else the text's length."""


_TOKEN = re.compile(
    r"""
    (?P<escape> \\[!-/:-@\[-`{-~] )
    | (?P<code> `+ )
    | (?P<tag> <(?: @[!&]?\d+ | \#\d+ | a?:\w{1,32}:\d+ | t:-?\d+(?::\w)? | /[^:<>\n]{1,100}:\d+ | id:\w+ )>
             | <(?: (?:[@\#:/] | a:\w | t: | id:) [^\s<>]{0,100} )? \Z )        # still arriving
    | (?P<link> <https?://[^\s<>]+>
              | !?\[(?: [^\[\]\n\\] | \\. | \[[^\[\]\n]*\] ){0,500}\]\((?: [^()\s] | \([^()\s]*\) )*(?:\s"[^"\n]*")?\)
              | !?\[[^\[\]\n]{0,200}(?: \](?: \([^()\s]* )? )? \Z )            # still arriving
    | (?P<address> https?://[^\s<>]+ )
    | (?P<mark> \*+ | _+ | ~{2,} | \|{2,} )
    """,
    re.VERBOSE,
)
_TICKS = re.compile(r"`+")
_LAST_RUN = re.compile(r"(?:\*+|_+|~+|\|+|`+)\Z")
_AFTER_ADDRESS = ".,:;!?\"'*_~|)]`"
_LONGEST_TICKS = 6
_LONGEST_RUN = 20
_TEXTUAL = frozenset({LineKind.TEXT, LineKind.ITEM, LineKind.HEADING, LineKind.TABLE})


def read_inline(text: str, lines: Sequence[Line], context: OpenBlocks, *, torn: bool = False) -> Inline:
    """Finds spans and atoms in all lines that are not code.

    Args:
        text: The part's text.
        lines: Its lines.
        context: What is open where it starts.
        torn: Whether more text follows, so that a run of markers at the end may be longer than it looks.
    """
    last_run = _LAST_RUN.search(text, max(0, len(text) - _LONGEST_RUN)) if torn else None
    whole = last_run.start() if last_run else len(text)
    reader = _Reader(text, context.markers, whole)
    goes_on = bool(lines) and (lines[0].kind is LineKind.TEXT or context.torn is not None)
    if lines and not goes_on:
        reader.end_block(0, arriving=False)
    for block in _blocks(lines):
        last = block[-1]
        arriving = last is lines[-1] and (not last.whole or last.kind in {LineKind.TEXT, LineKind.ITEM})
        reader.read(block[0].inner, last.end, arriving=arriving)
    reader.end_block(len(text), arriving=True)
    whole_lines = [Atom(line.start, line.end, long=True) for line in lines if line.kind in _FENCE_LINES]
    return Inline(tuple(sorted(reader.spans, key=lambda span: span.order)), (*reader.atoms, *whole_lines), whole)


_FENCE_LINES = frozenset({LineKind.FENCE_OPEN, LineKind.FENCE_CLOSE})


def _blocks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Paragraphs: emphasis never reaches from one into the next."""
    block: list[Line] = []
    for line in lines:
        same = bool(block) and line.kind is LineKind.TEXT and block[-1].kind in {LineKind.TEXT, LineKind.ITEM}
        if same and line.depth == block[-1].depth:
            block.append(line)
            continue
        if block:
            yield block
        block = [line] if line.kind in _TEXTUAL else []
    if block:
        yield block


class _Reader:
    """Reads paragraphs once and keeps a stack of open markers."""

    def __init__(self, text: str, carried: Sequence[str], whole: int) -> None:
        self._text = text
        self._whole = whole
        self._opened = 0
        self._stack: list[MarkedSpan] = []  # open markers: spans that so far reach to the end of the text
        for marker in carried:
            self._push(marker, 0, 0, carried=True)
        self.spans: list[MarkedSpan] = []
        self.atoms: list[Atom] = []

    def read(self, start: int, end: int, *, arriving: bool) -> None:
        position = start
        if self._stack and self._stack[-1].marker.startswith("`"):
            position = self._code_end(end, arriving=arriving)
        while found := _TOKEN.search(self._text, position, end):
            position = found.end()
            if found.lastgroup == "code":
                self._push(found.group(), found.start(), found.end())
                position = self._code_end(end, arriving=arriving)
            elif found.lastgroup == "mark":
                self._mark(found.group(), found.start(), found.end())
            elif found.lastgroup == "address":
                position = self._address(found.group(), found.start())
            else:
                self.atoms.append(Atom(found.start(), found.end(), long=found.lastgroup == "link"))
        self.end_block(end, arriving=arriving)

    def end_block(self, end: int, *, arriving: bool) -> None:
        """Ends the open markers. The text's own unpaired markers are only characters."""
        for still in self._stack:
            if arriving:
                self.spans.append(still)
            elif still.carried:
                self._close(still, len(self._text[:end].rstrip()), PairEnding.BROKEN)
        self._stack.clear()

    def _push(self, marker: str, start: int, inner: int, *, carried: bool = False) -> None:
        self._stack.append(MarkedSpan(self._opened, marker, start, inner, len(self._text), PairEnding.PENDING, carried))
        self._opened += 1

    def _close(self, still: MarkedSpan, inner_end: int, ending: PairEnding) -> None:
        self.spans.append(replace(still, inner_end=inner_end, ending=ending))

    def _code_end(self, end: int, *, arriving: bool) -> int:
        """Where reading continues after the inline code on top of the stack."""
        code = self._stack[-1]
        for ticks in _TICKS.finditer(self._text, code.inner, end):
            if len(ticks.group()) == len(code.marker) and ticks.start() < self._whole:
                self._close(self._stack.pop(), ticks.start(), PairEnding.CLOSED)
                self.atoms.append(Atom(code.start, code.inner, long=False))
                self.atoms.append(Atom(ticks.start(), ticks.end(), long=False))
                return ticks.end()
        if code.carried or (arriving and len(code.marker) <= _LONGEST_TICKS):
            return end
        self._stack.pop()
        self.atoms.append(Atom(code.start, code.inner, long=True))
        return code.inner

    def _address(self, address: str, start: int) -> int:
        trimmed = address.rstrip(_AFTER_ADDRESS)
        if "(" in trimmed and address[len(trimmed) :].startswith(")"):
            trimmed += ")"
        end = start + len(trimmed)
        self.atoms.append(Atom(start, end, long=True))
        return end

    def _mark(self, run: str, start: int, end: int) -> None:
        self.atoms.append(Atom(start, end, long=len(run) > len("***")))
        if start >= self._whole:
            return
        wanted = _markers_of(run)
        opens, closes = self._flanks(run, start, end)
        closed = closes and self._close_innermost(wanted, start)
        if not closed and opens:
            for marker in wanted:
                if all(still.marker != marker for still in self._stack):
                    self._push(marker, start, end)

    def _close_innermost(self, wanted: Sequence[str], at: int) -> bool:
        """Closes everything that the run can close. Markers left open inside were only characters."""
        left = list(wanted)
        while positions := [n for n, still in enumerate(self._stack) if still.marker in left]:
            still = self._stack[positions[-1]]
            left.remove(still.marker)
            lost = [inside for inside in self._stack[positions[-1] + 1 :] if inside.carried]
            del self._stack[positions[-1] :]
            self._close(still, at, PairEnding.CLOSED)
            for inside in lost:
                self._close(inside, at, PairEnding.BROKEN)
        return len(left) < len(wanted)

    def _flanks(self, run: str, start: int, end: int) -> tuple[bool, bool]:
        """Whether the run can open and close, by CommonMark's rule on the characters at both sides."""
        if run.startswith("|"):
            return True, True
        before = self._text[start - 1] if start else " "
        after = self._text[end] if end < len(self._text) else " "
        opens = not after.isspace() and (not _punctuation(after) or before.isspace() or _punctuation(before))
        closes = not before.isspace() and (not _punctuation(before) or after.isspace() or _punctuation(after))
        if run.startswith("_"):
            return opens and not before.isalnum(), closes and not after.isalnum()
        return opens, closes


def _markers_of(run: str) -> tuple[str, ...]:
    single = run[0]
    if len(run) == 1:
        return (run,)
    if len(run) == len("**"):
        return (run,)
    return (single * 2, single) if run in {"***", "___"} else ()


def _punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"
