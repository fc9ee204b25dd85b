"""Chooses where to cut a full message: after a paragraph, else a line, a sentence, a word, a character.

Not here: repairs of a part, and its length with them (`splitter`).
"""

# ruff: noqa: RUF001  # quotes and stops of other scripts are meant

import bisect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum, auto

import regex

from grokbot.discord_bot.markdown.block_parser import Fence, Line, LineKind, OpenBlocks, read_lines
from grokbot.discord_bot.markdown.inline_parser import Atom, Inline, MarkedSpan, PairEnding, read_inline


class CutRank(IntEnum):
    """How good a place to cut is, best first."""

    PARAGRAPH = auto()
    LINE = auto()
    SENTENCE = auto()
    WORD = auto()
    ROW = auto()  # between two rows of a table
    ORPHAN = auto()  # a heading would lose what it heads
    TORN = auto()  # between words of a heading, of a table's row, of a line of code


_GOOD = (CutRank.PARAGRAPH, CutRank.LINE, CutRank.SENTENCE, CutRank.WORD)
_POOR = (CutRank.ROW, CutRank.ORPHAN, CutRank.TORN)
_SPACES = regex.compile(r"[ \t]+")
_SENTENCE_END = regex.compile(r"[.!?…]['\"”’»)\]*_~|`]*\Z")
_WIDE_END = regex.compile(r"(?<![。！？])[。！？]++[」』）”’*_~|]*+(?=[^\s」』）”’*_~|。！？])")
_WIDE = regex.compile(r"(?<=[\p{Han}\p{Hiragana}\p{Katakana}、，])(?=[\p{Han}\p{Hiragana}\p{Katakana}])")
_CLUSTER = regex.compile(r"\X")
_KIND_OF_REST = {LineKind.FENCE_OPEN: LineKind.TEXT, LineKind.FENCE_CLOSE: LineKind.CODE}
_MEANS_MORE_IN_FRONT = regex.compile(
    r"\s*+(?:[-*+]\s|\d{1,9}[.)]\s|#{1,6}\s|-#\s|>|`{3}|~{3}|\||={1,99}\s|-{1,99}\s|[-+*=#]{1,99}\Z|\d{1,9}[.)]?\Z)"
)


@dataclass(frozen=True, slots=True)
class Cut:
    """The place where a part ends."""

    position: int
    markers: tuple[str, ...]
    """Open markers, outermost first: closed in this part, opened again in the next."""
    stray: tuple[str, ...]
    """Markers that an earlier repair opened and this cut closes for good, outermost first."""
    firm: bool = False
    """Whether it ends a paragraph, so that later text cannot make it a worse place."""


class Window:
    """A part's text, read as Markdown.

    Args:
        text: The text, with `torn` up to the first character that does not fit.
        context: What is open at its start.
        limit: Length of a message.
        torn: Whether more text follows.
    """

    def __init__(self, text: str, context: OpenBlocks, limit: int, *, torn: bool = False) -> None:
        self.text = text
        self.context = context
        self.limit = limit
        self.lines: list[Line] = read_lines(text, context, limit)
        self.inline: Inline = read_inline(text, self.lines, context, torn=torn)
        self._starts = [line.start for line in self.lines]
        self._atoms = sorted(self.inline.atoms, key=lambda atom: atom.start)

    def line_at(self, position: int) -> Line:
        """The line that the character at this position is in."""
        return self.lines[max(0, bisect.bisect_right(self._starts, position) - 1)]

    def fence_at(self, position: int) -> Fence | None:
        """The fence around a cut here, if any."""
        line = self.line_at(position)
        if line.start == position or line.kind in {LineKind.CODE, LineKind.FENCE_CLOSE}:
            return line.before
        return None

    def context_at(self, position: int, markers: tuple[str, ...]) -> OpenBlocks:
        """The context of a part that starts here."""
        line = self.line_at(position)
        fence = self.fence_at(position)
        if line.start == position:
            quoted = self.line_at(position - 1).quoted
            return OpenBlocks(fence, None, markers, quoted)
        kind = _KIND_OF_REST.get(line.kind, line.kind)
        torn = Line(0, 0, 0, kind, fence, fence, line.container, line.hashes)
        return OpenBlocks(fence, torn, markers, line.quoted)

    def open_at(self, position: int) -> list[MarkedSpan]:
        """The spans that a cut here would tear, outermost first."""
        return [span for span in self.inline.spans if span.holds(position)]

    def atom_at(self, position: int, *, long: bool) -> Atom | None:
        """The atom that a cut here would tear; long atoms only if `long`."""
        for atom in self._atoms:
            if atom.start >= position:
                return None
            if position < atom.end and (long or not atom.long):
                return atom
        return None


def choose(window: Window, length: Callable[[Cut], int]) -> Cut:
    """The best place to end the part.

    `length` is the part's length with repairs. Some cut always fits, because repairs are bounded (see
    `splitter.MINIMUM_LIMIT`).
    """
    borders = [found.end() for found in _CLUSTER.finditer(window.text)][:-1]
    known = frozenset(borders)

    def usable(position: int) -> Cut | None:
        cut = _repaired(window, position)
        if cut is None or position not in known or window.atom_at(position, long=True):
            return None
        return cut if length(cut) <= window.limit else None

    places = [(position, rank) for position, rank in _places(window) if position in known]
    found = _preferred(window, places, usable)
    return found or _torn(window, borders, length)


def _preferred(window: Window, places: list[tuple[int, CutRank]], usable: Callable[[int], Cut | None]) -> Cut | None:
    def best(ranks: tuple[CutRank, ...], lowest: int) -> Cut | None:
        fitting = sorted((position for position, rank in places if rank in ranks and position >= lowest), reverse=True)
        return next((cut for cut in map(usable, fitting) if cut), None)

    half = window.limit // 2
    if firm := best((CutRank.PARAGRAPH,), half):
        return replace(firm, firm=True)
    # A good place in the first half still beats tearing a table, a heading or a line of code in the second.
    steps: list[tuple[tuple[CutRank, ...], int]] = [((rank,), half) for rank in _GOOD[1:]]
    steps.append((_GOOD, 1))
    steps.extend(((rank,), 1) for rank in _POOR)
    return next((cut for ranks, lowest in steps if (cut := best(ranks, lowest))), None)


def _torn(window: Window, borders: list[int], length: Callable[[Cut], int]) -> Cut:
    """A cut inside something too long for a message: a word, else a link or address, else anything."""
    for cut in _poorer_and_poorer(window, borders):
        if length(cut) <= window.limit:
            return cut
    raise AssertionError("no cut fits: repairs are bounded below the minimum limit")


def _poorer_and_poorer(window: Window, borders: list[int]) -> Iterator[Cut]:
    for long in (True, False):
        for position in reversed(borders):
            cut = _repaired(window, position)
            if cut and not window.atom_at(position, long=long):
                yield cut
    everywhere = range(1, len(window.text))
    for positions, whole in ((borders, True), (borders, False), (everywhere, False)):
        for position in reversed(positions):
            if not (whole and window.atom_at(position, long=False)):
                yield Cut(position, (), tuple(span.marker for span in window.open_at(position) if span.carried))


def _repaired(window: Window, position: int) -> Cut | None:
    """The cut with the markers that it closes and reopens; None if they would be misread."""
    text = window.text
    shown = len(text[:position].rstrip())
    rest = len(text) - len(text[position:].lstrip())
    fence = window.fence_at(position)
    if not shown or (fence and not _leaves_code(window, position, fence)):
        return None
    torn = window.line_at(position).start != position
    if torn and not fence and _MEANS_MORE_IN_FRONT.match(text, rest):
        return None
    spans = window.open_at(position)
    markers = tuple(span.marker for span in spans)
    if sum(map(len, markers)) > window.limit // 10 or not all(_can_be_cut(window, s, shown, rest) for s in spans):
        return None
    return Cut(position, markers, ())


def _can_be_cut(window: Window, span: MarkedSpan, shown: int, rest: int) -> bool:
    """Whether both sides keep text between the markers, and no backticks touch."""
    text = window.text
    first = window.lines[0].inner if span.carried else span.inner
    if shown <= first or rest >= (span.inner_end if span.ending is not PairEnding.PENDING else window.inline.whole):
        return False
    return not span.marker.startswith("`") or (text[shown - 1] != "`" and text[rest : rest + 1] != "`")


def _leaves_code(window: Window, position: int, fence: Fence) -> bool:
    """Whether both sides of a cut in a fence keep code: Discord shows an empty fence as backticks."""
    opened = [line.end for line in window.lines if line.kind is LineKind.FENCE_OPEN and line.end <= position]
    inside = window.text[opened[-1] if opened else 0 : position]
    rest = window.text[position:].lstrip(" \t\r\n>")
    return bool(inside.strip(" \t\r\n>")) and bool(rest) and not rest.startswith(fence.run[0])


def _places(window: Window) -> Iterator[tuple[int, CutRank]]:
    yield from _between_lines(window)
    for line in window.lines:
        torn = line.kind not in {LineKind.TEXT, LineKind.ITEM}
        for position, rank in _inside(window.text, line):
            yield position, CutRank.TORN if torn else rank


def _between_lines(window: Window) -> Iterator[tuple[int, CutRank]]:
    heading = False
    for previous, line in zip(window.lines, window.lines[1:], strict=False):
        if previous.kind is not LineKind.BLANK:
            heading = previous.kind is LineKind.HEADING
        if line.kind is LineKind.BLANK and line is not window.lines[-1]:
            continue  # blank lines stay with the text before them
        yield line.start, CutRank.ORPHAN if heading else _rank(previous, line)


def _rank(previous: Line, line: Line) -> CutRank:
    if line.before is not None and line.kind in {LineKind.CODE, LineKind.FENCE_CLOSE}:
        return CutRank.LINE
    if previous.kind is LineKind.TABLE and line.kind is LineKind.TABLE:
        return CutRank.ROW
    edge = previous.kind in {LineKind.BLANK, LineKind.FENCE_CLOSE} or previous.kind is LineKind.TABLE
    starts = line.kind in {LineKind.HEADING, LineKind.FENCE_OPEN, LineKind.TABLE}
    return CutRank.PARAGRAPH if edge or starts else CutRank.LINE


def _inside(text: str, line: Line) -> Iterator[tuple[int, CutRank]]:
    for spaces in _SPACES.finditer(text, line.inner, line.end):
        if spaces.end() < line.end and spaces.start() > line.inner:
            sentence = _SENTENCE_END.search(text, max(line.inner, spaces.start() - 8), spaces.start())
            yield spaces.end(), CutRank.SENTENCE if sentence else CutRank.WORD
    for found in _WIDE_END.finditer(text, line.inner, line.end):
        yield found.end(), CutRank.SENTENCE
    for found in _WIDE.finditer(text, line.inner, line.end):
        yield found.start(), CutRank.WORD
