"""Every hour: deletes what is too old, gives room back to the disk, rebuilds the file when due.

In the background and a little at a time, so that nobody notices. Not here: deleting (`library.library`), the work in
the file (`store`); messages in Discord stay.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from grokbot.conversation.records import DeletedConversation
    from grokbot.engine.context import Context

log = logging.getLogger(__name__)

FIRST_PAUSE = 60.0
"""Seconds after the start before the first look; by then everything else has begun."""
PAUSE = 3_600.0
"""Seconds between two looks."""
BREATH = 0.2
"""Seconds between two steps: each blocks writers for some milliseconds."""
AT_ONCE = 20
"""Conversations to look up at once."""

SMALL = 64 * 1024**2
"""Bytes. A smaller file is rebuilt at the next look, in half a second."""
EVERY = timedelta(days=1)
"""How often a larger file is rebuilt; also one that found no room."""
LATEST = timedelta(days=2)
"""After that it is rebuilt even while answers run: they are saved a little later."""


class Retention:
    """Automatic deletion by age.

    Args:
        context: Settings, store, clock, ids and events.
        let_go: Deletes one conversation if it has not changed since a time; None if it was not deleted.
        quiet: Whether no answer is running.
        also: What else is due at each look.
        first_pause: Seconds before the first look.
        pause: Seconds between two.
        breath: Seconds between two steps.
    """

    def __init__(
        self,
        context: Context,
        let_go: Callable[[str, datetime], Awaitable[DeletedConversation | None]],
        quiet: Callable[[], bool],
        *,
        also: Sequence[Callable[[], Awaitable[None]]] = (),
        first_pause: float = FIRST_PAUSE,
        pause: float = PAUSE,
        breath: float = BREATH,
    ) -> None:
        self._store = context.store
        self._let_go = let_go
        self._context = context
        self._now = context.now
        self._quiet = quiet
        self._also = also
        self._first_pause = first_pause
        self._pause = pause
        self._breath = breath
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._clean_at: int | None = None
        """The count of deletions when the file was last rebuilt; unknown after a start."""
        self._tried: datetime | None = None

    def begin(self) -> None:
        """Looks from now on, until `drain`."""
        self._task = asyncio.create_task(self._run(), name="retention")

    async def drain(self, seconds: float) -> None:
        """Ends after the current step, at the latest in `seconds`. The next start does the rest."""
        self._stopping.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=seconds)
            self._task.cancel()

    async def look(self) -> int:
        """One look. Returns how many conversations went.

        Raises:
            StoreError: It failed; the next look continues.
        """
        days = self._context.settings.store.retention_days
        gone = await self._take_away(days) if days is not None else 0
        if gone:
            log.info("retention.taken_away conversations=%d", gone)
        for each in self._also:
            await each()
        if not self._stopping.is_set() and not await self._rebuilt():
            await self._shrink()
        return gone

    async def _run(self) -> None:
        pause = self._first_pause
        while not await self._paused(pause):
            pause = self._pause
            try:
                await self.look()
            except StoreError:
                log.warning("retention.trouble")
            except Exception:
                log.exception("retention.failed")

    async def _take_away(self, days: int) -> int:
        before = self._now() - timedelta(days=days)
        gone = 0
        while ids := await self._store.retention.outdated(before, AT_ONCE):
            gone_before = gone
            for conversation_id in ids:
                gone += await self._let_go(conversation_id, before) is not None
                if await self._paused(self._breath):
                    return gone
            if gone == gone_before:  # somebody has continued all of them
                break
        return gone

    async def _shrink(self) -> None:
        while await self._store.file.give_back():
            if await self._paused(self._breath):
                return

    async def _rebuilt(self) -> bool:
        wipes, now = self._store.file.wipes, self._now()
        if wipes == self._clean_at:
            return False
        since = now - self._tried if self._tried is not None else None
        if not self._quiet() and (since is None or since < LATEST):
            return False
        if since is not None and since < EVERY and await self._store.file.bytes_in_use() > SMALL:
            return False
        self._tried = now
        if not await self._store.file.rebuild():
            return False
        self._clean_at = wipes
        log.info("retention.rebuilt")
        return True

    async def _paused(self, seconds: float) -> bool:
        """Waits. Returns whether to stop."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return False
        return True
