"""What the daemon's database says, read with plain SQL. Not here: whether Discord shows the same (`count`)."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One response."""

    id: str
    parent_id: str | None
    sender: str
    state: str
    message: str
    manual: bool
    """Whether a button said it: what Grok is asked to go on with."""


@dataclass(frozen=True)
class Kept:
    """All responses, and the messages in which they stand: the response and the part by the message's id."""

    rows: dict[str, Row] = field(default_factory=dict)
    messages: dict[int, tuple[str, int]] = field(default_factory=dict)

    @cached_property
    def below(self) -> dict[str | None, list[Row]]:
        """The responses below each."""
        found: defaultdict[str | None, list[Row]] = defaultdict(list)
        for row in self.rows.values():
            found[row.parent_id].append(row)
        return found

    def answers_to(self, message_id: int) -> Iterator[Row]:
        """The model's answers to what stands in a message, straight below it or below what was said right after it."""
        begun = self.messages.get(message_id)
        if begun is None:
            return
        below = [begun[0]]
        while below:
            parent = below.pop()
            for row in self.below.get(parent, ()):
                if row.sender == "model":
                    yield row
                else:
                    below.append(row.id)

    def went_on(self, response_id: str) -> bool:
        """Whether a button let Grok go on with this answer: then it no longer says that it ended early."""
        return any(row.manual for row in self.below.get(response_id, ()) if row.sender != "model")

    def places_of(self, response_id: str) -> list[int]:
        """The ids of the messages in which a response stands, in the order of its parts."""
        found = ((part, message_id) for message_id, (row, part) in self.messages.items() if row == response_id)
        return [message_id for _, message_id in sorted(found)]


def kept_in(path: Path) -> Kept:
    """What a database holds; nothing where there is none."""
    if not path.exists():
        return Kept()
    with closing(sqlite3.connect(path, timeout=10.0)) as database:
        try:
            rows = database.execute("SELECT id, parent_id, sender, state, message, manual FROM responses").fetchall()
            messages = database.execute("SELECT message_id, response_id, part FROM discord_messages").fetchall()
        except sqlite3.OperationalError:  # no tables yet
            return Kept()
    return Kept({row[0]: Row(*row) for row in rows}, {message: (row, part) for message, row, part in messages})
