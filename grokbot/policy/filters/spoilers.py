"""Puts parts of an answer behind spoilers, while it arrives. Pure.

Discord does not always honour a spoiler: code disables it, an address swallows it, an open mark before it may pair up
with its first bars. Text that was shown cannot be taken back, so each part is hidden in one of two ways: behind a
spoiler if the text before it leaves no doubt, else permanently, by blocks in place of its characters. Marks within a
hidden part are disabled, so that none pairs up with one outside.
Not here: what must be hidden (`filters`, `stream`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grokbot.policy.filters.patterns import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grokbot.conversation.text import OthersText

BARS = "||"
BLOCK = "█"
APART = "\u200b"
"""Keeps bars apart that would read as one mark. It is invisible."""

_PLACEHOLDER = "x"  # stands for hidden text in the search for marks
_ESCAPED = re.compile(r"\\[^\w\s]")
_CODE = re.compile(
    r"""
    ^[ \t]*```[^`\n]*\n(?:(?!```).)*?\n?^[ \t]*```[ \t]*$ | (?<!`)(?P<ticks>``?)(?!`)[^`\n]+(?P=ticks)(?!`)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
"""Code that every reader takes as code. Any other tick leaves doubt."""

_FENCE = re.compile(r"^[ \t>*+\-\d.)]*(?P<mark>`{3,}|~{3,})(?P<rest>.*)$", re.MULTILINE)
_FORMULA_OPENED, _FORMULA_CLOSED = re.compile(r"\\[(\[]"), re.compile(r"\\[)\]]")
_LINK = re.compile(r"\[[^\[\]]*\](?:\([^()\s]*\)|(?!\())|<[^<>\n]*>")
_PAIRS = (("*", "*"), ("_", "_"), ("~", "~"), ("|", "|"), ("$", "$"), ("[", "]"), ("<", ">"))
_TOUCHES = re.compile(r"[\w|()\[\]!]")
"""Beside bars, these would make them part of a word, and so no mark (`discord_bot.markdown.inline_translator`)."""
_KEPT = {"$": "$ $"}  # enough to keep a formula closed
_MARKS = re.compile(r"[\\*_~|$#\[\]<>]")


LONGEST_DOUBT = 4_000
"""Characters checked before a hidden part. What is open for longer never counts as closed."""

_SHORT_DOUBT = 500

_STIRS = re.compile(r"[\\`~|$\[\]<>:]|www\.", re.IGNORECASE)
"""What can raise a doubt where there was none."""


class Hider:
    """An answer on its way to Discord: its output only ever grows at the end."""

    def __init__(self) -> None:
        self._before = ""
        self._after_bars = False
        self._sure_at: int | None = None
        """Length of `_before` when it last left no doubt; None if it leaves some."""
        self._lost = False

    def add(self, text: str, hidden: Iterable[Span]) -> str:
        """The next part of the answer.

        Args:
            text: The new part. It ends neither within a hidden part, nor within one that may become hidden.
            hidden: Which parts of it to hide, counted from its own beginning. They may overlap.

        Returns:
            What to show of it, after the earlier output.
        """
        shown: list[str] = []
        at = 0
        for span in _merged(hidden):
            shown += (self._open(text[at : span.start]), self._hide(text[span.start : span.end]))
            at = span.end
        return "".join((*shown, self._open(text[at:])))

    @property
    def quick(self) -> bool:
        """Whether the next hidden part needs only a short check."""
        return self._lost or self._sure_at is not None or len(self._before) <= _SHORT_DOUBT

    def _open(self, text: str) -> str:
        if not text:
            return ""
        apart = APART if self._after_bars and _TOUCHES.match(text) else ""
        self._before += text
        self._after_bars = False
        return apart + text

    def _hide(self, text: str) -> str:
        return "".join(self._hide_line(line) for line in re.split(r"(\n)", text))

    def _hide_line(self, line: str) -> str:
        """Hides within one line: a list, a quotation or a message's end would cut a longer spoiler in two."""
        core = line.strip()
        if not core:
            return self._open(line)
        if core != line:  # bars with a space on both sides would not work
            start = line.index(core)
            end = start + len(core)
            return self._open(line[:start]) + self._hide_line(core) + self._open(line[end:])
        if not self._sure():
            self._before += _PLACEHOLDER
            self._after_bars = False
            return re.sub(r"\S", BLOCK, line)
        apart = APART if self._after_bars or _TOUCHES.match(self._before[-1:]) else ""
        self._before += _PLACEHOLDER
        self._after_bars = True
        return f"{apart}{BARS}{_unmarked(line)}{BARS}"

    def _sure(self) -> bool:
        """`sure_of_spoiler` for all earlier text, without checking the whole text each time."""
        if self._sure_at is not None and not _STIRS.search(self._before, self._sure_at):
            self._sure_at = len(self._before)
            return True
        self._sure_at = None
        self._settle()
        self._lost = self._lost or len(self._before) > LONGEST_DOUBT
        if self._lost:
            self._before = ""
            return False
        if sure_of_spoiler(self._before):
            self._sure_at = len(self._before)
        return self._sure_at is not None

    def _settle(self) -> None:
        """Keeps only the marks of the paragraphs before the last one, if nothing else in them matters."""
        end = self._before.rfind("\n\n") + len("\n\n")
        settled = self._before[:end]
        if end < len("\n\n") or end > LONGEST_DOUBT or not sure_of_spoiler(settled):
            return
        text, unescaped = _without_code(_ESCAPED.sub("", settled)), _without_code(settled)
        marks = dict.fromkeys(opened for opened, _ in _PAIRS)
        kept = [_KEPT.get(mark, mark) for mark in marks if mark in (text or "")]
        kept += [f"\\{mark}" for mark in marks if mark in (unescaped or "") and mark not in (text or "")]
        self._before = f"{' '.join(kept)}\n\n{self._before[end:]}" if kept else self._before[end:]


def masked(text: OthersText, hidden: Iterable[Span]) -> str:
    """A whole answer with parts hidden; the same as piece by piece through a `Hider`."""
    return Hider().add(text, hidden)


def sure_of_spoiler(before: OthersText) -> bool:
    """Whether a spoiler after this text certainly works, whatever follows.

    It is not within code, another spoiler, a formula, a table, a link, a tag or an address, or after a backslash; nor
    where one of these may turn out to have begun.
    """
    if before.endswith("\\") or _in_fence(before):
        return False
    # With escapes heeded, as Discord does, and without, as others do: we cannot know who reads the answer's marks.
    text, unescaped = _without_code(_ESCAPED.sub("", before)), _without_code(before)
    if text is None or unescaped is None or BARS in text or BARS in unescaped or text.count("$") % 2:
        return False
    if len(_FORMULA_OPENED.findall(unescaped)) > len(_FORMULA_CLOSED.findall(unescaped)):
        return False
    line = text.rpartition("\n")[2]
    paragraph = _LINK.sub("", text.rpartition("\n\n")[2])
    return not ("|" in line or "[" in paragraph or "<" in paragraph or _in_address(line))


def _in_fence(text: str) -> bool:
    """Whether a code block is open by Markdown's rules: line by line, where Discord looks for ticks anywhere."""
    opened = ""
    for found in _FENCE.finditer(text):
        mark, rest = found["mark"], found["rest"]
        if not opened:
            opened = "" if "`" in mark and "`" in rest else mark
        elif mark.startswith(opened) and not rest.strip():
            opened = ""
    return bool(opened)


def _without_code(text: str) -> str | None:
    """The text without its code, or None if the code's bounds are uncertain.

    A mark in what looks like code may pair up with one before it, and take a tick away with it; so may an address.
    """
    bare: list[str] = []
    opened: set[str] = set()
    at = 0
    for found in _CODE.finditer(text):
        bare.append(text[at : found.start()])
        opened.update(mark for mark, _ in _PAIRS if mark in bare[-1])
        code, at = found.group(), found.end()
        if _in_address("".join(bare[-2:])) or any(mark in opened and closes in code for mark, closes in _PAIRS):
            return None
    rest = "".join((*bare, text[at:]))
    return None if "`" in rest else rest


def _in_address(text: str) -> bool:
    """Whether the text ends in an address, or in something that may continue as one."""
    word = "" if text[-1:].isspace() else next(iter(text.rsplit(None, 1)[-1:]), "").lower()
    return "://" in word or "www." in word


def _unmarked(line: str) -> str:
    """A line with its marks disabled. Ticks cannot be escaped, so they become a character that looks like one."""
    return _MARKS.sub(r"\\\g<0>", line).replace("`", "\u02cb")


def _merged(spans: Iterable[Span]) -> list[Span]:
    """In order, with overlapping ones merged. Adjacent ones stay two: the first may be shown already."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        elif span.start < span.end:
            merged.append(span)
    return merged
