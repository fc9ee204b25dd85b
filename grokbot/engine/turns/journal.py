"""Writes down what has arrived of an answer, beside the reading. Nobody waits for it.

Not here: the end of an answer (`runner`), reading the stream (`sampler`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grokbot.engine.turns.running_answer import RunningAnswer
    from grokbot.store import Store

log = logging.getLogger(__name__)

JOURNAL_SECONDS = 2.0
JOURNAL_CHARACTERS = 4096
"""Text received is written down after this time or this much, whichever comes first."""


class Journal:
    """Of one answer: at most one write under way, and none for what is written already.

    The time runs by itself: what came before the model fell silent is written down too.
    """

    def __init__(self, store: Store, running: RunningAnswer) -> None:
        self._store = store
        self._running = running
        self._written = 0
        self._enough = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None

    def keep_up(self) -> None:
        """Sees to it that what has arrived is written down in time. Does not wait for it."""
        behind = self._running.draft.length - self._written
        if behind >= JOURNAL_CHARACTERS:
            self._enough.set()
        if behind and (self._writing is None or self._writing.done()):
            self._writing = asyncio.create_task(self._write_in_time(), name=f"journal {self._running.id}")

    async def close(self) -> None:
        """Writes no more. A write under way is the store's own and is done before what it is given next."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.wait([self._writing])

    async def _write_in_time(self) -> None:
        while self._running.draft.length > self._written:
            try:
                async with asyncio.timeout(JOURNAL_SECONDS):
                    await self._enough.wait()
            except TimeoutError:
                pass
            self._enough.clear()
            await self._write()

    async def _write(self) -> None:
        self._written = self._running.draft.length
        try:
            await self._store.turns.journal(self._running.id, self._running.text, self._running.reasoning)
        except Exception:  # the answer goes on without its journal, whatever is wrong with that
            log.exception("turn.journal_failed response=%s", self._running.id)
