"""Up to where everything that was said was dealt with, for each shard of the connection, and who has to wait for that.

Discord replays what was missed only to a session that is resumed. After any other connection what came before it is
read (`backfill`), and what comes by it waits until the former stands ahead of it in line. Not here: reading it.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OVERTAKEN = 10_000 << 22
"""Events of different servers may overtake each other: messages so much older than the newest are looked at again. Ten
seconds, as ids of Discord's count them."""

FIRST = 1
"""Older than any message: where nothing was said yet, all that comes is new."""


@dataclass(slots=True, eq=False)
class Session:
    """One of a shard's, from its beginning until the next one that replays nothing."""

    mark: int | None
    """Up to where everything was dealt with as it began; None where nothing is known."""
    newest: int = 0
    under_way: set[int] = field(default_factory=set)
    came: set[int] = field(default_factory=set)
    """What came by the connection while what was missed was being read."""
    ahead: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once what was missed stands in line ahead of what comes now."""
    caught_up: bool = False

    @property
    def up_to(self) -> int | None:
        """Everything up to this message was dealt with."""
        if not self.caught_up:
            return self.mark
        return max(self.mark or 0, min(self.under_way) - 1 if self.under_way else self.newest) or None

    @property
    def since(self) -> int | None:
        """After which message something may have been missed; None where nothing is known."""
        up_to = self.up_to
        return None if up_to is None else max(0, up_to - OVERTAKEN)

    def over(self, newest: int) -> None:
        """What was missed is dealt with; `newest` is the last message that Discord named as the session began."""
        self.newest = max(self.newest, newest, self.mark or 0, FIRST)
        self.caught_up = True
        self.came.clear()

    @contextmanager
    def dealing(self, message_id: int) -> Iterator[None]:
        """Inside, a message is being dealt with that came by the connection.

        What a stop cuts off is not dealt with: it is found by the next start.
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
    """The session of each shard, and what is noted of them."""

    def __init__(self) -> None:
        self._sessions: dict[int, Session] = {}
        self._kept: Mapping[tuple[int, int], int] = {}
        self._noted: dict[int, int] = {}

    def load(self, kept: Mapping[tuple[int, int], int]) -> None:
        """What the process before this one noted. See `store.conversations.watermarks`."""
        self._kept = kept

    def of(self, shard_id: int) -> Session:
        """The session that a shard has now."""
        return self._sessions[shard_id]

    def begins(self, shard_id: int, shards: int) -> None:
        """A shard has a new session: nothing that it brings is dealt with before what was missed stands in line."""
        before = self._sessions.get(shard_id)
        if before is None:  # of another number of shards, the one that heard least may have been this one's
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
        """These are kept."""
        self._noted |= marks
