"""Requests to Grok beside answers, mostly titles: reserved before, booked after, within the same limits.

Not here: answers (`turns.turn_queue`, `programs.stateless`), what is asked (`library.titles`).
"""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokError, StoreError
from grokbot.conversation.response import Response, Sender, State
from grokbot.store import RowRefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from grokbot.conversation.history import Prompt
    from grokbot.conversation.response import Conversation, Usage
    from grokbot.engine.budgets.budgets import Budgets
    from grokbot.engine.context import Context
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Taken:
    """One request."""

    prompt: Prompt
    """What to send: with whose it is."""
    usage: Usage | None = None
    """None while unknown."""


class SideRequests:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        budgets: Its limits.
    """

    def __init__(self, context: Context, budgets: Budgets) -> None:
        self._store = context.store
        self._budgets = budgets
        self._now = context.now
        self._new_id = context.new_id

    @asynccontextmanager
    async def paid(
        self, conversation: Conversation, prompt: Prompt, max_tokens: int, user_id: int, actor: Actor | None
    ) -> AsyncIterator[Taken]:
        """Wraps one side request: reserves its cost inside the block, and books its usage at the end.

        Args:
            conversation: As in `Budgets.reserving_beside`.
            prompt: All that is sent.
            max_tokens: The longest answer.
            user_id: Whose account pays.
            actor: The same person, if their roles are known; None otherwise.

        Raises:
            LimitReachedError, NotAllowedError: A limit is used up, or too little is left; do not send the request.
            StoreError: The cost could not be reserved.
        """
        begun = Response(
            id=self._new_id(),
            conversation_id=conversation.id,
            parent_id=None,
            sender=Sender.MODEL,
            state=State.PENDING,
            created_at=self._now(),
            model=conversation.model,
        )
        person = await self._store.identifiers.of(user_id)
        reserving = self._budgets.reserving_beside(conversation, prompt, max_tokens, user_id, actor)
        warnings = await self._store.reservations.add(reserving, begun)
        self._budgets.warn(reserving, warnings)
        taken, state = Taken(replace(prompt, person=person)), State.STOPPED
        try:
            yield taken
            state = State.DONE
        except GrokError:
            state = State.DONE if taken.usage is not None else State.FAILED
            raise
        finally:
            ended = replace(begun, state=state, usage=taken.usage)
            try:
                await self._store.ledger.add_spent(ended, reserving.who.user_id, self._now(), beside=conversation)
            except (StoreError, RowRefusedError):  # the next start counts the reservation
                log.exception("beside.account_unsaved conversation=%s", conversation.id)
