"""Drops the text of stateful conversations once an answer has ended and is shown, if the operator wants none kept.

Not here: which text (`store.privacy.drop_text`), reading it again (`reread`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.conversation.response import Mode
from grokbot.engine.turns import AnswerGiven

if TYPE_CHECKING:
    from grokbot.engine.context import Context
    from grokbot.engine.deletion.reread import DroppedTexts
    from grokbot.engine.turns import RunningAnswer, TurnRunner

log = logging.getLogger(__name__)

SHOWN_SECONDS = 60.0
"""How long an ended answer may take to appear in Discord; after that the next look finds it."""

BREATH = 0.02
"""Seconds between two conversations of a look."""


class TextRemoval:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        texts: Reads texts again, and remembers them for a while.
        runner: The answers under way, and the locks.
    """

    def __init__(self, context: Context, texts: DroppedTexts, runner: TurnRunner) -> None:
        self._store = context.store
        self._texts = texts
        self._runner = runner
        self._now = context.now
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        context.events.subscribe(AnswerGiven, self._follow)

    def _follow(self, event: AnswerGiven) -> None:
        """Drops the text of this answer and of its question, once it has ended and is shown."""
        running = event.running
        if running.conversation.mode is Mode.STATEFUL and running.conversation.channel_id is not None:
            task = asyncio.create_task(self._after(running), name=f"words of {running.id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def look(self) -> None:
        """Drops what a stop left.

        Raises:
            StoreError: Not yet.
        """
        for answer_id, conversation_id in await self._store.text_removal.due(self._now()):
            if self._closed:
                return
            await self._drop(answer_id, conversation_id)
            await asyncio.sleep(BREATH)  # with a new setting this takes long, and answers go first

    async def close(self) -> None:
        """Cancels waiting work and a running look; the next start makes up for it."""
        self._closed = True
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _after(self, running: RunningAnswer) -> None:
        await running.end()
        try:
            await self._runner.display.all_shown(running.conversation.id, SHOWN_SECONDS)
            await self._drop(running.id, running.conversation.id)
        except StoreError:
            log.warning("words.not_dropped turn=%s", running.id)
        except Exception:
            log.exception("words.not_dropped turn=%s", running.id)

    async def _drop(self, answer_id: str, conversation_id: str) -> None:
        async with self._runner.locks.held(conversation_id):
            for response in await self._store.responses.path_as_stored(answer_id):
                self._texts.remember(response)
            if await self._store.text_removal.drop(answer_id, self._now()):
                log.info("words.dropped turn=%s", answer_id)
