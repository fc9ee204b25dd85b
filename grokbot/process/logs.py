"""How events are written: one line each, an event's name and its fields. systemd's journal adds the time.

Other libraries are never louder than `info`: at `debug` they write down messages and statements with people's words.
Not here: what is logged.
"""

from __future__ import annotations

import logging
import sys

PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
"""syslog's levels; the journal reads them from `<n>` at the start of a line (sd-daemon(3))."""


class JournalFormatter(logging.Formatter):
    """For the journal, which keeps the time itself. Every line of a traceback keeps the level."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with its priority before each line."""
        priority = f"<{PRIORITIES.get(record.levelno, 6)}>"
        return "\n".join(priority + line for line in super().format(record).splitlines())


def configure(level: str, *, journal: bool) -> None:
    """Sends events to standard error.

    Args:
        level: The least important level of our own events, such as `info`.
        journal: Whether systemd reads them.
    """
    handler = logging.StreamHandler(sys.stderr)
    line = "%(levelname)s %(name)s %(message)s"
    handler.setFormatter(JournalFormatter(line) if journal else logging.Formatter(f"%(asctime)s {line}"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    ours = logging.getLevelNamesMapping()[level.upper()]
    logging.getLogger().setLevel(max(ours, logging.INFO))
    logging.getLogger("alembic").setLevel(logging.WARNING)  # the store says itself what was migrated
    logging.getLogger("grokbot").setLevel(ours)
