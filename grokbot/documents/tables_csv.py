"""A table as CSV (RFC 4180) that is safe to open in any spreadsheet.

Here: quoting and escaping formulas. Not here: which columns (`engine`), sending it (`discord_bot`).

UTF-8 with a byte order mark: without one Excel assumes the machine's old code page and garbles every non-English
name; LibreOffice, Google Sheets and Python's `utf-8-sig` remove it.
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
"""Starts of text that a spreadsheet may take for a formula (OWASP, "CSV Injection"): also full-width signs,
and signs after spaces and quotes that some strip."""

_FORMULA = re.compile(rf"{_SIGN}|[\t\r\n]")
_INSIDE = re.compile(rf"(?<=[,;\t|:^~\r\n\v\f\x85\u2028\u2029])(?={_SIGN})")
"""The same after characters that may be configured as cell or row separators: quoting only helps if the separator
is the comma."""


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The whole table, column names first. Each row has one cell per column.

    Texts that look like a formula get an apostrophe in front, and so do their parts after any separator; numbers stay
    numbers, negative ones too. Times are in ISO 8601, and None is an empty cell.
    """
    return b"".join(csv_pieces(columns, [rows]))


def csv_pieces(columns: Sequence[str], batches: Iterable[Iterable[Sequence[Cell]]]) -> Iterator[bytes]:
    """The same in pieces: byte order mark and names, then each batch of rows."""
    yield MARK + csv_lines([columns])
    for batch in batches:
        yield csv_lines(batch)


def csv_lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """The lines of some rows, without the byte order mark."""
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
