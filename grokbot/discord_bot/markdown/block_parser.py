"""Reads Markdown line by line: quotes, list items, headings, tables and fences.

A line's meaning depends only on the lines before it. Not here: emphasis and links (`inline_parser`), where a message is
cut (`break_points`).
"""

import re
from dataclasses import dataclass, field, replace
from enum import Enum, auto

DISCORD_FENCE = "```"
"""The only fence that Discord draws."""
LONGEST_CONTAINER = 40
"""Longer quote marks and indentation are not repeated in repairs."""


class LineKind(Enum):
    """What a line is."""

    BLANK = auto()
    TEXT = auto()
    ITEM = auto()
    HEADING = auto()
    TABLE = auto()
    FENCE_OPEN = auto()
    CODE = auto()
    FENCE_CLOSE = auto()


@dataclass(frozen=True, slots=True)
class Fence:
    """An open code fence: how to close it and how to open it again."""

    run: str
    """The backticks or tildes, three or more."""
    language: str
    """The first word after the run, or empty."""
    container: str
    """Prefix of each of its lines: quote marks and indentation."""

    @property
    def opener(self) -> str:
        """The line that reopens it."""
        return f"{self.container}{self.run}{self.language}\n"

    @property
    def closer(self) -> str:
        """The line that closes it."""
        return self.container + self.run

    def cost(self) -> int:
        """The most characters that repairs add to a part that starts and ends inside this fence."""
        return len(self.opener) + len(self.container) + 1 + len(self.closer)

    def _own(self, line: str) -> str | None:
        """The line without the fence's quote marks; None when they are not there."""
        own = line
        for _ in range(self.container.count(">")):
            marks = re.match(r"[ \t]*> ?", own)
            if marks is None:
                return None
            own = own[marks.end() :]
        return own

    def left_by(self, line: str) -> bool:
        """Whether the line is outside the fence's quote, which ends the fence."""
        return self._own(line) is None and not (line.strip() == "" and not line.endswith("\n"))

    def closed_by(self, line: str) -> bool:
        """Whether the line closes the fence: at least as many marks, nothing else, not indented much deeper."""
        own = self._own(line)
        if own is None:
            return False
        marks = own.strip()
        indent = len(own) - len(own.lstrip(" \t"))
        room = len(self.container.rpartition(">")[2]) + 4
        return indent < room and len(marks) >= len(self.run) and set(marks) == {self.run[0]}

    def missing(self, line: str) -> str:
        """The shortest text that closes the fence after this unfinished line."""
        if self.container.startswith(line):
            return self.closer[len(line) :]
        if self.left_by(line) or self.closed_by(line):
            return ""
        own = (self._own(line) or "").lstrip(" \t")
        if own and set(own) == {self.run[0]}:
            rest = self.run[len(own) :]
            if self.closed_by(line + rest):
                return rest
        return "\n" + self.closer


@dataclass(frozen=True, slots=True)
class Line:
    """One line; positions count from the start of the text."""

    start: int
    end: int
    """After its line break."""
    inner: int
    """Where its text begins, after quote marks, indentation and list markers."""
    kind: LineKind
    before: Fence | None
    """The fence that is open where the line starts."""
    after: Fence | None
    """The fence that is open where the line ends."""
    container: str = ""
    """Prefix that the rest of the line needs if it starts a message."""
    hashes: str = ""
    """A heading's marks."""
    whole: bool = True
    """Whether its line break has arrived."""
    rest: bool = False
    """Whether it is the second half of a cut line; its prefix is then in the part's frame."""
    quoted: bool = False
    """Whether a `>>> ` came before, which in Discord quotes the rest of the message."""

    @property
    def depth(self) -> int:
        """The number of quotes around the line."""
        return self.container.count(">")


@dataclass(frozen=True, slots=True)
class OpenBlocks:
    """What is open where a part starts, so that the part can be read alone."""

    fence: Fence | None = None
    torn: Line | None = None
    """The line that was cut, if the part starts inside one."""
    markers: tuple[str, ...] = field(default=())
    """Open emphasis, spoilers and inline code, outermost first."""
    quoted: bool = False

    def frame(self, body: str) -> str:
        """The text to put before the body: a fence's first line, quote marks, indentation, a heading's marks."""
        frame = ""
        if self.fence is not None:
            frame = self.fence.opener + (self.fence.container if self.torn else "")
        elif self.torn is not None:
            frame = self.torn.container + self.torn.hashes
        if self.quoted and not (frame or body).startswith(">"):
            frame = ">>> " + frame
        return frame


_CONTAINER = re.compile(r"(?:[ \t]*>[ ]?|[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+)*[ \t]*")
_LIST_MARKER = re.compile(r"[-*+.)]")
_FENCE = re.compile(r"(?:(?P<ticks>`{3,})(?P<info>[^`]*)|(?P<waves>~{3,})(?P<notes>.*))\Z", re.DOTALL)
_HEADING = re.compile(r"(?:#{1,6}|-#)[ \t]+")
_RULER = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*\Z")
_LONGEST_HASHES = 8
_REST_QUOTED = re.compile(r" *>>> ")


def read_lines(text: str, context: OpenBlocks, limit: int) -> list[Line]:
    """Reads the lines of a part.

    Args:
        text: The part's text.
        context: What is open at its start.
        limit: Length of a message. A fence or prefix that would take too much of it is read as plain text.
    """
    lines: list[Line] = []
    fence, quoted, start = context.fence, context.quoted, 0
    for raw in re.findall(r"[^\n]*\n|[^\n]+", text):
        torn = context.torn if start == 0 else None
        if torn is not None:
            line = _rest_of(torn, raw, fence, quoted=quoted)
        elif fence is not None and not fence.left_by(raw):
            line = _code_line(raw, start, fence, quoted=quoted)
        else:
            line = _plain_line(raw, start, fence, limit, quoted=quoted)
        lines.append(line)
        fence, quoted, start = line.after, line.quoted, line.end
    return _with_bare_tables(text, lines)


def _rest_of(torn: Line, raw: str, fence: Fence | None, *, quoted: bool) -> Line:
    inner = len(raw) - len(raw.lstrip())
    whole = raw.endswith("\n")
    return replace(
        torn, start=0, end=len(raw), inner=inner, before=fence, after=fence, whole=whole, rest=True, quoted=quoted
    )


def _code_line(raw: str, start: int, fence: Fence, *, quoted: bool) -> Line:
    closed = fence.closed_by(raw)
    return Line(
        start,
        start + len(raw),
        start,
        LineKind.FENCE_CLOSE if closed else LineKind.CODE,
        before=fence,
        after=None if closed else fence,
        container=fence.container,
        whole=raw.endswith("\n"),
        quoted=quoted,
    )


def _plain_line(raw: str, start: int, before: Fence | None, limit: int, *, quoted: bool) -> Line:
    everything = None if quoted else _REST_QUOTED.match(raw)
    skipped = everything.end() if everything else 0
    marks = _CONTAINER.match(raw, skipped)
    inner = marks.end() if marks else skipped  # the pattern always matches, if only an empty text
    container = re.sub(r"[^>\s]", " ", raw[skipped:inner]).rstrip("\r\n")
    if len(container) > min(limit // 8, LONGEST_CONTAINER):
        container = ""
    own = raw[inner:].rstrip()
    whole = raw.endswith("\n")
    fence = _opened_fence(own, container, limit)
    heading = _HEADING.match(raw, inner)
    return Line(
        start,
        start + len(raw),
        start + inner,
        _kind(own, raw[skipped:inner], fence, heading=heading is not None),
        before=before,
        after=fence if whole else None,
        container=container,
        hashes=heading.group() if heading and len(heading.group()) <= _LONGEST_HASHES else "",
        whole=whole,
        quoted=quoted or everything is not None,
    )


def _kind(own: str, marks: str, fence: Fence | None, *, heading: bool) -> LineKind:
    if fence is not None:
        return LineKind.FENCE_OPEN
    if heading:
        return LineKind.HEADING
    if own.startswith("|") and not own.startswith("||"):  # two bars are a spoiler
        return LineKind.TABLE
    if _LIST_MARKER.search(marks):
        return LineKind.ITEM
    return LineKind.TEXT if own else LineKind.BLANK


def _opened_fence(own: str, container: str, limit: int) -> Fence | None:
    """The fence that this line opens, without its language if that would take too much of a message."""
    found = _FENCE.match(own)
    if found is None:
        return None
    run = found["ticks"] or found["waves"]
    words = (found["info"] or found["notes"] or "").split()
    for language in ([words[0]] if words else []) + [""]:
        fence = Fence(run, language, container)
        if fence.cost() <= limit * 2 // 5:
            return fence
    return None


def _with_bare_tables(text: str, lines: list[Line]) -> list[Line]:
    """Marks tables whose rows do not start with a bar; the line of dashes under the first row shows them."""
    table = False
    for number, line in enumerate(lines):
        own = text[line.start : line.end]
        ruler = line.kind is LineKind.TEXT and _RULER.match(own) is not None
        if (
            ruler
            and number
            and lines[number - 1].kind is LineKind.TEXT
            and "|" in text[lines[number - 1].start : line.start]
        ):
            lines[number - 1] = replace(lines[number - 1], kind=LineKind.TABLE)
            table = True
        table = table and line.kind is LineKind.TEXT and "|" in own
        if table:
            lines[number] = replace(line, kind=LineKind.TABLE)
    return lines
