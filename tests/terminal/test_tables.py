"""Tables at every width: nothing wraps, nothing that matters is cut, no colour where none is wanted."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from grokbot.terminal.output import daemon_lines, tables
from grokbot.wire.grokbot import daemon_pb2

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ID = "01M83PPN343K2QWX5XTKVZHZYY"
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def entries() -> list[daemon_pb2.Entry]:
    """A long title that tries to do something, none at all, and one with wide characters."""
    made = []
    for title, words in (
        ("A \x1b[2Jtitle " + "that goes on " * 9, ""),
        ("", "what was said first"),
        ("空は青い" * 20, ""),
    ):
        entry = daemon_pb2.Entry(responses=1234, channel_id=900, first_words=words)
        entry.conversation.conversation_id = ID
        entry.conversation.title = title
        entry.conversation.starred = True
        entry.conversation.modify_time.FromDatetime(NOW - timedelta(hours=2))
        made.append(entry)
    return made


def spent() -> daemon_pb2.GetUsageResponse:
    used = daemon_pb2.Usage(answers=12_345, prompt_tokens=10**9, completion_tokens=10**7, cost_ticks=123 * 10**10)
    rows = [daemon_pb2.UsageRow(key=key, usage=used) for key in ("2026-11-23", "", "a\x1bb")]
    return daemon_pb2.GetUsageResponse(rows=rows, total=used)


def keys() -> list[daemon_pb2.Key]:
    key = daemon_pb2.Key(key_id=ID, owner_id=2**62, name="alice\n" + "with a long name " * 9)
    key.created_at.FromDatetime(NOW)
    return [key]


def drawn(what: object, width: int, *, colour: bool = True) -> list[str]:
    console = tables.Out(file=io.StringIO(), width=width, force_terminal=True, no_color=not colour)
    console.put(what)  # type: ignore[arg-type] # whatever rich can draw
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_table_is_as_wide_as_the_terminal_at_most_and_each_thing_takes_one_line(width: int) -> None:
    for table, rows in (
        (tables.conversations(entries(), NOW, width), 4),
        (tables.spent("day", spent(), width), 5),
        (tables.keys(keys(), NOW, width), 2),
    ):
        lines = [ESCAPES.sub("", line) for line in drawn(table, width)]
        assert len(lines) == rows
        assert "\x1b" not in "".join(lines), "what people write is no command to a terminal"
        assert max(len(line.rstrip()) for line in lines) <= width


@pytest.mark.parametrize(("width", "shown"), [(40, ID[-8:]), (80, ID[-8:]), (200, ID)])
def test_an_id_is_always_shown_so_that_it_can_be_used(width: int, shown: str) -> None:
    assert all(
        ESCAPES.sub("", line).startswith(f"{shown} ")
        for line in drawn(tables.conversations(entries(), NOW, width), width)[1:]
    )


def test_cost_and_time_are_never_cut() -> None:
    assert all("$123.00" in line for line in drawn(tables.spent("day", spent(), 40), 40)[1:])
    assert all("2 h ago" in line for line in drawn(tables.conversations(entries(), NOW, 40), 40)[1:])


def test_no_color_means_none() -> None:
    coloured = "".join(drawn(tables.conversations(entries(), NOW, 80), 80))
    plain = "".join(drawn(tables.conversations(entries(), NOW, 80), 80, colour=False))
    assert "\x1b[33m" in coloured
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", plain)


def test_lines_with_nothing_to_say_are_left_out() -> None:
    info = daemon_pb2.Info(model="grok-4.7", mode="stateless")
    names = [name for name, value in daemon_lines.info_lines(info, NOW) if value]
    assert names == ["Where", "Model", "Responses"]


def test_json_for_programs_moves_nothing_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "a\x1b[2J\x9b2J\x85\u202eb\u2066c\u200f\u061cd\u2028e\x7f\ud800 \U0001f469\u200d\U0001f680 Grüße"
    tables.print_json({"title": hostile})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"title": hostile}
    assert "Grüße" in printed
    assert [c for c in printed if c != "\n" and unicodedata.category(c) in {"Cc", "Zl", "Zp", "Cs"}] == []
    assert [c for c in printed if unicodedata.category(c) == "Cf"] == ["\u200d"]


def test_no_line_of_figures_moves_anything_on_a_terminal() -> None:
    shown = Console(width=200, force_terminal=False)
    with shown.capture() as captured:
        shown.print(tables.lines([("Model", "grok\x9b2J\u202e\u2066\n-4"), ("Where", "\u200fhere")]))
    assert [c for c in captured.get() if c != "\n" and unicodedata.category(c) in {"Cc", "Cf"}] == []
