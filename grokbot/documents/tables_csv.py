"""A table as CSV (RFC 4180) that may be opened in any spreadsheet without harm.

Here: quoting and disarming. Not here: which columns there are (`engine`), how it is sent (`discord_bot`).

UTF-8 with a byte order mark: without one Excel takes the file for the machine's old code page and garbles every name
that is not English; LibreOffice, Google Sheets and Python's `utf-8-sig` take it away.
"""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

Cell: TypeAlias = "str | int | float | datetime | None"

MARK = b"\xef\xbb\xbf"

_SIGN = r"[\s\"]*[=+\-@\uff1d\uff0b\uff0d\uff20]"
"""How text begins that a spreadsheet may take for a formula (OWASP, "CSV Injection"): also as East Asia's wide signs,
and behind space and quotes that some of them strip."""

_FORMULA = re.compile(rf"{_SIGN}|[\t\r\n]")
_INSIDE = re.compile(rf"(?<=[,;\t|:^~\r\n\v\f\x85\u2028\u2029])(?={_SIGN})")
"""The same behind what a spreadsheet may be told to take for the end of a cell, or of a row: quotes help only where it
takes the comma for it."""


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The whole table, its names first. Each row has as many cells as there are columns.

    Texts that begin like a formula get an apostrophe in front, and so do their parts behind any separator; numbers stay
    numbers, below zero too. Times are in ISO 8601, and None is an empty cell.
    """
    return b"".join(csv_pieces(columns, [rows]))


def csv_pieces(columns: Sequence[str], batches: Iterable[Iterable[Sequence[Cell]]]) -> Iterator[bytes]:
    """The same, piece by piece: the mark with the names, then each batch of rows."""
    yield MARK + csv_lines([columns])
    for batch in batches:
        yield csv_lines(batch)


def csv_lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Lines of such a table, with no mark in front."""
    written = StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_cell(cell) for cell in row])
    return written.getvalue().encode("utf-8", "replace")


def _cell(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return cell
    if not isinstance(cell, str):
        return cell.isoformat()
    text = _INSIDE.sub("'", cell.replace("\0", "\ufffd"))
    return f"'{text}" if _FORMULA.match(text) else text
