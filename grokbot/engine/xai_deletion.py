"""Deletes stored responses at xAI, in the background, until they are gone.

The Store saves pending deletions in the very transaction that forgets the responses here, so neither a crash nor an
outage of xAI leaves them there: a start continues. Not here: what must be forgotten (`library.library`, `engine`).
"""

from __future__ import annotations

import asyncio
import logging
from itertools import count
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokError, StoreError
from grokbot.process.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grokbot.engine.context import Context

log = logging.getLogger(__name__)

TRIES = 8
"""Tries for errors that a retry rarely cures: a key that may not delete, a request that is refused."""

FIRST_PAUSE = 2.0
"""Seconds before the second try; each further pause is twice as long."""

LONGEST_PAUSE = 3_600.0
"""Tries go on through any outage; xAI itself forgets after 30 days."""

AT_ONCE = 4
"""Deletions under way at the same time: a long conversation has thousands, and answers go first."""


class XaiDeletion:
    """Deletions at xAI.

    Args:
        context: Settings, store, clock, ids and events.
        first_pause: Seconds before a second try.
    """

    def __init__(self, context: Context, *, first_pause: float = FIRST_PAUSE) -> None:
        self._store = context.store
        self._grok = context.grok
        self._now = context.now
        self._first_pause = first_pause
        self._deleting: dict[str, asyncio.Task[None]] = {}
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._pausing: set[str] = set()
        self._draining = False

    @property
    def left(self) -> int:
        """How many deletions are pending and not given up."""
        return len(self._deleting)

    def forget(self, xai_ids: Iterable[str]) -> None:
        """Begins to delete stored responses at xAI, by their ids there. Twice is harmless; missing ones count as done.

        After `drain` nothing begins: the next start does what is saved.
        """
        if self._draining:
            return
        for xai_id in xai_ids:
            if xai_id not in self._deleting:
                task = asyncio.create_task(self._delete(xai_id), name="forget at xAI")
                self._deleting[xai_id] = task

    async def forget_below(self, response_id: str) -> None:
        """Deletes xAI's copies of an answer and of all below it; if that cannot be saved, it is logged."""
        try:
            self.forget(await self._store.deletion.forget_below(response_id, self._now()))
        except StoreError:
            log.exception("answer.unforgotten turn=%s", response_id)

    async def resume(self) -> None:
        """After a start: continues after the last stop or crash, and retries what was given up."""
        try:
            left = await self._store.deletion.to_forget()
        except StoreError:
            log.exception("forgetting.unread")
            return
        if left:
            log.info("forgetting.resumes responses=%d", len(left))
        self.forget(left)

    async def drain(self, seconds: float) -> None:
        """Begins nothing more and lets deletions end for `seconds`; those waiting for another try end at once.

        What is not done stays saved for the next start.
        """
        self._draining = True
        for xai_id in tuple(self._pausing):
            self._deleting[xai_id].cancel()
        under_way = set(self._deleting.values())
        if not under_way:
            return
        _, late = await asyncio.wait(under_way, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
            log.info("forgetting.left responses=%d", len(late))

    async def _delete(self, xai_id: str) -> None:
        try:
            await self._insist(xai_id)
        except Exception:
            log.exception("forgetting.failed xai_id=%s", xai_id)
        finally:
            self._deleting.pop(xai_id, None)

    async def _insist(self, xai_id: str) -> None:
        backoff = Backoff(self._first_pause, LONGEST_PAUSE)
        for attempt in count(1):
            async with self._gate:
                try:
                    await self._grok.delete_stored(xai_id)
                except GrokError as trouble:
                    log.info("forgetting.trouble attempt=%d kind=%s", attempt, trouble.kind)
                    hopeless = attempt >= TRIES and not trouble.retryable
                else:
                    await self._done(xai_id)
                    return
            if hopeless or self._draining:
                break
            await self._pause(xai_id, backoff.pause())
        log.warning("forgetting.given_up xai_id=%s draining=%s", xai_id, self._draining)

    async def _pause(self, xai_id: str, seconds: float) -> None:
        self._pausing.add(xai_id)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._pausing.discard(xai_id)

    async def _done(self, xai_id: str) -> None:
        log.info("forgetting.done xai_id=%s", xai_id)
        try:
            await self._store.deletion.forgotten([xai_id])
        except StoreError:  # the next start deletes it again, and finds it gone
            log.exception("forgetting.unsaved xai_id=%s", xai_id)
