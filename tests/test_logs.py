"""How events are written: levels, the journal's priorities, and what libraries may never write."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import pytest

from grokbot.process import logs

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("grokbot")
    handlers, levels = list(root.handlers), (root.level, ours.level)
    yield
    for handler in list(root.handlers):
        root.removeHandler(handler)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


@pytest.mark.parametrize(
    ("level", "priority"),
    [("debug", 7), ("info", 6), ("warning", 4), ("error", 3), ("critical", 2)],
)
def test_the_journal_reads_syslogs_priority_from_each_line(
    level: str, priority: int, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("debug", journal=True)
    logging.getLogger("grokbot.x").log(logging.getLevelNamesMapping()[level.upper()], "an.event number=%d", 7)
    assert lines(capsys) == [f"<{priority}>{level.upper()} grokbot.x an.event number=7"]


def test_every_line_of_a_traceback_has_the_priority_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", journal=True)
    logging.getLogger("grokbot.x").error("an.event", exc_info=ValueError("cause"))
    written = lines(capsys)
    assert written[0] == "<3>ERROR grokbot.x an.event"
    assert written[-1] == "<3>ValueError: cause"
    assert all(line.startswith("<3>") for line in written)


def test_a_level_that_syslog_does_not_know_is_an_information(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", journal=True)
    logging.getLogger("grokbot.x").log(25, "an.event")
    assert lines(capsys) == ["<6>Level 25 grokbot.x an.event"]


def test_outside_the_journal_a_line_begins_with_the_time(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", journal=False)
    logging.getLogger("grokbot.x").info("an.event")
    [line] = lines(capsys)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO grokbot\.x an\.event", line)


def test_libraries_are_never_heard_at_debug_whatever_is_set(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug", journal=True)
    for library in ("discord.gateway", "sqlalchemy.engine", "aiosqlite", "grpc", "asyncio"):
        logging.getLogger(library).debug("somebody's words")
    assert lines(capsys) == []
    logging.getLogger("discord.gateway").info("connected")
    logging.getLogger("grokbot.x").debug("an.event")
    assert lines(capsys) == ["<6>INFO discord.gateway connected", "<7>DEBUG grokbot.x an.event"]


@pytest.mark.parametrize(("level", "heard"), [("info", 3), ("warning", 2), ("error", 1)])
def test_less_important_events_than_set_are_not_written(
    level: str, heard: int, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(level, journal=True)
    for name in ("grokbot.x", "discord"):
        for importance in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            logging.getLogger(name).log(importance, "an.event")
    written = lines(capsys)
    assert len([line for line in written if "grokbot.x" in line]) == heard
    assert len([line for line in written if "discord" in line]) == heard


def test_configuring_twice_writes_each_event_once(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", journal=True)
    logs.configure("info", journal=True)
    logging.getLogger("grokbot.x").info("an.event")
    assert len(lines(capsys)) == 1
