"""The log format: one line per event, with its name and fields. systemd's journal adds the time.

Other libraries log at `info` at most: at `debug` they write messages and statements with people's text.
Not here: what is logged.
"""

from __future__ import annotations

import logging
import sys

from grokbot.conversation.text import ENGLISH, in_language

PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
"""syslog's levels; the journal reads them from `<n>` at the start of a line (sd-daemon(3))."""


class EnglishFormatter(logging.Formatter):
    """Sentences and errors in a log line are in English, whoever is being answered."""

    def format(self, record: logging.LogRecord) -> str:
        """The record in English."""
        with in_language(ENGLISH):
            return super().format(record)


class JournalFormatter(EnglishFormatter):
    """The format for the journal, which records the time itself. Every line of a traceback has the level."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with its priority before each line."""
        priority = f"<{PRIORITIES.get(record.levelno, 6)}>"
        return "\n".join(priority + line for line in super().format(record).splitlines())


def configure(level: str, *, journal: bool) -> None:
    """Send events to standard error.

    Args:
        level: The lowest level of our own events to log, such as `info`.
        journal: Whether systemd reads the log.
    """
    handler = logging.StreamHandler(sys.stderr)
    line = "%(levelname)s %(name)s %(message)s"
    handler.setFormatter(JournalFormatter(line) if journal else EnglishFormatter(f"%(asctime)s {line}"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    set_level(level)


def set_level(level: str) -> None:
    """From now on log our own events from this level on, such as `info`."""
    ours = logging.getLevelNamesMapping()[level.upper()]
    logging.getLogger().setLevel(max(ours, logging.INFO))
    logging.getLogger("alembic").setLevel(logging.WARNING)  # the store logs migrations itself
    logging.getLogger("grokbot").setLevel(ours)
