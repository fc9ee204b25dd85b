"""Requests to Grok beside answers, titles and images: reserved before, booked after, within the same limits.

Not here: answers (`turns.turn_queue`, `programs.stateless`), what is asked (`library.titles`, `library.images`).
"""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokError, GrokFailure, StoreError
from grokbot.conversation.response import Response, Sender, State, Usage
from grokbot.policy.budgets import AccountKind
from grokbot.store import RowRefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from grokbot.conversation.history import Prompt
    from grokbot.conversation.image_request import ImageRequest
    from grokbot.conversation.response import Conversation
    from grokbot.engine.budgets.budgets import Budgets
    from grokbot.engine.context import Context
    from grokbot.policy.actor import Actor
    from grokbot.store.budgets import Reserving

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Taken:
    """One request."""

    person: str
    """Whose it is, for xAI: see `Identifiers`."""
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
        self,
        conversation: Conversation,
        prompt: Prompt,
        max_tokens: int,
        user_id: int,
        actor: Actor | None,
        *,
        as_turn: bool = False,
    ) -> AsyncIterator[Taken]:
        """Wraps one side request: reserves its cost inside the block, and books its usage at the end.

        Args:
            conversation: As in `Budgets.reserving_beside`.
            prompt: All that is sent.
            max_tokens: The longest answer.
            user_id: Whose account pays.
            actor: The same person, if their roles are known; None otherwise.
            as_turn: Whether it counts as a turn, as an answer does.

        Raises:
            LimitReachedError, NotAllowedError: A limit is used up, or too little is left; do not send the request.
            StoreError: The cost could not be reserved.
        """
        reserving = self._budgets.reserving_beside(conversation, prompt, max_tokens, user_id, actor)
        if as_turn:
            reserving = replace(reserving, kind=AccountKind.ANSWER)
        async with self._paid(conversation, reserving, conversation.model) as taken:
            yield taken

    @asynccontextmanager
    async def paid_images(self, place: Conversation, wanted: ImageRequest, actor: Actor) -> AsyncIterator[Taken]:
        """The same for a request for images, which counts as a turn. Cancelled, it counts as paid for.

        Args:
            place: The conversation; or only server and channel, with the id "".
            wanted: What is asked for.
            actor: Who pays.

        Raises:
            LimitReachedError, NotAllowedError: A limit is used up, or too little is left; do not send the request.
            StoreError: The cost could not be reserved.
        """
        reserving = self._budgets.reserving_images(place, wanted, actor)
        lost = Usage(cost_ticks=reserving.flat_ticks)
        async with self._paid(place, reserving, wanted.model, lost) as taken:
            yield taken

    @asynccontextmanager
    async def _paid(
        self, beside: Conversation, reserving: Reserving, model: str, lost: Usage | None = None
    ) -> AsyncIterator[Taken]:
        begun = Response(
            id=self._new_id(),
            conversation_id=beside.id,
            parent_id=None,
            sender=Sender.MODEL,
            state=State.PENDING,
            created_at=self._now(),
            model=model,
        )
        person = await self._store.identifiers.of(reserving.who.user_id)
        warnings = await self._store.reservations.add(reserving, begun)
        self._budgets.warn(reserving, warnings)
        taken, state = Taken(person), State.STOPPED
        try:
            yield taken
            state = State.DONE
        except GrokError as error:
            if lost is None or error.kind is not GrokFailure.INTERRUPTED:
                state = State.DONE if taken.usage is not None else State.FAILED
            raise
        finally:
            usage = lost if taken.usage is None and state is State.STOPPED else taken.usage
            ended = replace(begun, state=state, usage=usage)
            try:
                await self._store.ledger.add_spent(ended, reserving.who.user_id, self._now(), beside=beside)
            except (StoreError, RowRefusedError):  # the next start counts the reservation
                log.exception("beside.account_unsaved conversation=%s", beside.id)
