"""Reads one stream from xAI to any end. Never waits for Discord, nor for the disk.

Not here: turns and their order (`turn_queue`), the end of an answer (`runner`), what is shown.
"""

from __future__ import annotations

import logging
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from grokbot.conversation.draft import Drawing
from grokbot.conversation.errors import (
    GrokbotError,
    GrokError,
    GrokFailure,
    LimitReachedError,
    NotAllowedError,
    StoreError,
)
from grokbot.conversation.history import KEPT_FOR, Prompt, lacks_words, prompt_of, unsealed
from grokbot.conversation.options import effective, model_of
from grokbot.conversation.response import State
from grokbot.engine.admission import in_thread
from grokbot.engine.prompts import PromptRefusals, Wanted
from grokbot.engine.turns.running_answer import Journal
from grokbot.process.traces import TRACES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from datetime import datetime

    from grokbot.conversation.response import Response
    from grokbot.engine.context import Context
    from grokbot.engine.prompts import Compactor, ImageAnswers, PromptAttachments
    from grokbot.engine.turns.running_answer import RunningAnswer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How sampling ended. `trouble` is None if the model came to its own end, or somebody stopped it."""

    state: State
    stored: bool = False
    """Whether xAI was asked to keep it."""
    trouble: GrokbotError | None = None


class Sampler:
    """Samples answers. Keeps no state of any.

    Args:
        context: Settings, store, clock, ids and events.
        attachments: Loads what people attached.
        compactor: Makes long conversations fit.
        images: Makes answers that are images.
    """

    def __init__(
        self, context: Context, attachments: PromptAttachments, compactor: Compactor, images: ImageAnswers
    ) -> None:
        self._images = images
        self._compactor = compactor
        self._store = context.store
        self._attachments = attachments
        self._grok = context.grok
        self._now = context.now
        self._context = context

    async def sample(self, running: RunningAnswer) -> Outcome:
        """Shows the model the path to `running` and applies what arrives, until the end or an error.

        In stateful mode a response that xAI has lost is noted as lost, and the request builds on the next nearest one,
        or sends the whole path; reasoning that xAI can no longer open is dropped.
        Cancelling ends the call at xAI first.

        Raises:
            StoreError: The path could not be read.
        """
        if running.response.options.image_model is not None:
            return await self._draw(running)
        refused = PromptRefusals(self._attachments.known(_model(running)))
        search_turns = self._context.settings.xai.search_turns
        while True:
            try:
                prompt = await self._prompt(running, refused)
            except (GrokError, LimitReachedError, NotAllowedError) as trouble:  # it is too long, and stays so
                asked = trouble if refused.too_long is None else refused.too_long
                log.warning("turn.trouble turn=%s code=%s", running.id, getattr(asked, "code", ""))
                return Outcome(State.FAILED, trouble=trouble)
            if prompt is None:
                return Outcome(State.FAILED, trouble=GrokError(GrokFailure.RESPONSE_GONE))
            try:
                await self._read(prompt, running)
            except GrokError as trouble:
                if not await self._without(trouble, prompt, running, refused):
                    if refused.made is not None and trouble.kind is GrokFailure.TOO_LONG:  # it was of no use
                        await self._note(self._store.compactions.drop([refused.made]), running)
                    log.warning("turn.trouble turn=%s kind=%s code=%s", running.id, trouble.kind, trouble.code)
                    return Outcome(State.FAILED, prompt.store, trouble)
            else:
                self._attachments.remember(_model(running), refused.attached)
                return _outcome(running, prompt, search_turns)

    async def _draw(self, running: RunningAnswer) -> Outcome:
        """Sent once: a request whose answer is lost may have been paid for."""
        await running.apply((Drawing(),))
        try:
            await running.apply(await self._images.made(running.response, running.person))
        except GrokError as trouble:
            log.warning("turn.trouble turn=%s kind=%s code=%s", running.id, trouble.kind, trouble.code)
            return Outcome(State.FAILED, trouble=trouble)
        if not running.draft.images:
            return Outcome(State.FAILED, trouble=GrokError(GrokFailure.REFUSED))
        return Outcome(State.DONE)

    async def _prompt(self, running: RunningAnswer, refused: PromptRefusals) -> Prompt | None:
        """The prompt for the model; None if some of its text can no longer be read."""
        parent_id = running.response.parent_id
        stored = refused.seen(await self._store.responses.path_to_show(parent_id), _model(running))
        if not refused.compacted and (
            refused.too_long is not None or self._compactor.due(stored, refused.shown, _model(running))
        ):
            await self._shorten(running, refused)
            # Minutes may have passed: what was erased meanwhile is not sent.
            stored = refused.seen(await self._store.responses.path_to_show(parent_id), _model(running))
        prompt = await self._made(stored, running, refused)
        if lacks_words(prompt):
            prompt = await self._made(await self._store.responses.path(parent_id), running, refused)
        if lacks_words(prompt):
            return None
        loaded = await self._attachments.loaded(prompt, _model(running), refused.attached)
        running.left_out = refused.attached.left_out
        return loaded

    async def _made(self, path: Sequence[Response], running: RunningAnswer, refused: PromptRefusals) -> Prompt:
        this, path = running.response, refused.taken_out_of(path)
        making = partial(
            prompt_of,
            path,
            running.conversation,
            self._now(),
            refused.gone_of(path),
            this.instruction,
            this.options,
            unstored=refused.attached.stored and any(response.attachments for response in path),
            compaction=refused.made or refused.shown,
        )
        return replace(await in_thread(making), person=running.person)  # marking what people wrote takes time

    async def _shorten(self, running: RunningAnswer, refused: PromptRefusals) -> None:
        """Makes a compaction, once.

        Raises:
            GrokError, LimitReachedError, NotAllowedError: None could be made, and without one xAI refuses the prompt.
        """
        refused.compacted = True
        path = refused.taken_out_of(await self._store.responses.path(running.response.parent_id))
        wanted = Wanted(path, running.conversation, running.response.options, refused.shown, running.payer_id)
        try:
            made = await self._compactor.make(wanted)
        except (GrokError, LimitReachedError, NotAllowedError):
            if refused.too_long is not None:
                raise
            log.warning("compaction.failed turn=%s", running.id, exc_info=True)  # perhaps it fits all the same
            return
        if made is None and refused.too_long is not None:  # there is nothing above the question
            raise refused.too_long
        if made is None or running.taken_back:
            return
        # No await from here to the store's queue: an erasure from now on comes after it there.
        refused.made = made
        await self._note(self._store.compactions.add(made), running)
        running.response = replace(running.response, compacted=True)

    async def _without(
        self, trouble: GrokError, prompt: Prompt, running: RunningAnswer, refused: PromptRefusals
    ) -> bool:
        """Whether to ask again, without what xAI refuses, which is noted. No text may have arrived yet.

        A stream that broke off while the model was thinking is restarted, once: that costs, but leaves no gap.
        """
        if trouble.kind is GrokFailure.BROKEN_OFF and not running.draft.text and not refused.broken:
            refused.broken = True
            log.warning("turn.again turn=%s code=%s", running.id, trouble.code)
            running.begin_anew()
            return True
        if running.draft.xai_id is not None or running.draft.length:
            return False
        if await self._compacts(trouble, prompt, running, refused):
            return True
        if trouble.kind is GrokFailure.SEALED and not refused.sealed and _is_sealed(prompt):
            refused.sealed = True
            log.info("turn.sealed_refused turn=%s", running.id)
            await self._note(self._unseal(running.response.parent_id), running)
            return True
        if trouble.kind in (GrokFailure.RESPONSE_GONE, GrokFailure.SEALED) and prompt.previous_response_id is not None:
            refused.gone.append(prompt.previous_response_id)
            log.info("turn.stored_response_gone turn=%s", running.id)
            await self._note(self._store.turns.lost_at_xai(prompt.previous_response_id), running)
            return True
        path = await self._store.responses.path_as_stored(running.response.parent_id)
        return self._attachments.found(trouble, prompt, path, refused.attached)

    async def _compacts(
        self, trouble: GrokError, prompt: Prompt, running: RunningAnswer, refused: PromptRefusals
    ) -> bool:
        """Whether to ask again because a compaction helps, or because one cannot be opened any more. Each once."""
        if trouble.kind is GrokFailure.TOO_LONG and not refused.compacted:
            refused.too_long = trouble
        elif trouble.kind is GrokFailure.SEALED and _is_compacted(prompt) and not refused.closed:
            refused.closed, refused.made = True, None  # the path is shown as it was said, or shortened anew
            await self._note(self._store.compactions.drop([c for c in refused.compactions if c.model]), running)
        else:
            return False
        log.info("turn.compacts turn=%s kind=%s", running.id, trouble.kind)
        return True

    async def _unseal(self, leaf_id: str | None) -> None:
        path = await self._store.responses.path_as_stored(leaf_id)
        await self._store.turns.unseal([response for response in path if response != unsealed(response)])

    async def _note(self, noting: Awaitable[None], running: RunningAnswer) -> None:
        try:
            await noting
        except StoreError:  # the next turn finds out for itself
            log.exception("turn.loss_unsaved turn=%s", running.id)

    async def _read(self, prompt: Prompt, running: RunningAnswer) -> None:
        journal = Journal(self._store, running)
        since = time.time_ns()
        heard: dict[str, int] = {}
        try:
            speaking = effective(running.conversation, running.response.options)
            async with aclosing(self._grok.stream(prompt, speaking)) as stream:
                async for events in stream:
                    await running.apply(events)
                    if not heard and running.draft.length:
                        heard["first_token"] = time.time_ns()
                    if running.screen is not None and running.screen.cut:
                        return  # leaving the stream ends the call at xAI
                    journal.keep_up()
        finally:
            TRACES.note("xai.request", since, events=heard)
            await journal.close()


def _model(running: RunningAnswer) -> str:
    return model_of(running.conversation, running.response.options)


def _is_compacted(prompt: Prompt) -> bool:
    return any(said.compacted for said in prompt.messages)


def _is_sealed(prompt: Prompt) -> bool:
    """Whether a request brings anything that only xAI can open."""
    return any(said.step is not None and said.step.encrypted_content for said in prompt.messages)


def _outcome(running: RunningAnswer, prompt: Prompt, search_turns: int) -> Outcome:
    """The outcome of a stream that ended without an error: a proxy may have cut it so that it looks like an end."""
    draft = running.draft
    if running.screen is not None and running.screen.cut:
        return Outcome(State.STOPPED, prompt.store)
    if not draft.text and len(draft.queries) >= search_turns:
        return Outcome(State.FAILED, prompt.store, GrokError(GrokFailure.SEARCHED_OUT))
    if not draft.finished:
        return Outcome(
            State.FAILED, prompt.store, GrokError(GrokFailure.BROKEN_OFF if draft.length else GrokFailure.EMPTY)
        )
    if not draft.text and not draft.images:
        return Outcome(State.FAILED, prompt.store, GrokError(GrokFailure.EMPTY))
    return Outcome(State.DONE, prompt.store)


async def final(running: RunningAnswer, outcome: Outcome, at: datetime) -> Response:
    """The answer as it is stored, with the date until which xAI keeps it.

    Args:
        running: The answer.
        outcome: How its stream ended.
        at: When, in UTC.
    """
    response = running.draft.ended(running.response, outcome.state, at, _failure(outcome))
    kept = outcome.stored and not running.taken_back  # xAI's copy would hold the erased text
    screen = running.screen
    if screen is not None:
        response = await in_thread(partial(screen.closed, response))
        kept = kept and not screen.hid  # or hidden text
        if screen.cut:
            response = replace(response, attachments=())
        if screen.cut and response.state is State.DONE:  # found at the very end
            response = replace(response, state=State.STOPPED)
    if kept and outcome.state is State.DONE and response.xai_id:
        return replace(response, stored_until=at + KEPT_FOR)
    return response


def _failure(outcome: Outcome) -> str | None:
    if outcome.trouble is None:
        return None
    return outcome.trouble.kind.value if isinstance(outcome.trouble, GrokError) else GrokFailure.OTHER.value
