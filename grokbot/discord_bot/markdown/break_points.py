"""Decides where a message that is full is cut.

Here belongs the order of preference (paragraph, line, sentence, word, character) and what forbids a place. How a part
is repaired is in `message_texts`, which also says how long a part would be. No discord, no clock, no I/O.
"""

# ruff: noqa: RUF001  # quotes and stops of other scripts are meant

import bisect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum, auto

import regex

from grokbot.discord_bot.markdown.block_parser import Context, Fence, Kind, Line, read_lines
from grokbot.discord_bot.markdown.inline_parser import Atom, Ending, Inline, Span, read_inline


class Rank(IntEnum):
    """How good a place is, best first."""

    PARAGRAPH = auto()
    LINE = auto()
    SENTENCE = auto()
    WORD = auto()
    ROW = auto()  # between two rows of a table
    ORPHAN = auto()  # a heading would lose what it heads
    TORN = auto()  # between words of a heading, of a table's row, of a line of code


_GOOD = (Rank.PARAGRAPH, Rank.LINE, Rank.SENTENCE, Rank.WORD)
_POOR = (Rank.ROW, Rank.ORPHAN, Rank.TORN)
_SPACES = regex.compile(r"[ \t]+")
_SENTENCE_END = regex.compile(r"[.!?…]['\"”’»)\]*_~|`]*\Z")
_WIDE_END = regex.compile(r"(?<![。！？])[。！？]++[」』）”’*_~|]*+(?=[^\s」』）”’*_~|。！？])")
_WIDE = regex.compile(r"(?<=[\p{Han}\p{Hiragana}\p{Katakana}、，])(?=[\p{Han}\p{Hiragana}\p{Katakana}])")
_CLUSTER = regex.compile(r"\X")
_MEANS_MORE_IN_FRONT = regex.compile(
    r"\s*+(?:[-*+]\s|\d{1,9}[.)]\s|#{1,6}\s|-#\s|>|`{3}|~{3}|\||={1,99}\s|-{1,99}\s|[-+*=#]{1,99}\Z|\d{1,9}[.)]?\Z)"
)


@dataclass(frozen=True, slots=True)
class Cut:
    """A decision: the part ends here."""

    position: int
    markers: tuple[str, ...]
    """What is open there, goes on in the next part, and has to be closed in this one, outermost first."""
    stray: tuple[str, ...]
    """What an earlier repair opened and this cut closes for good, outermost first."""
    firm: bool = False
    """Whether it is a paragraph's end that no text after it could have made look worse."""


class Window:
    """The text of a part, read as Markdown; if it is `torn`, up to the character that was too much."""

    def __init__(self, text: str, context: Context, limit: int, *, torn: bool = False) -> None:
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
        """The fence that a cut here is inside of."""
        line = self.line_at(position)
        if line.start == position or line.kind in {Kind.CODE, Kind.FENCE_CLOSE}:
            return line.before
        return None

    def context_at(self, position: int, markers: tuple[str, ...]) -> Context:
        """What the part that starts here has to know."""
        line = self.line_at(position)
        fence = self.fence_at(position)
        if line.start == position:
            quoted = self.line_at(position - 1).quoted
            return Context(fence, None, markers, quoted)
        kind = {Kind.OPENING: Kind.TEXT, Kind.FENCE_OPEN: Kind.TEXT, Kind.FENCE_CLOSE: Kind.CODE}.get(
            line.kind, line.kind
        )
        torn = Line(0, 0, 0, kind, fence, fence, line.container, line.hashes)
        return Context(fence, torn, markers, line.quoted)

    def open_at(self, position: int) -> list[Span]:
        """The spans that a cut here would tear, outermost first."""
        return [span for span in self.inline.spans if span.holds(position)]

    def atom_at(self, position: int, *, long: bool) -> Atom | None:
        """The atom that a cut here would tear; long ones count only when asked for."""
        for atom in self._atoms:
            if atom.start >= position:
                return None
            if position < atom.end and (long or not atom.long):
                return atom
        return None


def choose(window: Window, length: Callable[[Cut], int]) -> Cut:
    """The best place to end the part.

    `length` tells how long the part would be with its repairs. It must be within the window's limit for some cut: the
    limits on what is repaired (see `splitting.MINIMUM_LIMIT`) see to that.
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


def _preferred(window: Window, places: list[tuple[int, Rank]], usable: Callable[[int], Cut | None]) -> Cut | None:
    def best(ranks: tuple[Rank, ...], lowest: int) -> Cut | None:
        fitting = sorted((position for position, rank in places if rank in ranks and position >= lowest), reverse=True)
        return next((cut for cut in map(usable, fitting) if cut), None)

    half = window.limit // 2
    if firm := best((Rank.PARAGRAPH,), half):
        return replace(firm, firm=True)
    # A good place in the first half still beats tearing a table, a heading or a line of code in the second.
    steps: list[tuple[tuple[Rank, ...], int]] = [((rank,), half) for rank in _GOOD[1:]]
    steps.append((_GOOD, 1))
    steps.extend(((rank,), 1) for rank in _POOR)
    return next((cut for ranks, lowest in steps if (cut := best(ranks, lowest))), None)


def _torn(window: Window, borders: list[int], length: Callable[[Cut], int]) -> Cut:
    """A cut inside something that does not fit: in a long word, then in a link or an address, at last anywhere."""
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
    """The cut with what it closes and opens again; None where that would not be read as meant."""
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


def _can_be_cut(window: Window, span: Span, shown: int, rest: int) -> bool:
    """Whether both sides of a cut keep something between their markers, and no backticks run into each other."""
    text = window.text
    first = window.lines[0].inner if span.carried else span.inner
    if shown <= first or rest >= (span.inner_end if span.ending is not Ending.PENDING else window.inline.whole):
        return False
    return not span.marker.startswith("`") or (text[shown - 1] != "`" and text[rest : rest + 1] != "`")


def _leaves_code(window: Window, position: int, fence: Fence) -> bool:
    """Whether both sides of a cut in a fence keep some code: an empty fence is shown as backticks."""
    opened = [line.end for line in window.lines if line.kind is Kind.FENCE_OPEN and line.end <= position]
    inside = window.text[opened[-1] if opened else 0 : position]
    rest = window.text[position:].lstrip(" \t\r\n>")
    return bool(inside.strip(" \t\r\n>")) and bool(rest) and not rest.startswith(fence.run[0])


def _places(window: Window) -> Iterator[tuple[int, Rank]]:
    yield from _between_lines(window)
    for line in window.lines:
        torn = line.kind not in {Kind.TEXT, Kind.ITEM}
        for position, rank in _inside(window.text, line):
            yield position, Rank.TORN if torn else rank


def _between_lines(window: Window) -> Iterator[tuple[int, Rank]]:
    heading = False
    for previous, line in zip(window.lines, window.lines[1:], strict=False):
        if previous.kind is not Kind.BLANK:
            heading = previous.kind is Kind.HEADING
        if line.kind is Kind.BLANK and line is not window.lines[-1]:
            continue  # blank lines stay with what is before them
        yield line.start, Rank.ORPHAN if heading else _rank(previous, line)


def _rank(previous: Line, line: Line) -> Rank:
    if line.before is not None and line.kind in {Kind.CODE, Kind.FENCE_CLOSE}:
        return Rank.LINE
    if previous.kind is Kind.TABLE and line.kind is Kind.TABLE:
        return Rank.ROW
    edge = previous.kind in {Kind.BLANK, Kind.FENCE_CLOSE} or previous.kind is Kind.TABLE
    starts = line.kind in {Kind.HEADING, Kind.FENCE_OPEN, Kind.OPENING, Kind.TABLE}
    return Rank.PARAGRAPH if edge or starts else Rank.LINE


def _inside(text: str, line: Line) -> Iterator[tuple[int, Rank]]:
    for spaces in _SPACES.finditer(text, line.inner, line.end):
        if spaces.end() < line.end and spaces.start() > line.inner:
            sentence = _SENTENCE_END.search(text, max(line.inner, spaces.start() - 8), spaces.start())
            yield spaces.end(), Rank.SENTENCE if sentence else Rank.WORD
    for found in _WIDE_END.finditer(text, line.inner, line.end):
        yield found.end(), Rank.SENTENCE
    for found in _WIDE.finditer(text, line.inner, line.end):
        yield found.start(), Rank.WORD
