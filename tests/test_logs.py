"""How events are written: at a terminal, to the journal, as JSON; with their turn, and without anybody's text."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import socket
import struct
import sys
import threading
from typing import TYPE_CHECKING, Any

import discord
import pytest

from grokbot.conversation.errors import GrokError, GrokFailure, UserError
from grokbot.process import logs
from grokbot.process.logs import formats, journal
from grokbot.process.logs.journal import JournalHandler
from grokbot.process.turn_id import current_turn, of_turn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORDS = "somebody's words"
LIBRARIES = ("discord.gateway", "sqlalchemy.engine", "aiosqlite", "grpc", "asyncio")


@pytest.fixture(autouse=True)
def _no_journal(logging_as_it_was: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:  # noqa: ARG001
    monkeypatch.setattr(journal, "SOCKET", str(tmp_path / "nobody"))
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def ours() -> logging.Logger:
    return logging.getLogger("grokbot.engine.turns.runner")


# The journal


@pytest.mark.parametrize(
    ("level", "priority"),
    [("debug", 7), ("info", 6), ("warning", 4), ("error", 3), ("critical", 2)],
)
def test_where_the_journal_is_away_lines_have_syslogs_priority(
    level: str, priority: int, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("debug", "journal")
    logging.getLogger("grokbot.x").log(logging.getLevelNamesMapping()[level.upper()], "an.event number=%d", 7)
    assert lines(capsys) == [f"<{priority}>{level.upper()} grokbot.x an.event number=7"]


def test_every_line_of_a_traceback_has_the_priority_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "journal")
    logging.getLogger("grokbot.x").error("an.event", exc_info=ValueError(WORDS))
    written = lines(capsys)
    assert written[0] == "<3>ERROR grokbot.x an.event"
    assert written[-1] == "<3>ValueError"
    assert all(line.startswith("<3>") for line in written)


def test_a_level_that_syslog_does_not_know_is_an_information(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "journal")
    logging.getLogger("grokbot.x").log(25, "an.event")
    assert lines(capsys) == ["<6>Level 25 grokbot.x an.event"]


def entry(data: bytes) -> dict[str, str]:
    """As systemd.io/JOURNAL_NATIVE_PROTOCOL reads it."""
    found, at = {}, 0
    while at < len(data):
        end = data.index(b"\n", at)
        name, same, value = data[at:end].partition(b"=")
        at = end + 1
        if not same:
            [size] = struct.unpack_from("<Q", data, at)
            value = data[at + 8 : at + 8 + size]
            at += 8 + size + 1
        found[name.decode()] = value.decode()
    return found


def test_the_journal_gets_one_entry_for_an_event_with_its_turn_fields_and_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(journal, "SOCKET", str(tmp_path / "journal"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "journal"))
        listening.settimeout(5)
        logs.configure("info", "journal")
        with of_turn("01TURN"):
            ours().error("an.event number=%d", 7, exc_info=ValueError(WORDS))
        got = entry(listening.recv(100_000))
    assert lines(capsys) == []
    first, *rest = got.pop("MESSAGE").splitlines()
    assert (first, rest[-1]) == ("an.event number=7 turn=01TURN", "ValueError")
    assert got == {
        "PRIORITY": "3",
        "SYSLOG_IDENTIFIER": "grokbot",
        "GROKBOT_LOGGER": "grokbot.engine.turns.runner",
        "GROKBOT_NAME": "turns",
        "GROKBOT_EVENT": "an.event",
        "GROKBOT_TURN": "01TURN",
    }


def test_auto_is_the_journal_only_while_standard_error_is_still_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "stderr").open("w") as stream:
        monkeypatch.setattr("sys.stderr", stream)
        here = os.fstat(stream.fileno())
        for named, prefix in ((f"{here.st_dev}:{here.st_ino}", "<6>"), ("1:2", "2")):
            monkeypatch.setenv("JOURNAL_STREAM", named)
            logs.configure("info")
            ours().info("an.event")
            stream.flush()
            assert (tmp_path / "stderr").read_text().splitlines()[-1].startswith(prefix)


# A terminal


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_at_a_terminal_a_line_has_time_level_short_name_and_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stderr", shown := Terminal())
    logs.configure("info", "terminal")
    ours().warning("an.event number=%d", 7)
    plain = re.sub(r"\033\[[\d;]*m", "", shown.getvalue())
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} WARNING  turns      an\.event number=7\n", plain)
    assert "\033[33mWARNING" in shown.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    logs.configure("info", "terminal")
    monkeypatch.setattr("sys.stderr", shown := Terminal())
    logs.configure("info", "terminal")
    ours().warning("an.event number=%d", 7)
    assert "\033" not in shown.getvalue()


def test_a_file_has_the_date_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    ours().info("an.event")
    [line] = lines(capsys)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} INFO     turns      an\.event", line)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("grokbot.engine.turns.runner", "turns"),
        ("grokbot.discord_bot.answers.buttons.row", "buttons"),
        ("grokbot.xai.client", "xai"),
        ("grokbot.daemon", "daemon"),
        ("discord.gateway", "discord"),
    ],
)
def test_a_name_is_short(name: str, short: str) -> None:
    assert formats.short_name(name) == short


# JSON


def test_json_has_the_fields_as_they_were_given(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    with of_turn("01TURN"):
        ours().info("turn.end state=%s characters=%d dollars=%.6f", "done", 12, 0.0034)
        ours().warning("an event of %d words", 3)
    ours().error("an.event trouble=%s", UserError("ours"), exc_info=KeyError(WORDS))
    first, second, third = map(json.loads, lines(capsys))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", first.pop("time"))
    assert first == {
        "level": "info",
        "logger": "grokbot.engine.turns.runner",
        "event": "turn.end",
        "turn": "01TURN",
        "state": "done",
        "characters": 12,
        "dollars": 0.0034,
    }
    assert second["event"] == "an event of 3 words"
    assert third["trouble"] == "ours"
    assert third["traceback"].endswith("KeyError")


# The turn


def test_a_line_names_its_turn_once(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "terminal")
    with of_turn("01TURN"):
        ours().info("an.event")
        ours().info("an.event turn=%s", "01TURN")
        with of_turn(""):
            ours().info("an.event")
    assert [line.count("turn=01TURN") for line in lines(capsys)] == [1, 1, 0]
    assert current_turn() == ""


# What is never written


class Response:
    status, reason = 400, WORDS


def failures() -> Iterator[BaseException]:
    yield ValueError(WORDS)
    yield KeyError(WORDS)
    yield OSError(28, WORDS)
    yield UserError(WORDS)
    yield GrokError(GrokFailure.BAD_REQUEST, f"INVALID_ARGUMENT: {WORDS}")
    yield discord.HTTPException(Response(), {"code": 50035, "message": WORDS})  # type: ignore[arg-type] # all it reads
    yield ExceptionGroup(WORDS, [ValueError(WORDS), OSError(WORDS)])
    try:
        try:
            int(WORDS)
        except ValueError as error:
            raise RuntimeError(WORDS) from error
    except RuntimeError as error:
        error.add_note(WORDS)
        yield error


@pytest.mark.parametrize("log_format", ["terminal", "journal", "json"])
def test_no_error_brings_its_text_but_its_kind_and_codes(log_format: Any, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug", log_format)
    for error in failures():
        ours().error("an.event", exc_info=error)
    written = capsys.readouterr().err
    assert WORDS not in written
    assert "int(WORDS)" in written  # the source is there, its values are not
    for told in ("OSError: errno=28", "kind=bad_request", "HTTPException: status=400 code=50035", "RuntimeError"):
        assert told in written


def test_what_nobody_catches_is_logged_without_its_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    logs.configure("info", "terminal")
    logs.log_uncaught()
    error = ValueError(WORDS)
    sys.excepthook(ValueError, error, None)
    thread = threading.Thread(target=int, args=(WORDS,))
    thread.start()
    thread.join()
    written = capsys.readouterr().err
    assert "process.failed" in written
    assert "thread.failed" in written
    assert WORDS not in written


@pytest.mark.parametrize("log_format", ["terminal", "journal", "json"])
def test_libraries_bring_words_of_their_own_and_numbers(log_format: Any, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug", log_format)
    for library in LIBRARIES:
        logging.getLogger(library).debug(WORDS)
    assert lines(capsys) == []
    logging.getLogger("discord.http").warning("%s %s is limited for %.2f s", "POST", f"/webhooks/1/{WORDS}", 1.5)
    logging.getLogger("asyncio").error(f"Task exception was never retrieved\nfuture: <Task {WORDS}>")  # noqa: G004
    logging.getLogger("pypdf").warning(WORDS)
    first, second, third = lines(capsys)
    assert "… … is limited for 1.5 s" in first
    assert "Task exception was never retrieved" in second
    assert WORDS not in first + second + third


@pytest.mark.parametrize(("level", "heard"), [("info", 3), ("warning", 2), ("error", 1)])
def test_less_important_events_than_set_are_not_written(
    level: str, heard: int, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(level, "journal")
    for name in ("grokbot.x", "discord"):
        for importance in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            logging.getLogger(name).log(importance, "an.event")
    written = lines(capsys)
    assert len([line for line in written if "grokbot.x" in line]) == heard
    assert len([line for line in written if "discord" in line]) == heard


def test_configuring_again_writes_each_event_once_and_changes_level_and_format(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("info", "journal")
    logs.configure("info", "terminal")
    ours().info("an.event")
    assert len(lines(capsys)) == 1
    logs.reconfigure("debug", "json")
    ours().debug("an.event")
    [line] = lines(capsys)
    assert json.loads(line)["level"] == "debug"
    logs.reconfigure("debug", "journal")
    [journal] = [each for each in logging.getLogger().handlers if isinstance(each, JournalHandler)]
    logs.reconfigure("debug", "json")
    assert journal._socket.fileno() == -1, "each reload would leave a socket open"
