"""Reads a table's rows and lays them out while they arrive: as a code block with columns, or as records if too wide.

Not here: the words in a cell (`inline_translator`).

A table that is shown is in the last message, where its columns may move. If it has closed the message before it, it
stays a code block: it can then only grow, and the closed message stays closed.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from rich.cells import cell_len

from grokbot.discord_bot.markdown.splitter import Overflow, Splitter

PHONE_COLUMNS = 40
"""Characters of a code block line before a phone wraps it (observed, not documented)."""
LONGEST_BLOCK = 900
"""Characters of one code block: this fits after text that fills half a message."""
_GAP = "  "
_BREAK = "\u200b"
_ESCAPED_OR_BAR = re.compile(r"(?:\\\\|\\\||[^|])+|\|")
_DELIMITER = re.compile(r":?-+:?\Z")


class Align(Enum):
    """Alignment of a column."""

    LEFT = auto()
    CENTRE = auto()
    RIGHT = auto()


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell, for both layouts."""

    plain: str
    """For a code block: no marks."""
    rich: str
    """For a record: Discord's Markdown."""
    notes: tuple[str, ...] = ()
    """Links of its citations, which stand below a code block."""


def cells_of(row: str) -> list[str]:
    r"""The cells of a row, without the bars at both ends; `\|` is a bar inside a cell."""
    own = row.strip().removeprefix("|")
    cells = [""]
    for found in _ESCAPED_OR_BAR.finditer(own):
        if found.group() == "|":
            cells.append("")
        else:
            cells[-1] += found.group().replace("\\|", "|")
    if own.endswith("|") and len(cells) > 1 and not cells[-1]:
        cells.pop()
    return [cell.strip() for cell in cells]


def alignments(row: str) -> tuple[Align, ...] | None:
    """The alignments in the row under a table's head; None if it is no such row."""
    if "-" not in row or "|" not in row:
        return None
    cells = cells_of(row)
    if not all(_DELIMITER.match(cell) for cell in cells):
        return None
    sides = {(False, False): Align.LEFT, (True, False): Align.LEFT, (False, True): Align.RIGHT}
    return tuple(sides.get((cell.startswith(":"), cell.endswith(":")), Align.CENTRE) for cell in cells)


@dataclass(frozen=True, slots=True)
class Table:
    """A head and the rows under it."""

    container: str
    """Prefix of each line: quote marks and indentation."""
    head: tuple[Cell, ...]
    aligns: tuple[Align, ...]
    rows: tuple[tuple[Cell, ...], ...] = ()
    lead: str | None = None
    """Prefix of the first line instead, until it is used: a list's mark."""
    widths: tuple[int, ...] = ()
    """Width of each column."""
    drawn: tuple[str, ...] = ()
    """The rows as lines, kept so that a new row draws only itself."""

    def __post_init__(self) -> None:
        if not self.widths:
            object.__setattr__(self, "widths", _widened((1,) * len(self.head), self.head))

    def with_row(self, row: tuple[Cell, ...]) -> "Table":
        """The table with one more row."""
        rows, widths = (*self.rows, row), _widened(self.widths, row)
        kept = self.drawn if widths == self.widths else tuple(self._line(each, widths) for each in self.rows)
        return replace(self, rows=rows, widths=widths, drawn=(*kept, self._line(row, widths)))

    def row(self, cells: Sequence[str], read: Callable[[str], Cell]) -> tuple[Cell, ...]:
        """A row as wide as the head: missing cells are empty, extra ones join the last."""
        width = len(self.head)
        whole = [*cells[: width - 1], " | ".join(cells[width - 1 :])] if len(cells) > width else list(cells)
        return tuple(read(cell) for cell in whole + [""] * (width - len(whole)))

    @property
    def too_wide(self) -> bool:
        """Whether its lines would wrap on a phone."""
        widths = self.widths
        return cell_len(self.container) + sum(widths) + len(_GAP) * (len(widths) - 1) > PHONE_COLUMNS

    def block(self) -> str:
        """The table as a code block, without a line break at its end."""
        head = [self._line(self.head, self.widths), _GAP.join("─" * width for width in self.widths)]
        return self._written(["```", *head, *self.drawn, "```", *_notes(self.head, *self.rows)])

    def record(self, row: Sequence[Cell]) -> str:
        """One row as lines of `**head**: value`, without a line break at its end."""
        named = [
            f"**{head.plain}**: {cell.rich}" if head.plain else cell.rich
            for head, cell in zip(self.head, row, strict=True)
            if cell.rich
        ]
        return self._written([*_notes(self.head), *named])

    def bare(self) -> str:
        """The head of a table without rows that is too wide for a code block."""
        named = " · ".join(f"**{head.plain}**" for head in self.head if head.plain)
        return self._written([named, *_notes(self.head)])

    def begun(self) -> "Table":
        """What follows once a part was given out: the same columns, without rows."""
        head = tuple(replace(cell, notes=()) for cell in self.head)
        return replace(self, head=head, rows=(), widths=(), drawn=(), lead=None)

    def _written(self, lines: Sequence[str]) -> str:
        firsts = [self.container if self.lead is None else self.lead, *[self.container] * len(lines)]
        return "\n".join(f"{before}{line}" for before, line in zip(firsts, lines, strict=False))

    def _line(self, row: Sequence[Cell], widths: Sequence[int]) -> str:
        padded = (
            _padded(cell.plain, width, align) for cell, width, align in zip(row, widths, self.aligns, strict=True)
        )
        return _GAP.join(padded).rstrip().replace("```", f"`{_BREAK}`{_BREAK}`")


def _notes(*rows: Sequence[Cell]) -> Sequence[str]:
    """The line with the links of these cells, if they have any."""
    notes = [note for row in rows for cell in row for note in cell.notes]
    return [" ".join(notes)] if notes else []


def _widened(widths: tuple[int, ...], row: tuple[Cell, ...]) -> tuple[int, ...]:
    return tuple(max(width, cell_len(cell.plain)) for width, cell in zip(widths, row, strict=True))


def _padded(text: str, width: int, align: Align) -> str:
    spare = width - cell_len(text)
    left = spare if align is Align.RIGHT else spare // 2 if align is Align.CENTRE else 0
    return " " * left + text + " " * (spare - left)


class TableUnderway:
    """A table whose rows are arriving."""

    def __init__(self, table: Table) -> None:
        self.table = table
        """The head, and the rows not yet given out."""
        self._any = False  # something of it has been given out
        self._behind: Splitter | None = None  # its position if it closed the message before it: it stays a block
        self._as_records = table.too_wide

    def preview(self) -> str:
        """The rows not yet given out, as they look now."""
        return self.table.block() + "\n" if self.table.rows else ""

    def row(self, cells: tuple[Cell, ...], give: Callable[[str], None], splitter: Splitter) -> None:
        """Adds a row and gives out what is final.

        Args:
            cells: The row, as wide as the head.
            give: Takes text that is final.
            splitter: Holds the text before the table.
        """
        longer = self.table.with_row(cells)
        if self._as_records or longer.too_wide:
            self._records(cells, give)
            return
        if self.table.rows and not self._room(longer, splitter):
            self._block(self.table, give)
            longer = self.table.with_row(cells)
        if self.table.rows or self._room(longer, splitter):
            self.table = longer
        else:
            self._block(longer, give)

    def _room(self, table: Table, splitter: Splitter) -> bool:
        """Whether these rows can wait, because no cut goes through them."""
        block = table.block() + "\n"
        becomes, behind = (self._behind or splitter).trial(block)
        if becomes is Overflow.CLEAN:
            self._behind = behind
        return becomes is not Overflow.TORN and len(block) <= LONGEST_BLOCK

    def rest(self, give: Callable[[str], None]) -> None:
        """Gives out the rest when the table ends."""
        if self.table.rows or not self._any:
            give((self.table.bare() if self._as_records else self.table.block()) + "\n")

    def _block(self, table: Table, give: Callable[[str], None]) -> None:
        give(table.block() + "\n")
        self.table, self._any, self._behind = table.begun(), True, None

    def _records(self, cells: tuple[Cell, ...], give: Callable[[str], None]) -> None:
        rows = (*self.table.rows, cells)
        if self._behind and self.table.rows:
            self._block(self.table, give)
            rows = (cells,)
        self.table, self._as_records = replace(self.table, rows=(), widths=(), drawn=()), True
        for row in rows:
            if record := self.table.record(row):
                give((f"{self.table.container.rstrip()}\n" if self._any else "") + record + "\n")
                self.table, self._any = self.table.begun(), True
