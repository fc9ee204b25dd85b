"""How a record is laid out: for people at a terminal, as JSON, or with syslog's priority before each line.

Not here: what of it may be written (`safe_text`), the journal's own protocol (`journal`).
"""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

from grokbot.conversation.text import ENGLISH, in_language
from grokbot.process.logs.safe_text import fields_of, is_ours, message_of, traceback_of
from grokbot.process.turn_id import current_turn

if TYPE_CHECKING:
    from collections.abc import Mapping

PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
"""syslog's levels."""

COLOURS: Mapping[int, str] = {
    logging.DEBUG: "2",
    logging.INFO: "32",
    logging.WARNING: "33",
    logging.ERROR: "31",
    logging.CRITICAL: "1;31",
}
BOLD, DIM = "1", "2"
NAME_WIDTH = 10


def priority_of(record: logging.LogRecord) -> int:
    """The level as syslog counts; a level of a library's own is an information."""
    return PRIORITIES.get(record.levelno, PRIORITIES[logging.INFO])


def line_of(record: logging.LogRecord) -> str:
    """The event, its fields and its turn, in English, whoever is being answered."""
    with in_language(ENGLISH):
        message, turn = message_of(record), current_turn()
    return f"{message} turn={turn}" if turn and " turn=" not in message else message


def error_of(record: logging.LogRecord) -> str:
    """The traceback of the record's error; "" if it has none."""
    error = record.exc_info[1] if record.exc_info else None
    return traceback_of(error) if error is not None else ""


def short_name(name: str) -> str:
    """A logger's name for people: the folder that it is in, such as `turns`; a library's first word."""
    parts = name.split(".")
    if parts[0] != "grokbot":
        return parts[0]
    return parts[-2] if len(parts) > 2 else parts[-1]  # noqa: PLR2004 - grokbot.room.module and deeper


class TerminalFormatter(logging.Formatter):
    """Time, level, short name, event; in colours if the terminal has them, with the date if it is a file."""

    def __init__(self, *, colours: bool, dates: bool) -> None:
        super().__init__()
        self._colours = colours
        self._time = "%Y-%m-%d %H:%M:%S" if dates else "%H:%M:%S"

    @classmethod
    def of_stream(cls, stream: IO[str]) -> TerminalFormatter:
        """The one that fits a stream."""
        terminal = stream.isatty()
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        return cls(colours=terminal and not plain, dates=not terminal)

    def format(self, record: logging.LogRecord) -> str:
        """The record on one line, with its traceback below."""
        # In local time, as people at a terminal expect it.
        at = datetime.fromtimestamp(record.created).astimezone().strftime(self._time)
        time = self._in(DIM, f"{at}.{int(record.msecs):03d}")
        level = self._in(COLOURS.get(record.levelno, ""), f"{record.levelname:<8}")
        name = self._in(DIM, f"{short_name(record.name):<{NAME_WIDTH}}")
        event, _, rest = line_of(record).partition(" ")
        line = f"{time} {level} {name} {self._in(BOLD if is_ours(record) else '', event)} {rest}".rstrip()
        error = error_of(record)
        return f"{line}\n{error}" if error else line

    def _in(self, colour: str, text: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._colours and colour else text


class JsonFormatter(logging.Formatter):
    """One object a line: time, level, logger, event, turn, the event's fields, and a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        with in_language(ENGLISH):
            event, fields = fields_of(record)
        turn = current_turn()
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": event,
            **({"turn": turn} if turn else {}),
            **fields,
        }
        if error := error_of(record):
            told["traceback"] = error
        return json.dumps(told, ensure_ascii=False)


class PrefixFormatter(logging.Formatter):
    """For standard error as systemd reads it, which records the time itself: `<n>` before each line (sd-daemon(3))."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with its priority before each line."""
        name = record.name if is_ours(record) else short_name(record.name)
        text = f"{record.levelname} {name} {line_of(record)}\n{error_of(record)}"
        return "\n".join(f"<{priority_of(record)}>{line}" for line in text.splitlines())
