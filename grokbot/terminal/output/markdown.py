"""Markdown as terminal lines.

Not here: which part of a text is drawn when (`chat.stable_prefix`, `chat.live_pane`), the commands' tables (`tables`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from rich.markdown import Markdown, MarkdownElement, TableElement
from rich.segment import Segment
from rich.text import Text

from grokbot.terminal.chat.stable_prefix import DEEPEST, depth, parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from markdown_it.token import Token
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.table import Table

Line = list[Segment]

_NUMBER = re.compile(r"\[\d{1,4}\]")

MOST_COLUMNS = 100
"""Maximum width of prose: longer lines are hard to read."""


LEVEL_COLUMNS = 2
"""Maximum width that a level of quotes or lists takes: a list is two levels and three columns."""
LEAST_COLUMNS = 10


class FoldedTable(TableElement):
    """A table without truncation: a word wider than its column continues on the next line."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """As rich draws it, except for that."""
        for table in super().__rich_console__(console, options):
            for column in cast("Table", table).columns:
                column.overflow = "fold"
            yield table


class Written(Markdown):
    """Rich's Markdown with our rules."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {**Markdown.elements, "table_open": FoldedTable}

    def __init__(self, text: str) -> None:
        super().__init__("", hyperlinks=False, code_theme="ansi_dark", inline_code_theme="ansi_dark")
        self.parsed = [_with_numbers(token) for token in parsed(text)]
        self.markup = text


def _with_numbers(token: Token) -> Token:
    """Citations as their numbers alone: the addresses stand below the answer, and would hide the text here."""
    children = token.children or []
    for number in range(len(children) - 2):
        link, words, end = children[number : number + 3]
        if link.type == "link_open" and end.type == "link_close" and _NUMBER.fullmatch(words.content):
            link.type = end.type = "text"
    return token


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines that are already drawn."""

    lines: Sequence[Line]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Return them unchanged."""
        for line in self.lines:
            yield from line
            yield Segment.line()


def drawn(console: Console, blocks: Iterable[str]) -> list[Line]:
    """The lines of some blocks, with an empty one between two, none before and after."""
    width = min(console.width, MOST_COLUMNS)
    lines: list[Line] = []
    for block in blocks:
        whole = console.render_lines(_laid_out(block, width), console.options.update_width(width), pad=False)
        here = _trimmed([_without_padding(line) for line in whole])
        if here and lines:
            lines.append([])
        lines.extend(here)
    return lines


def _laid_out(block: str, width: int) -> RenderableType:
    """Markdown; unrendered if it is nested deeper than the width allows, since text would be lost."""
    written = Written(block)
    deep = depth(written.parsed)
    if deep > DEEPEST or LEVEL_COLUMNS * deep + LEAST_COLUMNS > max(width, LEAST_COLUMNS + 2 * LEVEL_COLUMNS):
        return Text(block, overflow="fold")
    return written


def _without_padding(line: Line) -> Line:
    """The line without invisible trailing blanks, so that copying it copies none, and a resize wraps none."""
    kept = list(line)
    while kept and not (kept[-1].style and (kept[-1].style.bgcolor or kept[-1].style.reverse)):
        last = kept.pop()
        if text := last.text.rstrip():
            kept.append(Segment(text, last.style))
            break
    return kept


def _trimmed(lines: list[Line]) -> list[Line]:
    """The lines without empty ones at either end."""
    filled = [number for number, line in enumerate(lines) if "".join(segment.text for segment in line).strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else []
