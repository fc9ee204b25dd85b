"""The parts that a text is cut into, each of them whole in itself.

Here belongs what a part looks like: the text that was kept, what was added to it, and the text that goes on growing
while an answer is streamed. Reading Markdown is in `block_parser` and `inline_parser`, choosing a place to cut in
`break_points`, and what others call in `message_texts`. No discord, no clock, no I/O.

The rules that the tests hold it to:
- What is kept and what is hidden, joined over all parts, is the text; only white space at a cut is hidden.
- No part is longer than the limit, repairs included. Discord counts code points, as Python does.
- A part is closed by the first character that no longer fits, and looks at nothing after it. So what is appended
  later never changes a part that is closed, however the text arrives.
- A part that would show nothing (white space, zero-width characters) is left out of what is sent.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

import regex

from grokbot.discord_bot.markdown.block_parser import LONGEST_CONTAINER, Context, Kind, Line, read_lines
from grokbot.discord_bot.markdown.break_points import Cut, Window, choose
from grokbot.discord_bot.markdown.inline_parser import Ending

DISCORD_LIMIT = 2000
"""Characters in a message (Discord's documentation, "Create Message")."""
MINIMUM_LIMIT = 50
"""The smallest limit for which repairs leave room for text."""


class Origin(Enum):
    """Where a piece of a part comes from."""

    KEPT = auto()  # the text itself
    ADDED = auto()  # a repair
    HIDDEN = auto()  # white space of the text, at a cut, which Discord would not show


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a part."""

    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Part:
    """One message."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """What is sent: the text with its repairs."""
        return "".join(piece.text for piece in self.pieces if piece.origin is not Origin.HIDDEN)

    @property
    def body(self) -> str:
        """The stretch of the whole text that this part stands for, without repairs."""
        return "".join(piece.text for piece in self.pieces if piece.origin is not Origin.ADDED)

    @property
    def blank(self) -> bool:
        """Whether nothing of it could be seen, so that Discord would refuse it."""
        return not _visible(self.body)


class Fate(Enum):
    """What would become of more text, were it appended now."""

    FITS = auto()  # it stands in the part that is open
    FOLLOWS = auto()  # the open part ends before it, at a paragraph, whatever else comes after it
    TORN = auto()  # a cut would go through it, or its place depends on what comes after it


class Splitter:
    """A text that grows. Closed parts are never looked at again; only the open one is worked on.

    Raises ValueError for a limit under MINIMUM_LIMIT.
    """

    def __init__(self, limit: int = DISCORD_LIMIT) -> None:
        if limit < MINIMUM_LIMIT:
            raise ValueError(f"the limit is at least {MINIMUM_LIMIT} characters")
        self._limit = limit
        self._closed: list[Part] = []
        self._messages: list[str] = []  # what is sent of them; made once, so that a look costs nothing for old text
        self._context = Context()
        self._open = ""
        self.firm = True
        """Whether all parts were closed at places that do not depend on what came after them."""

    def with_more(self, text: str) -> "Splitter":
        """A splitter that has been fed this too; this one stays as it is."""
        more = self._copied(whole=True)
        more.feed(text)
        return more

    def fate(self, text: str) -> Fate:
        """What would become of this text if it were fed now, whole."""
        return self.trial(text)[0]

    def trial(self, text: str) -> tuple[Fate, "Splitter"]:
        """The fate of this text, and the splitter that it would then stand in.

        If it follows a part that it closes, the same is true of any text that it is the start of: that one need only
        be tried with the second splitter.
        """
        trial = self._copied(whole=False)
        trial.feed(text)
        if not trial.closed:
            return Fate.FITS, self
        left = len(self._open) - sum(len(part.body) for part in trial.closed)
        if left < 0 or not trial.firm:
            return Fate.TORN, self
        behind = trial._copied(whole=False)  # noqa: SLF001  # its own class
        behind._open = behind._open[:left]  # noqa: SLF001
        return Fate.FOLLOWS, behind

    def _copied(self, *, whole: bool) -> "Splitter":
        """A splitter with the same open part, and with the closed ones if it is to be whole."""
        other = Splitter(self._limit)
        if whole:
            other._closed, other._messages = [*self._closed], [*self._messages]
        other._context, other._open = self._context, self._open
        return other

    @property
    def closed(self) -> tuple[Part, ...]:
        """The parts that will not change any more, blank ones included."""
        return tuple(self._closed)

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts, as they are if nothing more comes; blank ones included."""
        return (*self._closed, self._last()) if self._open else self.closed

    @property
    def messages(self) -> int:
        """How many of them show something."""
        return len(self._messages)

    def feed(self, new_text: str) -> None:
        """Appends text. The work depends on its length and the limit, not on what was fed before."""
        self._open += new_text
        while (full := _first_overflow(self._open, self._context, self._limit)) is not None:
            self._close_part(full)

    def finished(self) -> list[str]:
        """The messages if nothing more comes; the same as `split` of all that was fed."""
        last = self._last() if self._open else None
        return [*self._messages, last.text] if last and not last.blank else [*self._messages]

    def shown(self) -> list[str]:
        """The messages while more is coming: the last one is closed as if it ended well.

        Emphasis that is still open is closed too, and what has only half arrived (a marker, a mention, a link's
        address, the first line of a fence) is held back until it is whole.
        """
        last = self._last_shown()
        return [*self._messages, last] if _visible(last) else [*self._messages]

    def _close_part(self, full: int) -> None:
        window = Window(self._open[:full], self._context, self._limit, torn=True)

        def length(option: Cut) -> int:
            return len(_closed_part(window, option).text)

        chosen = choose(window, length)
        self.firm = self.firm and chosen.firm
        part = _closed_part(window, chosen)
        self._closed.append(part)
        if not part.blank:
            self._messages.append(part.text)
        self._context = window.context_at(chosen.position, chosen.markers)
        self._open = self._open[chosen.position :]

    def _last(self) -> Part:
        return _last_part(Window(self._open, self._context, self._limit), pending=False)

    def _last_shown(self) -> str:
        window = Window(self._open, self._context, self._limit)
        if half := _half_arrived(window):
            window = Window(self._open[: -len(half)], self._context, self._limit)
        if not _visible(window.text):
            return ""
        part = _last_part(window, pending=True)
        return part.text if len(part.text) <= self._limit else _last_part(window, pending=False).text


def _first_overflow(text: str, context: Context, limit: int) -> int | None:
    """The least length of the text that does not fit into one part; None when all of it fits.

    Only what stands before a length decides on it: that makes closed parts stable. Markers that go on from the part
    before are counted as open to the end, which costs a few characters and needs no reading.
    """
    room = limit - len(context.frame(text)) - 2 * sum(map(len, context.markers))
    too_long = room + 1 if len(text) > room else None
    runs = [len(run) for run in _FENCE_RUN.findall(text)] + ([len(context.fence.run)] if context.fence else [])
    if not runs or len(text) + len("\n") + LONGEST_CONTAINER + max(runs) <= room:
        return too_long
    for line in read_lines(text[: room + 1], context, limit):
        for end in range(max(line.start, room - _dearest(line)) + 1, line.end + 1):
            if end + len(_closing_fence(text, line, end)) > room:
                return end
    return too_long


def _dearest(line: Line) -> int:
    """More than closing the line's fence can cost."""
    fence = line.before or line.after
    return len("\n") + len(fence.closer) if fence else 0


def _closing_fence(text: str, line: Line, end: int) -> str:
    """What closes the fence, if any, of a text that ends in or right after this line."""
    if line.whole and end == line.end:
        return line.after.closer if line.after else ""
    if line.before is None:
        return ""
    return line.before.missing((line.container if line.rest else "") + text[line.start : end])


def _closed_part(window: Window, option: Cut) -> Part:
    """The part that ends at a cut. White space before the cut is hidden, so that what closes stands at the text."""
    body = window.text[: option.position]
    shown = body.rstrip()
    if not _visible(shown):
        return Part((Piece(body, Origin.HIDDEN),))
    fence = window.fence_at(option.position)
    closing = "\n" + fence.closer if fence else "".join(reversed(option.markers or option.stray))
    insertions = [*_insertions(window, len(shown)), (len(shown), closing)]
    return Part(tuple(_pieces(window, shown, insertions, body[len(shown) :])))


def _last_part(window: Window, *, pending: bool) -> Part:
    """The part that the text ends in. Markers that the text itself opened are closed only if `pending` is asked for."""
    text = window.text
    spans = [s for s in window.inline.spans if s.ending is Ending.PENDING and (s.carried or pending)]
    fence = _closing_fence(text, window.lines[-1], len(text))
    if fence:
        insertions = [*_insertions(window, len(text)), (len(text), fence)]
        return Part(tuple(_pieces(window, text, insertions, "")))
    shown = text.rstrip() if spans else text
    closing = "".join(span.marker for span in reversed(spans) if span.inner < len(shown))
    insertions = [*_insertions(window, len(shown)), (len(shown), closing)]
    return Part(tuple(_pieces(window, shown, insertions, text[len(shown) :])))


def _insertions(window: Window, end: int) -> Iterator[tuple[int, str]]:
    """Repairs of markers that go on: opened after quote marks, closed where their paragraph ended without them."""
    carried = [span for span in window.inline.spans if span.carried]
    first = window.lines[0].inner if window.lines else 0
    if any(span.inner_end > first for span in carried):
        yield min(first, end), "".join(window.context.markers)
        broken = [span for span in carried if span.ending is Ending.BROKEN and span.inner_end < end]
        for span in sorted(broken, key=lambda span: (span.inner_end, -span.order)):
            yield span.inner_end, span.marker


def _pieces(window: Window, shown: str, insertions: list[tuple[int, str]], hidden: str) -> Iterator[Piece]:
    if frame := window.context.frame(window.text):
        yield Piece(frame, Origin.ADDED)
    start = 0
    for position, added in insertions:
        if shown[start:position]:
            yield Piece(shown[start:position], Origin.KEPT)
        if added:
            yield Piece(added, Origin.ADDED)
        start = position
    if hidden:
        yield Piece(hidden, Origin.HIDDEN)


_FENCE_RUN = regex.compile(r"`{3,}|~{3,}")
_NOTHING_SEEN = regex.compile("[\u034f\u115f\u1160\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_HALF = regex.compile(r"(?:<(?:[@#:/]|a:|t:|id:)?[^\s<>]{0,100}|!?\[[^\[\]\n]{0,200}\](?:\([^()\s]*)?|[*_~|`\\]+)\Z")


def _half_arrived(window: Window) -> str:
    """The end of the text that would look wrong now and is soon whole."""
    last = window.lines[-1] if window.lines else None
    if last is None or last.kind in {Kind.CODE, Kind.FENCE_CLOSE}:
        return ""
    if last.kind in {Kind.OPENING, Kind.FENCE_OPEN}:  # a fence without code would be shown as backticks
        return window.text[last.start :]
    found = _HALF.search(window.text, last.start)
    if found is None or any(
        span.ending is Ending.CLOSED and span.inner_end >= found.start() for span in window.inline.spans
    ):
        return ""
    return str(found.group())


def _visible(text: str) -> bool:
    """Whether anything can be seen: white space, controls, zero-width characters and blank fillers cannot."""
    return any(
        not character.isspace()
        and unicodedata.category(character) not in {"Cc", "Cf"}
        and _NOTHING_SEEN.match(character) is None
        for character in text
    )
