"""One lane for each conversation in which something happens: its lock, its running answer, an end still to be saved.

A lane's lock is held to decide and to write down, never while sampling. Not here: what is decided (`engine`), what a
turn is (`turns`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence

    from grokbot.conversation.placement import Rearranged
    from grokbot.conversation.response import Response
    from grokbot.engine.turns.running_answer import RunningAnswer

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a turn ended, as it is written down."""

    answer: Response
    leaf_id: str | None
    change: Rearranged | None = None
    """What stands elsewhere in Discord because it ended so."""


@dataclass(slots=True)
class Lane:
    """The turns of one conversation."""

    key: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    running: RunningAnswer | None = None
    unsaved: Ending | None = None
    """The end of the last turn, where it could not be written down; no other turn begins before it is."""
    then: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What is done once `running` has ended, before anything else in the lane, with its lock held. Raises nothing."""

    @property
    def forgettable(self) -> bool:
        """Whether nothing would be lost without it."""
        return self.users == 0 and self.running is None and self.unsaved is None


class Lanes:
    """All lanes in use, by the conversation's id; a lane is forgotten when nobody uses it."""

    def __init__(self) -> None:
        self._lanes: dict[str, Lane] = {}
        self._deciding: set[asyncio.Task[Any]] = set()
        self._watchers: list[Callable[[str], None]] = []

    def __len__(self) -> int:
        return len(self._lanes)

    @property
    def unsaved(self) -> Sequence[str]:
        """Keys of the lanes with an end that is still to be written down."""
        return tuple(lane.key for lane in self._lanes.values() if lane.unsaved is not None)

    def watch(self, let_go: Callable[[str], None]) -> None:
        """`let_go` is called with a lane's key whenever somebody has held it: something there may have changed."""
        self._watchers.append(let_go)

    def of(self, running: RunningAnswer) -> Lane | None:
        """The lane in which an answer runs now."""
        lane = self._lanes.get(running.conversation.id)
        return lane if lane is not None and lane.running is running else None

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
            for let_go in self._watchers:
                let_go(key)

    async def decide(self, decision: Coroutine[Any, Any, T]) -> T:
        """Does it to its end, even if whoever waits for it is cancelled: a turn that is written down is also run."""
        task = asyncio.create_task(decision, name=f"decide {getattr(decision, '__name__', '')}")
        self._deciding.add(task)
        task.add_done_callback(self._deciding.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_told_nobody)
            raise

    async def decided(self) -> None:
        """Waits for the decisions that are under way now."""
        if self._deciding:
            await asyncio.wait(set(self._deciding))


def _told_nobody(task: asyncio.Task[Any]) -> None:
    """Who waited for the decision is gone: why it failed is the log's matter."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("decision.failed decision=%s error=%s", task.get_name(), type(error).__name__)
