from __future__ import annotations

import csv
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
    assert [[cell.removeprefix("'") for cell in row] for row in found] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u00a0=1",
        "\uff1d1",
        '=HYPERLINK("http://x","y")',
    ],
)
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert read(to_csv(["c"], [[text]]))[1] == [f"'{text}"]


def test_numbers_times_and_nothing_stay_what_they_are() -> None:
    row: list[Cell] = [-5, 1.5, datetime(2026, 11, 23, 12, tzinfo=UTC), None, "alice"]
    assert read(to_csv(["a", "b", "c", "d", "e"], [row]))[1] == ["-5", "1.5", "2026-11-23T12:00:00+00:00", "", "alice"]


def test_it_is_utf_8_with_a_mark_once_and_lines_end_as_the_rfc_says() -> None:
    made = b"".join(csv_pieces(["who", "why"], [[["Zoë", "a,b"]], [], [["bob", 'said "no"\nand left']]]))
    assert made == MARK + 'who,why\r\nZoë,"a,b"\r\nbob,"said ""no""\nand left"\r\n'.encode()


def test_what_no_file_can_hold_is_replaced() -> None:
    assert to_csv(["c"], [["a\0\ud800"]]).decode("utf-8-sig") == "c\r\na\ufffd?\r\n"
