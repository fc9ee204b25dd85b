from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.documents.tables_csv import MARK, Cell, csv_pieces, to_csv

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def read(made: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(made.decode("utf-8-sig"), newline=""), strict=True))


@given(st.lists(st.tuples(texts, texts), max_size=5))
def test_every_text_comes_back_but_for_the_apostrophe_that_disarms_it(rows: list[tuple[str, str]]) -> None:
    columns, *found = read(to_csv(["name", "reason"], rows))
    assert columns == ["name", "reason"]
    assert [[cell.replace("'", "") for cell in row] for row in found] == [
        [cell.replace("'", "") for cell in row] for row in rows
    ]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        " =1",
        "\u00a0=1",
        "\uff1d1",
        '=HYPERLINK("http://x","y")',
    ],
)
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert read(to_csv(["c"], [[text]]))[1] == [f"'{text}"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", ":", "^", "~"])
@pytest.mark.parametrize("before", ["a", "", "a\r\nb", 'say "hi"', "a,b;c\td|e"])
@pytest.mark.parametrize("begins", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", '"=1"', '\t"=cmd|x', "\uff1d1", "\u00a0=1"])
def test_no_cell_begins_like_a_formula_whatever_is_taken_for_its_end(separator: str, before: str, begins: str) -> None:
    content = to_csv(["c", "d"], [["x", f"{before}{separator}{begins}"], [f"{before}{separator}{begins}", -5]])
    for delimiter in (",", ";", "\t", "|", ":", "^", "~"):
        for row in csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter):
            for cell in row:
                if not cell.startswith("-5"):  # a number of ours
                    assert not re.match(r"[\s\"]*[=+\-@\uff1d]", cell), (delimiter, cell)


@pytest.mark.parametrize(
    "text", ["alice", "a - b", "x=1", "me@example.org", "5-3", "semi;colon, comma", "https://e.org/a-b"]
)
def test_an_honest_text_comes_back_as_it_was(text: str) -> None:
    assert read(to_csv(["c"], [[text]]))[1] == [text]


def test_numbers_times_and_nothing_stay_what_they_are() -> None:
    row: list[Cell] = [-5, 1.5, datetime(2026, 11, 23, 12, tzinfo=UTC), None, "alice"]
    assert read(to_csv(["a", "b", "c", "d", "e"], [row]))[1] == ["-5", "1.5", "2026-11-23T12:00:00+00:00", "", "alice"]


def test_it_is_utf_8_with_a_mark_once_and_lines_end_as_the_rfc_says() -> None:
    made = b"".join(csv_pieces(["who", "why"], [[["Zoë", "a,b"]], [], [["bob", 'said "no"\nand left']]]))
    assert made == MARK + 'who,why\r\nZoë,"a,b"\r\nbob,"said ""no""\nand left"\r\n'.encode()


def test_what_no_file_can_hold_is_replaced() -> None:
    assert to_csv(["c"], [["a\0\ud800"]]).decode("utf-8-sig") == "c\r\na\ufffd?\r\n"
