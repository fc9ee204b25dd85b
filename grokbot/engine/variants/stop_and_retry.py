"""What people do with an answer by its buttons: stop it, try it again, let it go on. Who may, and when not.

Not here: asking (`engine`), the order of turns (`turns.turns`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotAllowedError, UserError
from grokbot.conversation.forest import asker_of
from grokbot.conversation.response import State
from grokbot.engine.turns import AnswerLookup, Turn, Turns, answered_by
from grokbot.engine.variants.replace import Instead, Replacing
from grokbot.policy.admission import admit

if TYPE_CHECKING:
    from grokbot.engine.turns import RunningAnswer
    from grokbot.policy.actor import Actor
    from grokbot.store import Store

NOTHING_TO_RETRY = "This answer is complete; there is nothing to try again."
NOTHING_TO_CONTINUE = "This answer is complete; there is nothing to continue."
NOTHING_TO_STOP = "This answer has ended already."
MOVED_ON = "The conversation has gone on since. Ask again below."

GO_ON = "Go on exactly where you stopped. Repeat nothing of what is already there."
"""What the model is told in the name of whoever presses Continue."""

__all__ = ["GO_ON", "AnswerControls"]

BROKEN_OFF = frozenset({State.STOPPED, State.FAILED, State.INTERRUPTED})
"""How an answer ended that can be tried again, or continued if there is something of it."""


class AnswerControls:
    """The buttons' side of the engine.

    Args:
        store: Where answers are looked up.
        turns: Where new ones begin.
        lookup: Finds answers for those who may.
    """

    def __init__(self, store: Store, turns: Turns, lookup: AnswerLookup) -> None:
        self._store = store
        self._turns = turns
        self._runner = turns.runner
        self._lookup = lookup
        self._replacing = Replacing(store, turns)

    async def retried(self, response_id: str, actor: Actor) -> RunningAnswer:
        """Another answer in place of one that did not come to its own end. See `Engine.retry`."""
        answer = await self._lookup.answer(response_id)
        async with self._runner.locks.held(answer.conversation_id) as lock:
            found = await self._lookup.free(lock, response_id, actor)
            failed, conversation, humans = found.answer, found.conversation, found.humans
            await self._turns.admission.presses(actor, conversation)
            if failed.state not in BROKEN_OFF or not humans or failed.parent_id is None:
                raise UserError(NOTHING_TO_RETRY)
            if conversation.leaf_id not in (failed.id, humans[0].parent_id):
                raise NotAllowedError(MOVED_ON)
            admit(conversation, humans[-1].message)
            instead = Instead(
                conversation=conversation,
                standing=await self._store.placement.get(conversation.id),
                parent_id=failed.parent_id,
                asker_id=asker_of(humans),
                actor=actor,
                instead_of=failed.id,
                instruction=failed.instruction,
                options=failed.options,
            )
            return await self._replacing.begin(lock, instead)

    async def continued(self, response_id: str, actor: Actor) -> RunningAnswer:
        """A further answer that goes on where one broke off. See `Engine.go_on`."""
        answer = await self._lookup.answer(response_id)
        async with self._runner.locks.held(answer.conversation_id) as lock:
            found = await self._lookup.free(lock, response_id, actor)
            broken, conversation = found.answer, found.conversation
            await self._turns.admission.presses(actor, conversation)
            if broken.state not in BROKEN_OFF or not broken.answered:
                raise UserError(NOTHING_TO_CONTINUE)
            if conversation.leaf_id != broken.id:
                raise NotAllowedError(MOVED_ON)
            admit(conversation, GO_ON)
            human = self._turns.said(conversation.id, actor.author, GO_ON, manual=True)
            turn = Turn(conversation=conversation, humans=[human], options=broken.options, actor=actor)
            return await self._turns.begin(lock, turn)

    async def check_stop(self, running: RunningAnswer | None, actor: Actor) -> RunningAnswer:
        """Whether somebody may stop an answer. See `Engine.stop_by`."""
        if running is None or running.has_ended:
            raise UserError(NOTHING_TO_STOP)
        humans = await answered_by(self._store, running.response)
        self._lookup.check(humans, running.conversation, actor)
        return running
