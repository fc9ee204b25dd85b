"""Where an answer cites its sources, and the numbers of these. Pure.

xAI writes a citation into the text as a link, `[[1]](https://…)`, and reports where each stands (the comments of
`InlineCitation` in its protos). Numbers here follow the first appearance in the text, whatever xAI counted, so that
text and list always agree. What is replayed to the model stays as it came. Not here: how a number looks
(`discord_bot`, `documents`, `terminal`), the wire (`xai.chunks`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.text.sources import safe_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from grokbot.conversation.text.names import OthersText

MOST_CITATIONS = 500
"""Positions that are kept of one answer."""

LONGEST_ADDRESS = 2_000
"""Longer addresses are no sources."""

MARKER = re.compile(
    r"\[\[(?P<number>\d{1,4})\]\]\(<?(?P<url>https?://(?:[^\s<>()\[\]]|\([^\s<>()\[\]]{0,200}\)){1,490})>?\)",
    re.IGNORECASE,
)
"""A citation in a text."""

_LONGEST_MARKER = 1_200
"""Characters at the end of a growing text that may begin a citation."""

_OPEN_MARKER = re.compile(r"[ \t]*\[\[\d{1,4}\]\]\(<?(?:h[^\s<>()\[\]]{0,1000})?\Z", re.IGNORECASE)

_FENCE = (
    r"^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})[^\n]*"
    r"(?:\n(?![ \t>]*(?P=fence)[`~]*[ \t]*$)[^\n]*)*(?P<last>\n[^\n]*)?"
)
_ROW = r"(?:[^\n]*\|[^\n]*|[ \t>]*[-=_*:][-=_*: \t]+)"
"""A line of a table, or a rule."""
_CODE = re.compile(rf"{_FENCE}|(?<!`)(?P<ticks>`+)(?!`)[^\n]{{1,500}}?(?<!`)(?P=ticks)(?!`)", re.MULTILINE)
_BLOCK = re.compile(
    rf"{_FENCE}"
    r"|^[ \t>]*(?:\$\$[^$]{0,600}\$\$|\\\[[^$]{0,600}?\\\])[^\n]*"  # formulas
    rf"|^{_ROW}$(?:\n{_ROW}$)*",
    re.MULTILINE,
)
"""Whole lines that a citation would break."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A source at a place of the text: `text[start:end]`, in code points, is its link, or what it supports."""

    url: str
    start: int
    end: int


class Numbering:
    """The numbers of the sources in a text that grows: 1 for the first that is cited, and so on."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._rest = ""

    def feed(self, new_text: str) -> None:
        """Appends text. The work depends on its length only."""
        text, read = self._rest + new_text, 0
        for found in MARKER.finditer(text):
            self._numbers.setdefault(found["url"], len(self._numbers) + 1)
            read = found.end()
        self._rest = text[max(read, len(text) - _LONGEST_MARKER) :]

    def number(self, url: str) -> int | None:
        """The number of an address; None if the text does not cite it."""
        return self._numbers.get(url)

    @property
    def urls(self) -> tuple[str, ...]:
        """The cited addresses, in the order of their numbers."""
        return tuple(self._numbers)


def is_address(url: str) -> bool:
    """Whether this can be linked as a source."""
    return len(url) <= LONGEST_ADDRESS and url.lower().startswith(("https://", "http://")) and url.isprintable()


def cited_in(text: OthersText) -> tuple[str, ...]:
    """The addresses that a text cites, in the order of their numbers."""
    numbering = Numbering()
    numbering.feed(text)
    return numbering.urls


def sources_of(text: OthersText, others: Iterable[str], cited: Iterable[Citation] = ()) -> tuple[str, ...]:
    """All sources of an answer, each once: the number of a source is its place. First those that the text cites.

    Args:
        text: The answer, with a marker at each place (`with_markers`).
        others: Addresses that the model has seen, cited or not.
        cited: Citations; the text has no marker for an address that is too long for one.
    """
    known = (*others, *(each.url for each in cited))
    return tuple(dict.fromkeys((*cited_in(text), *filter(is_address, known))))


def numbered(text: OthersText, mark: Callable[[int, str], str], between: Callable[[str], str] = str) -> str:
    """The text with each citation outside code written anew.

    Args:
        text: The answer.
        mark: Writes a citation, given its number and its address.
        between: Changes the text between the citations; the default leaves it.
    """
    if "[[" not in text:
        return between(text)
    numbering = Numbering()
    numbering.feed(text)
    code = _spans(_CODE, text)
    pieces: list[str] = []
    start = 0
    for found in MARKER.finditer(text):
        if _around(code, found.start()) is None:
            pieces += (between(text[start : found.start()]), mark(numbering.number(found["url"]) or 0, found["url"]))
            start = found.end()
    return "".join((*pieces, between(text[start:])))


def marker(number: int, url: str) -> str:
    """A citation as xAI writes it. Characters that would end it early are encoded."""
    written = f"[[{number}]]({url})"
    return written if MARKER.fullmatch(written) else f"[[{number}]]({safe_address(url)})"


def with_markers(text: OthersText, cited: Sequence[Citation]) -> str:
    """The text to show: each citation has its marker, and none stands in code.

    A text with its markers in place, as xAI sends it, stays as it is. Positions out of range are left out, and
    addresses too long for a marker. A source without any marker gets one at the end of the line that it supports, or
    below the code, table or formula.
    """
    if not cited:
        return text
    marked = {found["url"] for found in MARKER.finditer(text)}
    code, blocks = _spans(_CODE, text), None
    changes: list[tuple[int, int, str]] = []
    for number, one in enumerate(sorted(cited, key=lambda each: (each.end, each.start)), 1):
        if not (0 <= one.start <= one.end <= len(text) and is_address(one.url)):
            continue
        there = MARKER.fullmatch(text, one.start, one.end)
        if there is None and one.url in marked:  # xAI counts otherwise than we do: the marker itself says where
            continue
        if there is not None and _around(code, one.start) is None:
            continue
        if blocks is None:  # seldom: xAI writes markers, and not in code
            blocks = _spans(_BLOCK, text)
        place, link = _place(text, one.end, blocks), marker(number, one.url) if there is None else there.group()
        if place is not None and MARKER.fullmatch(link):  # others would be read as words, and fill the answer
            changes += [] if there is None else [(one.start, one.end, "")]
            changes.append((place[0], place[0], place[1] + link))
    return _changed(text, changes)


def without_open_marker(text: OthersText) -> str:
    """A text that broke off, without the beginning of a citation at its end."""
    at = text.rfind("[[", -_LONGEST_MARKER)
    found = None if at < 0 else _OPEN_MARKER.search(text, len(text[:at].rstrip(" \t")))
    return text if found is None else text[: found.start()]


def _changed(text: str, changes: Iterable[tuple[int, int, str]]) -> str:
    pieces: list[str] = []
    position = 0
    for start, end, new in sorted(changes, key=lambda each: each[:2]):
        if start >= position:
            pieces += (text[position:start], new)
            position = end
    return "".join((*pieces, text[position:]))


def _place(text: str, position: int, blocks: Sequence[re.Match[str]]) -> tuple[int, str] | None:
    """Where to put a link for what ends at a position, and what to put before it. None: only into open code."""
    shown = len(text[:position].rstrip())
    block = _around(blocks, max(shown - 1, 0))
    if block is not None:
        return None if block["fence"] and not block["last"] else (block.end(), "\n\n")
    end = text.find("\n", shown)
    return len(text[: end if end >= 0 else len(text)].rstrip(" \t\r\\")), ""


def _spans(pattern: re.Pattern[str], text: str) -> Sequence[re.Match[str]]:
    return list(pattern.finditer(text))


def _around(spans: Sequence[re.Match[str]], position: int) -> re.Match[str] | None:
    before = bisect_right(spans, position, key=lambda span: span.start()) - 1
    return spans[before] if before >= 0 and position < spans[before].end() else None
