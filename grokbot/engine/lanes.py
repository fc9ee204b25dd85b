"""One lane for each conversation in which something happens: its lock, its running answer, an end still to be saved.

A lane's lock is held to decide and to write down, never while sampling. Not here: what is decided (`engine`), what a
turn is (`turns`).
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Sequence

    from grokbot.conversation.response import Response
    from grokbot.engine.running import RunningAnswer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a turn ended, as it is written down."""

    answer: Response
    leaf_id: str | None


@dataclass(slots=True)
class Lane:
    """The turns of one conversation."""

    key: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    running: RunningAnswer | None = None
    unsaved: Ending | None = None
    """The end of the last turn, where it could not be written down; no other turn begins before it is."""

    @property
    def forgettable(self) -> bool:
        """Whether nothing would be lost without it."""
        return self.users == 0 and self.running is None and self.unsaved is None


class Lanes:
    """All lanes in use, by the conversation's id; a lane is forgotten when nobody uses it."""

    def __init__(self) -> None:
        self._lanes: dict[str, Lane] = {}
        self._deciding: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._lanes)

    @property
    def unsaved(self) -> Sequence[str]:
        """Keys of the lanes with an end that is still to be written down."""
        return tuple(lane.key for lane in self._lanes.values() if lane.unsaved is not None)

    @asynccontextmanager
    async def held(self, key: str) -> AsyncIterator[Lane]:
        """The lane of this key with its lock held, in the order of asking for it."""
        lane = self._lanes.setdefault(key, Lane(key))
        lane.users += 1
        try:
            async with lane.lock:
                yield lane
        finally:
            lane.users -= 1
            if lane.forgettable:
                self._lanes.pop(key, None)

    async def decide(self, decision: Coroutine[Any, Any, T]) -> T:
        """Does it to its end, even if whoever waits for it is cancelled: a turn that is written down is also run."""
        task = asyncio.create_task(decision, name=f"decide {getattr(decision, '__name__', '')}")
        self._deciding.add(task)
        task.add_done_callback(self._deciding.discard)
        return await asyncio.shield(task)

    async def decided(self) -> None:
        """Waits for the decisions that are under way now."""
        if self._deciding:
            await asyncio.wait(set(self._deciding))
