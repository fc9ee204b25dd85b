"""Cuts a growing text into parts, each with its fences and emphasis closed.

Not here: reading Markdown (`block_parser`, `inline_parser`), choosing the place (`break_points`).

What the tests check:
- Kept and hidden text, joined over all parts, is the text. Only white space at a cut is hidden.
- No part is longer than the limit, with repairs. Discord counts code points, as Python does.
- The first character that does not fit closes a part; nothing after it counts. So later text never changes a closed
  part, however it arrives.
- A part that shows nothing (white space, zero-width characters) is not sent.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

import regex

from grokbot.discord_bot.markdown.block_parser import LONGEST_CONTAINER, Line, LineKind, OpenBlocks, read_lines
from grokbot.discord_bot.markdown.break_points import Cut, Window, choose
from grokbot.discord_bot.markdown.inline_parser import PairEnding

DISCORD_LIMIT = 2000
"""Characters in a message (Discord's documentation, "Create Message")."""
MINIMUM_LIMIT = 50
"""The smallest limit that leaves room for text beside repairs."""


class Origin(Enum):
    """Where a fragment comes from."""

    KEPT = auto()  # the text itself
    ADDED = auto()  # a repair
    HIDDEN = auto()  # white space at a cut, which Discord would not show


@dataclass(frozen=True, slots=True)
class Fragment:
    """A stretch of a message."""

    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class MessageText:
    """A message and where its text comes from."""

    fragments: tuple[Fragment, ...]

    @property
    def text(self) -> str:
        """The text to send, with repairs."""
        return "".join(fragment.text for fragment in self.fragments if fragment.origin is not Origin.HIDDEN)

    @property
    def body(self) -> str:
        """Its stretch of the whole text, without repairs."""
        return "".join(fragment.text for fragment in self.fragments if fragment.origin is not Origin.ADDED)

    @property
    def blank(self) -> bool:
        """Whether it shows nothing, so that Discord would refuse it."""
        return not _visible(self.body)


class Overflow(Enum):
    """Where more text would land."""

    NONE = auto()  # in the open part
    CLEAN = auto()  # in a part of its own: the open one ends before it at a paragraph, whatever follows
    TORN = auto()  # a cut would go through it, or the place of the cut depends on later text


class Splitter:
    """Cuts a growing text. It works on the open part only; closed parts are final.

    Raises ValueError for a limit under MINIMUM_LIMIT.
    """

    def __init__(self, limit: int = DISCORD_LIMIT) -> None:
        if limit < MINIMUM_LIMIT:
            raise ValueError(f"the limit is at least {MINIMUM_LIMIT} characters")
        self._limit = limit
        self._closed: list[MessageText] = []
        self._messages: list[str] = []  # the text to send of each, made once, so that a look costs nothing for old text
        self._context = OpenBlocks()
        self._open = ""
        self.firm = True
        """Whether each part ends at a place that did not depend on later text."""

    def with_more(self, text: str) -> "Splitter":
        """A copy that has also been fed this text."""
        more = self._copied(whole=True)
        more.feed(text)
        return more

    def trial(self, text: str) -> tuple[Overflow, "Splitter"]:
        """Where this text would land, and the splitter that would hold it.

        If it lands clean, so does any text that starts with it; that one need only be tried with the returned splitter.
        """
        trial = self._copied(whole=False)
        trial.feed(text)
        if not trial.closed:
            return Overflow.NONE, self
        left = len(self._open) - sum(len(part.body) for part in trial.closed)
        if left < 0 or not trial.firm:
            return Overflow.TORN, self
        behind = trial._copied(whole=False)  # noqa: SLF001  # its own class
        behind._open = behind._open[:left]  # noqa: SLF001
        return Overflow.CLEAN, behind

    def _copied(self, *, whole: bool) -> "Splitter":
        """A copy of the open part, if `whole` of the closed ones too."""
        other = Splitter(self._limit)
        if whole:
            other._closed, other._messages = [*self._closed], [*self._messages]
        other._context, other._open = self._context, self._open
        return other

    @property
    def closed(self) -> tuple[MessageText, ...]:
        """The final parts, blank ones included."""
        return tuple(self._closed)

    @property
    def parts(self) -> tuple[MessageText, ...]:
        """All parts if the text ends here, blank ones included."""
        return (*self._closed, self._last()) if self._open else self.closed

    @property
    def messages(self) -> int:
        """Number of closed parts that are not blank."""
        return len(self._messages)

    def feed(self, new_text: str) -> None:
        """Appends text. The work depends on its length and the limit, not on earlier text."""
        self._open += new_text
        while (full := _first_overflow(self._open, self._context, self._limit)) is not None:
            self._close_part(full)

    def finished(self) -> list[str]:
        """The messages if the text ends here; equal to `split` of the whole text."""
        last = self._last() if self._open else None
        return [*self._messages, last.text] if last and not last.blank else [*self._messages]

    def shown(self) -> list[str]:
        """The messages while more text is coming.

        Open emphasis in the last one is closed. What has half arrived (a marker, a mention, a link's address, the first
        line of a fence) is left out until it is whole.
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

    def _last(self) -> MessageText:
        return _last_part(Window(self._open, self._context, self._limit), pending=False)

    def _last_shown(self) -> str:
        window = Window(self._open, self._context, self._limit)
        if half := _half_arrived(window):
            window = Window(self._open[: -len(half)], self._context, self._limit)
        if not _visible(window.text):
            return ""
        part = _last_part(window, pending=True)
        return part.text if len(part.text) <= self._limit else _last_part(window, pending=False).text


def _first_overflow(text: str, context: OpenBlocks, limit: int) -> int | None:
    """The shortest prefix that does not fit into a part; None if the whole text fits.

    It does not look past that prefix, so closed parts are stable. Markers carried over from the part before count as
    open to the end, which wastes a few characters and saves reading them.
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
    """An upper bound of what closing the line's fence costs."""
    fence = line.before or line.after
    return len("\n") + len(fence.closer) if fence else 0


def _closing_fence(text: str, line: Line, end: int) -> str:
    """The text that closes the fence if the text ends in or right after this line; empty without one."""
    if line.whole and end == line.end:
        return line.after.closer if line.after else ""
    if line.before is None:
        return ""
    return line.before.missing((line.container if line.rest else "") + text[line.start : end])


def _closed_part(window: Window, option: Cut) -> MessageText:
    """The part that ends at a cut. White space before the cut is hidden, so that closing markers touch the text."""
    body = window.text[: option.position]
    shown = body.rstrip()
    if not _visible(shown):
        return MessageText((Fragment(body, Origin.HIDDEN),))
    fence = window.fence_at(option.position)
    closing = "\n" + fence.closer if fence else "".join(reversed(option.markers or option.stray))
    return _repaired(window, shown, closing, body[len(shown) :])


def _last_part(window: Window, *, pending: bool) -> MessageText:
    """The last part. With `pending` the text's own open markers are closed too."""
    text = window.text
    spans = [s for s in window.inline.spans if s.ending is PairEnding.PENDING and (s.carried or pending)]
    fence = _closing_fence(text, window.lines[-1], len(text))
    shown = text.rstrip() if spans and not fence else text
    closing = fence or "".join(span.marker for span in reversed(spans) if span.inner < len(shown))
    return _repaired(window, shown, closing, text[len(shown) :])


def _repaired(window: Window, shown: str, closing: str, hidden: str) -> MessageText:
    insertions = [*_insertions(window, len(shown)), (len(shown), closing)]
    return MessageText(tuple(_fragments(window, shown, insertions, hidden)))


def _insertions(window: Window, end: int) -> Iterator[tuple[int, str]]:
    """Repairs of carried markers: opened after quote marks, closed where their paragraph ends without them."""
    carried = [span for span in window.inline.spans if span.carried]
    first = window.lines[0].inner if window.lines else 0
    if any(span.inner_end > first for span in carried):
        yield min(first, end), "".join(window.context.markers)
        broken = [span for span in carried if span.ending is PairEnding.BROKEN and span.inner_end < end]
        for span in sorted(broken, key=lambda span: (span.inner_end, -span.order)):
            yield span.inner_end, span.marker


def _fragments(window: Window, shown: str, insertions: list[tuple[int, str]], hidden: str) -> Iterator[Fragment]:
    if frame := window.context.frame(window.text):
        yield Fragment(frame, Origin.ADDED)
    start = 0
    for position, added in insertions:
        if shown[start:position]:
            yield Fragment(shown[start:position], Origin.KEPT)
        if added:
            yield Fragment(added, Origin.ADDED)
        start = position
    if hidden:
        yield Fragment(hidden, Origin.HIDDEN)


_FENCE_RUN = regex.compile(r"`{3,}|~{3,}")
_NOTHING_SEEN = regex.compile("[\u034f\u115f\u1160\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_HALF = regex.compile(r"(?:<(?:[@#:/]|a:|t:|id:)?[^\s<>]{0,100}|!?\[[^\[\]\n]{0,200}\](?:\([^()\s]*)?|[*_~|`\\]+)\Z")


def _half_arrived(window: Window) -> str:
    """The end of the text that has half arrived and would look wrong."""
    last = window.lines[-1] if window.lines else None
    if last is None or last.kind in {LineKind.CODE, LineKind.FENCE_CLOSE}:
        return ""
    if last.kind is LineKind.FENCE_OPEN:  # a fence without code would be shown as backticks
        return window.text[last.start :]
    found = _HALF.search(window.text, last.start)
    if found is None or any(
        span.ending is PairEnding.CLOSED and span.inner_end >= found.start() for span in window.inline.spans
    ):
        return ""
    return str(found.group())


def _visible(text: str) -> bool:
    """Whether it shows anything: not only white space, controls, zero-width characters and blank fillers."""
    return any(
        not character.isspace()
        and unicodedata.category(character) not in {"Cc", "Cf"}
        and _NOTHING_SEEN.match(character) is None
        for character in text
    )
