"""systemd's journal, by its native protocol: one entry an event, its traceback in it, its turn and fields to search by.

`journalctl GROKBOT_TURN=…` shows a turn. Where the socket is away, lines with a priority go to standard error.
Not here: how a line is laid out (`formats`).
"""

from __future__ import annotations

import logging
import socket
import struct
import sys
from typing import TYPE_CHECKING

from grokbot.process.logs.formats import PrefixFormatter, error_of, line_of, priority_of, short_name
from grokbot.process.logs.safe_text import fields_of
from grokbot.process.turn_id import current_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

SOCKET = "/run/systemd/journal/socket"
"""systemd.io/JOURNAL_NATIVE_PROTOCOL."""

LONGEST = 64_000
"""Bytes of one entry that surely fit a datagram."""


class JournalHandler(logging.StreamHandler):  # type: ignore[type-arg] # generic in the stubs alone
    """Sends entries; a journal that is away, or does not keep up, is told by standard error."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(PrefixFormatter())
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)  # nothing waits for a log

    def emit(self, record: logging.LogRecord) -> None:
        """Send one entry."""
        try:
            self._socket.sendto(entry_of(record), SOCKET)
        except OSError:
            super().emit(record)
        except Exception:  # noqa: BLE001 - as every handler: a line that cannot be written must not end the work
            self.handleError(record)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
        super().close()


def entry_of(record: logging.LogRecord) -> bytes:
    """A record as the journal takes it."""
    return b"".join(_field(name, value) for name, value in _fields(record))


def _fields(record: logging.LogRecord) -> Iterator[tuple[str, str]]:
    error = error_of(record)
    event, fields = fields_of(record)
    line = line_of(record)
    yield "MESSAGE", (f"{line}\n{error}" if error else line)[:LONGEST]
    yield "PRIORITY", str(priority_of(record))
    yield "SYSLOG_IDENTIFIER", "grokbot"
    yield "GROKBOT_LOGGER", record.name
    yield "GROKBOT_NAME", short_name(record.name)
    if fields:
        yield "GROKBOT_EVENT", event
    if turn := current_turn() or str(fields.get("turn", "")):
        yield "GROKBOT_TURN", turn


def _field(name: str, value: str) -> bytes:
    data = value.encode("utf-8", "replace")
    if b"\n" not in data:
        return b"%s=%s\n" % (name.encode(), data)
    return b"%s\n%s%s\n" % (name.encode(), struct.pack("<Q", len(data)), data)
