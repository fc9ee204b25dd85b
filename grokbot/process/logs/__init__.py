"""The log: one event a line or record, with its name, its fields and its turn; never people's text, names or secrets.

Other libraries log at `info` at most: at `debug` they write messages and statements with people's text.
Not here: what is logged.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import TYPE_CHECKING, Literal

from grokbot.process.logs.formats import JsonFormatter, PrefixFormatter, TerminalFormatter
from grokbot.process.logs.journal import JournalHandler

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["LogFormat", "configure", "log_uncaught", "reconfigure"]

log = logging.getLogger(__name__)

LogFormat = Literal["auto", "terminal", "journal", "json"]


def configure(level: str, log_format: LogFormat = "auto") -> None:
    """Send events to standard error or the journal.

    Args:
        level: The lowest level of our own events to log, such as `info`.
        log_format: How events are written; auto: for the journal if systemd reads standard error, else for people.
    """
    logging.basicConfig(level=logging.INFO, handlers=[_handler(log_format)], force=True)
    _set_level(level)


def reconfigure(level: str, log_format: LogFormat) -> None:
    """The same from now on with another level and format, where `configure` was called.

    Args:
        level: As there.
        log_format: As there.
    """
    root = logging.getLogger()
    for before in root.handlers:
        if isinstance(before.formatter, TerminalFormatter | JsonFormatter | PrefixFormatter):
            root.removeHandler(before)
            root.addHandler(_handler(log_format))
            before.close()
            break
    _set_level(level)


def log_uncaught() -> None:
    """Errors that nobody catches, in any thread, go to the log: Python would write their texts to standard error."""

    def uncaught(_kind: type[BaseException], error: BaseException, _way: TracebackType | None) -> None:
        log.critical("process.failed", exc_info=error)

    def in_thread(told: threading.ExceptHookArgs) -> None:
        log.critical("thread.failed", exc_info=told.exc_value)

    def unraisable(told: sys.UnraisableHookArgs) -> None:
        log.error("object.failed", exc_info=told.exc_value)

    sys.excepthook, threading.excepthook, sys.unraisablehook = uncaught, in_thread, unraisable


def _set_level(level: str) -> None:
    ours = logging.getLevelNamesMapping()[level.upper()]
    logging.getLogger().setLevel(max(ours, logging.INFO))
    logging.getLogger("alembic").setLevel(logging.WARNING)  # the store logs migrations itself
    logging.getLogger("grokbot").setLevel(ours)


def _handler(log_format: LogFormat) -> logging.Handler:
    if log_format == "journal" or (log_format == "auto" and _journal_reads()):
        return JournalHandler()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TerminalFormatter.of_stream(sys.stderr))
    return handler


def _journal_reads() -> bool:
    """Whether standard error is the journal's, and not sent elsewhere since (systemd.exec(5), $JOURNAL_STREAM)."""
    device, _, inode = os.environ.get("JOURNAL_STREAM", "").partition(":")
    try:
        here = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return (device, inode) == (str(here.st_dev), str(here.st_ino))
