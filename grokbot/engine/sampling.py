"""Reads one stream from xAI to its end, whatever that is. Never waits for Discord, nor for the disk.

Not here: turns and their order (`engine`), what is shown.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokbotError, GrokTrouble, StoreTrouble, Trouble
from grokbot.conversation.history import KEPT_FOR, Prompt, prompt_of
from grokbot.conversation.response import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from grokbot.conversation.response import Response
    from grokbot.engine.running import RunningAnswer
    from grokbot.store import Store
    from grokbot.xai.client import GrokClient

log = logging.getLogger(__name__)

JOURNAL_SECONDS = 2.0
JOURNAL_CHARACTERS = 4096
"""Text received is written down after this time or this much, whichever comes first."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How sampling ended. `trouble` is None where the model came to its own end."""

    state: State
    stored: bool
    """Whether xAI was asked to keep it."""
    trouble: GrokbotError | None = None


class Sampler:
    """Samples answers. Holds nothing of any one of them."""

    def __init__(self, store: Store, grok: GrokClient, now: Callable[[], datetime]) -> None:
        self._store = store
        self._grok = grok
        self._now = now

    async def sample(self, running: RunningAnswer) -> Outcome:
        """Shows the model the path to `running` and applies what arrives, until the end or a trouble.

        In stateful mode a response that xAI has lost is noted as lost, and the next nearest one or the whole path is
        sent instead. Cancelling ends the call at xAI first.
        """
        path = await self._store.path(running.response.parent_id)
        gone: set[str] = set()
        while True:
            prompt = prompt_of(path, running.conversation, self._now(), gone)
            try:
                await self._read(prompt, running)
            except GrokTrouble as trouble:
                lost = prompt.previous_response_id
                if trouble.kind is Trouble.RESPONSE_GONE and lost is not None and lost not in gone:
                    gone.add(lost)
                    await self._store.lost_at_xai(lost)
                    log.info("turn.stored_response_gone response=%s", running.id)
                    continue
                log.warning("turn.trouble response=%s kind=%s detail=%r", running.id, trouble.kind, trouble.detail)
                return Outcome(State.FAILED, prompt.store, trouble)
            if not running.draft.text:
                return Outcome(State.FAILED, prompt.store, GrokTrouble(Trouble.EMPTY))
            return Outcome(State.DONE, prompt.store)

    async def _read(self, prompt: Prompt, running: RunningAnswer) -> None:
        journal = _Journal(self._store, running)
        try:
            async with aclosing(self._grok.stream(prompt, running.conversation)) as events:
                async for event in events:
                    running.apply(event)
                    journal.keep_up()
        finally:
            await journal.settle()


class _Journal:
    """Writes down what has arrived, beside the reading: at most one write under way, and none twice."""

    def __init__(self, store: Store, running: RunningAnswer) -> None:
        self._store = store
        self._running = running
        self._writing: asyncio.Task[None] | None = None
        self._written_at = asyncio.get_running_loop().time()
        self._written = 0

    def keep_up(self) -> None:
        """Begins a write if one is due. Does not wait for it."""
        if self._writing is not None and not self._writing.done():
            return
        now = asyncio.get_running_loop().time()
        length = self._running.draft.length
        grown = length - self._written
        if grown >= JOURNAL_CHARACTERS or (grown > 0 and now - self._written_at >= JOURNAL_SECONDS):
            self._written, self._written_at = length, now
            self._writing = asyncio.create_task(self._write())

    async def settle(self) -> None:
        """Waits for a write under way."""
        if self._writing is not None:
            await asyncio.shield(self._writing)

    async def _write(self) -> None:
        draft = self._running.draft
        try:
            await self._store.journal(self._running.id, draft.text, draft.reasoning)
        except StoreTrouble:
            log.exception("turn.journal_failed response=%s", self._running.id)


def final(running: RunningAnswer, outcome: Outcome, at: datetime) -> Response:
    """The answer as it is kept, with the date until which xAI keeps it too."""
    failure = outcome.trouble.kind.value if isinstance(outcome.trouble, GrokTrouble) else None
    response = running.draft.ended(running.response, outcome.state, at, failure)
    if outcome.stored and outcome.state is State.DONE and response.xai_id:
        return replace(response, stored_until=at + KEPT_FOR)
    return response
