"""One lock for each active conversation, with its running answer and an end still to be saved.

A lock is held to decide and to write down, never while sampling. Not here: what is decided (`engine`), what a turn is
(`turn_queue`).
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from grokbot.engine.context import WholeTasks
from grokbot.engine.turns.events import ConversationTouched

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence

    from grokbot.conversation.response import Response
    from grokbot.display import Rearranged
    from grokbot.engine.context import Events
    from grokbot.engine.turns.running_answer import RunningAnswer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a turn ended, in its stored form."""

    answer: Response
    leaf_id: str | None
    change: Rearranged | None = None
    """Its changes elsewhere in Discord."""
    left: bool = False  # by a stop: more of the answer may stand in Discord than was noted


@dataclass(slots=True)
class ConversationLock:
    """The turns of one conversation."""

    key: str
    mutex: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    running: RunningAnswer | None = None
    unsaved: Ending | None = None
    """The end of the last turn, if it could not be saved; no other turn begins before it is."""
    then: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """Runs once `running` has ended, before anything else, with the lock held. Raises nothing."""

    @property
    def forgettable(self) -> bool:
        """Whether nothing would be lost without it."""
        return self.users == 0 and self.running is None and self.unsaved is None


class ConversationLocks:
    """All locks in use, by the conversation's id; one is forgotten when nobody uses it."""

    def __init__(self, events: Events) -> None:
        self._locks: dict[str, ConversationLock] = {}
        self._deciding = WholeTasks("decide")
        self._events = events

    def __len__(self) -> int:
        return len(self._locks)

    @property
    def endings(self) -> Sequence[Ending]:
        """The unsaved ends."""
        return tuple(lock.unsaved for lock in self._locks.values() if lock.unsaved is not None)

    @property
    def unsaved(self) -> Sequence[str]:
        """Keys of the locks with an unsaved end."""
        return tuple(lock.key for lock in self._locks.values() if lock.unsaved is not None)

    def of(self, running: RunningAnswer) -> ConversationLock | None:
        """The lock under which an answer runs now."""
        lock = self._locks.get(running.conversation.id)
        return lock if lock is not None and lock.running is running else None

    @asynccontextmanager
    async def held(self, key: str) -> AsyncIterator[ConversationLock]:
        """The lock of this key, held, in the order of requests."""
        lock = self._locks.setdefault(key, ConversationLock(key))
        lock.users += 1
        try:
            async with lock.mutex:
                yield lock
        finally:
            lock.users -= 1
            if lock.forgettable:
                self._locks.pop(key, None)
            self._events.publish(ConversationTouched(key))

    async def decide(self, decision: Coroutine[Any, Any, T]) -> T:
        """Runs it to its end, even if its caller is cancelled: a turn that is written down also runs."""
        return await self._deciding.run(decision)

    async def decided(self) -> None:
        """Waits for the decisions that are under way now."""
        await self._deciding.done()
