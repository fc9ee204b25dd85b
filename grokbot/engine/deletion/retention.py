"""Every hour: takes away what is older than it may be, gives room back to the disk, writes the file anew where due.

In the background and a little at a time, so that nobody who asks something notices. Not here: taking away
(`library.library`), what it takes in the file (`store`); messages in Discord stay.
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
"""Seconds after the start before the first look; then everything else has begun."""
PAUSE = 3_600.0
"""Seconds between two looks."""
BREATH = 0.2
"""Seconds between two steps: each holds up who writes for some milliseconds."""
AT_ONCE = 20
"""Conversations that are looked up at once."""

SMALL = 64 * 1024**2
"""Bytes of a file that is written anew at the next look: it takes half a second."""
EVERY = timedelta(days=1)
"""How often a larger one is; also one for which there was no room."""
LATEST = timedelta(days=2)
"""Then it is also while answers run: they are written down a little later."""


class Retention:
    """What goes by itself.

    Args:
        context: Settings, store, clock, ids and events.
        let_go: Takes one conversation away if it has not changed since a time; None where it was not.
        quiet: Whether nothing is being answered.
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
        self._days = context.settings.store.retention_days
        self._now = context.now
        self._quiet = quiet
        self._also = also
        self._first_pause = first_pause
        self._pause = pause
        self._breath = breath
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._clean_at: int | None = None
        """How often something had been taken away when the file was last written anew; unknown after a start."""
        self._tried: datetime | None = None

    def begin(self) -> None:
        """Looks from now on, until `drain`."""
        self._task = asyncio.create_task(self._run(), name="retention")

    async def drain(self, seconds: float) -> None:
        """Ends after the step under way, at the latest in `seconds`. What is left to do is done by the next start."""
        self._stopping.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=seconds)
            self._task.cancel()

    async def look(self) -> int:
        """One look. Returns how many conversations went.

        Raises:
            StoreError: It could not be done; the next look goes on with it.
        """
        gone = await self._take_away() if self._days is not None else 0
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

    async def _take_away(self) -> int:
        before = self._now() - timedelta(days=self._days or 0)
        gone = 0
        while ids := await self._store.retention.outdated(before, AT_ONCE):
            gone_before = gone
            for conversation_id in ids:
                gone += await self._let_go(conversation_id, before) is not None
                if await self._paused(self._breath):
                    return gone
            if gone == gone_before:  # somebody has gone on in all of them
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
        """Waits. Returns whether it is to end."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return False
        return True
