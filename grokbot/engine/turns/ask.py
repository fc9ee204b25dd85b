"""A person's message becomes a turn, opens a conversation with one, or waits until the one under way has ended.

Not here: the order of turns (`turns`), answers that are sampled again (`variants.variants`, `variants.stop_and_retry`,
`variants.edits`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UNKNOWN_RESPONSE, NotFoundError
from grokbot.conversation.response import Conversation, MessageRef, Response
from grokbot.engine.admission import Opening, opened
from grokbot.engine.turns.turns import Question, Turn, Turns
from grokbot.store import AlreadyKnownError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from grokbot.engine.turns.running_answer import RunningAnswer
    from grokbot.settings import Settings
    from grokbot.store import Store

log = logging.getLogger(__name__)


class Questions:
    """Takes in what people write.

    Args:
        settings: What new conversations begin with.
        store: Where it is written down.
        turns: Where answers begin.
        now: The clock, in UTC.
        new_id: Makes ids that sort by time.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        turns: Turns,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._settings = settings
        self._store = store
        self._turns = turns
        self._runner = turns.runner
        self._locks = turns.runner.locks
        self._now = now
        self._new_id = new_id

    async def asked(self, question: Question, where: Conversation | Opening) -> RunningAnswer | None:
        """See `Engine.ask`."""
        if isinstance(where, Conversation):
            return await self._go_on(where.id, question)
        where = await self._turns.terms.opening(where, question.actor)
        if where.channel_id is None:
            return await self._begin(opened(where, self._settings, self._new_id(), self._now()), question)
        async with self._locks.held(f"channel {where.channel_id}"):
            already = await self._store.conversations.newest_in(where.channel_id)
            if already is not None:
                return await self._go_on(already.id, question)
            return await self._begin(opened(where, self._settings, self._new_id(), self._now()), question)

    async def _begin(self, conversation: Conversation, question: Question) -> RunningAnswer | None:
        async with self._locks.held(conversation.id) as lock:
            await self._is_new(question)
            human, message = self._human(conversation.id, question)
            if self._runner.draining:
                await self._store.conversations.add(conversation)
                await self._store.queue.add(human, message)
                return None
            turn = Turn(conversation=conversation, humans=[human], messages=[message], new=True, actor=question.actor)
            return await self._turns.begin(lock, turn)

    async def _go_on(self, conversation_id: str, question: Question) -> RunningAnswer | None:
        async with self._locks.held(conversation_id) as lock:
            await self._is_new(question)
            human, message = self._human(conversation_id, question)
            if lock.running is not None or self._runner.draining:
                question.check(await self._conversation(conversation_id))
                await self._store.queue.add(human, message)
                log.info("turn.waits conversation=%s response=%s", conversation_id, human.id)
                return None
            await self._runner.save(lock)
            conversation = await self._conversation(conversation_id)
            question.check(conversation)
            waited = await self._turns.admitted(conversation, await self._turns.waiting(lock))
            humans = [*waited, human]
            turn = Turn(conversation=conversation, humans=humans, messages=[message], actor=question.actor)
            return await self._turns.begin_all(lock, turn)

    async def _is_new(self, question: Question) -> None:
        """Raises AlreadyKnown otherwise, before anything is written: no other error is told under a known message."""
        if await self._store.messages.response(question.message_id) is not None:
            raise AlreadyKnownError

    async def _conversation(self, conversation_id: str) -> Conversation:
        conversation = await self._store.conversations.get(conversation_id)
        if conversation is None:
            raise NotFoundError(UNKNOWN_RESPONSE)
        return conversation

    def _human(self, conversation_id: str, question: Question) -> tuple[Response, MessageRef]:
        self._turns.budgets.heard(question.actor)
        human = self._turns.said(conversation_id, question.actor.author, question.text, quoted_id=question.quoted_id)
        return human, MessageRef(question.message_id, question.channel_id, human.id, wording=question.wording)
