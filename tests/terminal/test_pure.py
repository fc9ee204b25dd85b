"""Figures, ids, slash commands: what is written, and what is read of what is typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from grokbot.terminal import short_ids
from grokbot.terminal.chat import known_conversation, slash_commands
from grokbot.terminal.chat.live_pane import searching
from grokbot.terminal.exits import CommandFailedError
from grokbot.terminal.output import formats
from grokbot.terminal.output.markdown import Written
from grokbot.wire.grokbot import daemon_pb2
from grokbot.wire.prompt_ide import chat_pb2

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ticks", "text"),
    [
        (None, ""),
        (0, "$0.00"),
        (5, "<$0.0001"),
        (123 * 10**6, "$0.0123"),
        (10**10, "$1.00"),
        (12_345 * 10**10, "$12,345.00"),
    ],
)
def test_money_is_as_exact_as_helps(ticks: int | None, text: str) -> None:
    assert formats.money(ticks) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "now"), (4, "now"), (59, "59 s ago"), (60, "1 min ago"), (7200, "2 h ago"), (86400 * 3, "3 d ago")],
)
def test_how_long_ago_is_said_in_the_largest_unit(seconds: int, text: str) -> None:
    assert formats.ago(NOW - timedelta(seconds=seconds), NOW) == text


def test_long_ago_is_a_date_and_never_is_nothing() -> None:
    assert formats.ago(NOW - timedelta(days=100), NOW).startswith("2026-08-1")
    assert formats.ago(None, NOW) == formats.local(None) == ""
    assert formats.iso(None) is None
    assert formats.iso(NOW.astimezone()) == "2026-11-23T12:00:00Z"


def test_nothing_that_anybody_writes_reaches_the_terminal_as_a_command() -> None:
    evil = "a\x1b[2J\x1b]0;title\x07b\x9b31mc\r\nd\x00\u202ee\tf"
    assert formats.printable(evil) == "a[2J]0;titleb31mc\nde\tf"
    assert formats.in_a_line(" a\n\n b\x1b ") == "a b"


IDS = ["01M83PPN343K2QWX5XTKVZHZYY", "01M83PPN3A3K2QWX5XTKVZAAAA", "01M83QQQ3A3K2QWX5XTKVZZHYY"]


@pytest.mark.parametrize(
    ("given", "meant"), [("ZHZYY", 0), ("zhzyy", 0), ("01M83Q", 2), (IDS[1], 1), (IDS[1].lower(), 1)]
)
def test_an_id_is_meant_by_its_beginning_or_its_end(given: str, meant: int) -> None:
    assert short_ids.picked(given, IDS) == IDS[meant]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("ZZZZ", "no conversation"),
        ("01M8", "matches 3"),
        ("ZYY", "at least 4"),
        ("a b c d", "not the id"),
        ("", "not the id"),
    ],
)
def test_an_id_that_is_none_or_several_is_told_so(given: str, told: str) -> None:
    with pytest.raises(CommandFailedError, match=told) as failed:
        short_ids.picked(given, IDS)
    assert failed.value.exit_code == 3


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (" hello \n", "hello"),
        ("", ""),
        ("/title A new  name", slash_commands.SlashCommand("title", "A new  name")),
        ("/HELP", slash_commands.SlashCommand("help", "")),
        ("//etc/passwd is a file", "/etc/passwd is a file"),
        ("1/2", "1/2"),
    ],
)
def test_a_line_is_a_command_or_what_is_said(line: str, wanted: slash_commands.SlashCommand | str) -> None:
    assert slash_commands.read(line) == wanted


def test_commands_are_offered_while_their_name_is_typed() -> None:
    assert slash_commands.beginning_so("/un") == ("unstar", "unshare")
    assert set(slash_commands.beginning_so("/")) == set(slash_commands.COMMANDS)
    assert (
        slash_commands.beginning_so("un")
        == slash_commands.beginning_so("//")
        == slash_commands.beginning_so("/title x")
        == ()
    )


def happened(id_: str, sender: str, parent: str, *, partial: bool = False) -> daemon_pb2.Happening:
    said = chat_pb2.Response(response_id=id_, sender=sender, parent_response_id=parent, message="x", partial=partial)
    if sender == "human":
        return daemon_pb2.Happening(user_response=said)
    return daemon_pb2.Happening(model_response=said)


@pytest.mark.parametrize(
    ("parent", "partial", "leaf"),
    [("first", False, "answer"), ("first", True, "first"), ("another", False, "first")],
)
def test_what_is_said_next_goes_below_an_answer_as_soon_as_it_is_shown(parent: str, partial: bool, leaf: str) -> None:
    known = known_conversation.Known("conversation", leaf_id="first")
    known.told(happened("question", "human", parent))
    assert known.told(happened("answer", "model", "question", partial=partial)) is not None
    assert known.leaf_id == leaf


def test_a_citation_is_its_number_alone_and_other_links_keep_their_address() -> None:
    console = Console(width=80, file=StringIO())
    console.print(Written("Owls see[[1]](https://a.example/x_(y))[[2]](https://b.example). [so](https://c.example)"))
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue().strip() == "Owls see[1][2]. so (https://c.example)"


@pytest.mark.parametrize(
    ("query", "source", "doing", "done"),
    [
        ("owls", "web", "Searching the web for “owls”", "Searched the web for “owls”"),
        ("https://www.nasa.gov/a", "web", "Opening nasa.gov", "Opened nasa.gov"),
        ("https://x.com/i/status/1", "x", "Reading a post on X", "Read a post on X"),
        ("", "code", "Running code", "Ran code"),
        ("", "", "Searching around", "Searched around"),
    ],
)
def test_what_is_looked_up_is_said_in_words(query: str, source: str, doing: str, done: str) -> None:
    assert (searching(query, source), searching(query, source, done=True)) == (doing, done)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 kB"), (12_345, "12 kB"), (10**6, "1.0 MB"), (987_654_321, "987.7 MB"), (2_345 * 10**9, "2,345.0 GB")],
)
def test_a_size_in_words(count: int, text: str) -> None:
    assert formats.size_of(count) == text
