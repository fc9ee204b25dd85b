"""How far all messages were handled, for each shard of the connection, and what waits for that.

Discord replays missed messages only to a resumed session. After any other connection the older messages are read
(`backfill`), and new ones wait until these are queued ahead of them. Not here: reading them.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OVERTAKEN = 10_000 << 22
"""Events of different servers may overtake each other: messages this much older than the newest are looked at again.
Ten seconds, in units of Discord's ids."""

FIRST = 1
"""Older than any message: if nothing was said yet, everything that comes is new."""


@dataclass(slots=True, eq=False)
class Session:
    """One session of a shard, until the next one that replays nothing."""

    mark: int | None
    """How far everything was handled at its start; None if nothing is known."""
    newest: int = 0
    under_way: set[int] = field(default_factory=set)
    came: set[int] = field(default_factory=set)
    """New messages that came while missed ones were being read."""
    ahead: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once missed messages are queued ahead of new ones."""
    caught_up: bool = False

    @property
    def up_to(self) -> int | None:
        """The message up to which everything was handled."""
        if not self.caught_up:
            return self.mark
        return max(self.mark or 0, min(self.under_way) - 1 if self.under_way else self.newest) or None

    @property
    def since(self) -> int | None:
        """The message after which something may have been missed; None if nothing is known."""
        up_to = self.up_to
        return None if up_to is None else max(0, up_to - OVERTAKEN)

    def over(self, newest: int) -> None:
        """Missed messages are handled; `newest` is the last message that Discord named at the start of the session."""
        self.newest = max(self.newest, newest, self.mark or 0, FIRST)
        self.caught_up = True
        self.came.clear()

    @contextmanager
    def dealing(self, message_id: int) -> Iterator[None]:
        """Marks a new message as being handled in the body.

        If a stop cancels the body, the message does not count as handled: the next start finds it.
        """
        self.newest = max(self.newest, message_id)
        self.under_way.add(message_id)
        if not self.caught_up:
            self.came.add(message_id)
        try:
            yield
        except asyncio.CancelledError:
            raise
        except BaseException:
            self.under_way.discard(message_id)
            raise
        self.under_way.discard(message_id)


class ShardMarks:
    """The session of each shard, and its noted mark."""

    def __init__(self) -> None:
        self._sessions: dict[int, Session] = {}
        self._kept: Mapping[tuple[int, int], int] = {}
        self._noted: dict[int, int] = {}

    def load(self, kept: Mapping[tuple[int, int], int]) -> None:
        """Takes the marks that the last process noted. See `store.conversations.watermarks`."""
        self._kept = kept

    def of(self, shard_id: int) -> Session:
        """The current session of a shard."""
        return self._sessions[shard_id]

    def begins(self, shard_id: int, shards: int) -> None:
        """Begins a shard's new session: its messages wait until missed ones are queued."""
        before = self._sessions.get(shard_id)
        if before is None:  # the number of shards changed, so any mark may have been this one's: the lowest
            mark = self._kept.get((shard_id, shards), min(self._kept.values(), default=None))
            self._sessions[shard_id] = Session(mark)
        else:
            self._sessions[shard_id] = Session(before.up_to, under_way=before.under_way)
            before.ahead.set()

    def news(self) -> Mapping[int, int]:
        """The marks that have changed since `noted`."""
        marks = {shard_id: session.up_to for shard_id, session in self._sessions.items()}
        return {i: mark for i, mark in marks.items() if mark is not None and mark != self._noted.get(i)}

    def noted(self, marks: Mapping[int, int]) -> None:
        """These marks are stored."""
        self._noted |= marks
