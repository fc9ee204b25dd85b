"""Reads one stream from xAI to its end, whatever that is. Never waits for Discord, nor for the disk.

Not here: turns and their order (`turns`), writing down what arrives (`journal`), what is shown.
"""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokbotError, GrokTrouble, StoreTrouble, Trouble
from grokbot.conversation.history import KEPT_FOR, Prompt, prompt_of
from grokbot.conversation.options import effective
from grokbot.conversation.response import State
from grokbot.conversation.words import lacks_words
from grokbot.engine.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from grokbot.conversation.draft import Draft
    from grokbot.conversation.response import Response
    from grokbot.engine.running import RunningAnswer
    from grokbot.store import Store
    from grokbot.xai.client import GrokClient

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How sampling ended. `trouble` is None where the model came to its own end, or somebody stopped it."""

    state: State
    stored: bool = False
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

        Raises:
            StoreTrouble: The path could not be read.
        """
        this = running.response
        path = await self._store.path_as_kept(this.parent_id)
        gone: set[str] = set()
        while True:
            prompt = prompt_of(path, running.conversation, self._now(), gone, this.instruction, this.options)
            if lacks_words(prompt):
                path = await self._store.path(this.parent_id)
                prompt = prompt_of(path, running.conversation, self._now(), gone, this.instruction, this.options)
                if lacks_words(prompt):
                    return Outcome(State.FAILED, trouble=GrokTrouble(Trouble.RESPONSE_GONE))
            try:
                await self._read(prompt, running)
            except GrokTrouble as trouble:
                lost = _lost(trouble, prompt, running.draft)
                if lost is None:
                    log.warning("turn.trouble response=%s kind=%s detail=%r", running.id, trouble.kind, trouble.detail)
                    return Outcome(State.FAILED, prompt.store, trouble)
                gone.add(lost)
                await self._note_lost(lost, running)
            else:
                return _outcome(running, prompt)

    async def _read(self, prompt: Prompt, running: RunningAnswer) -> None:
        journal = Journal(self._store, running)
        try:
            speaking = effective(running.conversation, running.response.options)
            async with aclosing(self._grok.stream(prompt, speaking)) as stream:
                async for events in stream:
                    running.apply(events)
                    if running.screen is not None and running.screen.cut:
                        return  # leaving the stream ends the call at xAI
                    journal.keep_up()
        finally:
            await journal.close()

    async def _note_lost(self, xai_id: str, running: RunningAnswer) -> None:
        log.info("turn.stored_response_gone response=%s", running.id)
        try:
            await self._store.lost_at_xai(xai_id)
        except StoreTrouble:  # the next turn finds out for itself
            log.exception("turn.loss_unsaved response=%s", running.id)


def _lost(trouble: GrokTrouble, prompt: Prompt, draft: Draft) -> str | None:
    """The id that xAI no longer has, where the request may be sent again without it: nothing must have arrived yet."""
    untouched = draft.xai_id is None and not draft.length
    return prompt.previous_response_id if trouble.kind is Trouble.RESPONSE_GONE and untouched else None


def _outcome(running: RunningAnswer, prompt: Prompt) -> Outcome:
    """What a stream comes to that ended without an error: a proxy may have cut it so that it looks like an end."""
    draft = running.draft
    if running.screen is not None and running.screen.cut:
        return Outcome(State.STOPPED, prompt.store)
    if not draft.finished:
        return Outcome(State.FAILED, prompt.store, GrokTrouble(Trouble.BROKEN_OFF if draft.length else Trouble.EMPTY))
    if not draft.text:
        return Outcome(State.FAILED, prompt.store, GrokTrouble(Trouble.EMPTY))
    return Outcome(State.DONE, prompt.store)


def final(running: RunningAnswer, outcome: Outcome, at: datetime) -> Response:
    """The answer as it is kept, with the date until which xAI keeps it too."""
    response = running.draft.ended(running.response, outcome.state, at, _failure(outcome))
    kept = outcome.stored and not running.taken_back  # what xAI keeps would hold the text that somebody took back
    if running.screen is not None:
        response = running.screen.closed(response)
        kept = kept and not running.screen.hid  # or what a filter hides
        if running.screen.cut and response.state is State.DONE:  # found at the very end
            response = replace(response, state=State.STOPPED)
    if kept and outcome.state is State.DONE and response.xai_id:
        return replace(response, stored_until=at + KEPT_FOR)
    return response


def _failure(outcome: Outcome) -> str | None:
    if outcome.trouble is None:
        return None
    return outcome.trouble.kind.value if isinstance(outcome.trouble, GrokTrouble) else Trouble.OTHER.value
