"""What people do with an answer by its buttons: stop it, try it again, let it go on. Who may, and when not.

Not here: asking (`engine`), the order of turns (`turns`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotAllowed, UserMistake
from grokbot.conversation.response import Author, Conversation, Response, Sender, State
from grokbot.engine.recovering import answered_by
from grokbot.engine.turns import Turn, Turns, asker_of
from grokbot.policy.admission import admit
from grokbot.policy.rights import Presser, may_steer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.engine.lanes import Lane
    from grokbot.engine.running import RunningAnswer
    from grokbot.store import Store

UNKNOWN = "I do not know this answer any more."
NOTHING_TO_RETRY = "This answer is complete; there is nothing to try again."
NOTHING_TO_CONTINUE = "This answer is complete; there is nothing to continue."
NOTHING_TO_STOP = "This answer has ended already."
STILL_ANSWERING = "I am still answering in this conversation. Try again when I am done."
RESTARTING = "I am just being restarted. Try again in a moment."
MOVED_ON = "The conversation has gone on since. Ask again below."

GO_ON = "Go on exactly where you stopped. Repeat nothing of what is already there."
"""What the model is told in the name of whoever presses Continue."""

BROKEN_OFF = frozenset({State.STOPPED, State.FAILED, State.INTERRUPTED})
"""How an answer ended that can be tried again, or continued if there is something of it."""


class Steering:
    """The buttons' side of the engine.

    Args:
        store: Where answers are looked up.
        turns: Where new ones begin.
    """

    def __init__(self, store: Store, turns: Turns) -> None:
        self._store = store
        self._turns = turns
        self._runs = turns.runs

    async def retried(self, response_id: str, presser: Presser) -> RunningAnswer:
        """Another answer in place of one that did not come to its own end. See `Engine.retry`."""
        found = await self._response(response_id)
        async with self._runs.lanes.held(found.conversation_id) as lane:
            failed, conversation, humans = await self._looked_up(lane, response_id, presser)
            self._check_free(lane)
            if failed.state not in BROKEN_OFF or not humans:
                raise UserMistake(NOTHING_TO_RETRY)
            if conversation.leaf_id not in (failed.id, humans[0].parent_id):
                raise NotAllowed(MOVED_ON)
            admit(conversation, humans[-1].message)
            shown = await self._store.messages_of(failed.id)
            return await self._turns.begin(lane, Turn(conversation=conversation, above=humans, shown_in=shown))

    async def continued(self, response_id: str, author: Author, presser: Presser) -> RunningAnswer:
        """A further answer that goes on where one broke off. See `Engine.go_on`."""
        found = await self._response(response_id)
        async with self._runs.lanes.held(found.conversation_id) as lane:
            broken, conversation, _ = await self._looked_up(lane, response_id, presser)
            self._check_free(lane)
            if broken.state not in BROKEN_OFF or not broken.answered:
                raise UserMistake(NOTHING_TO_CONTINUE)
            if conversation.leaf_id != broken.id:
                raise NotAllowed(MOVED_ON)
            admit(conversation, GO_ON)
            human = self._turns.said(conversation.id, author, GO_ON, manual=True)
            return await self._turns.begin(lane, Turn(conversation=conversation, humans=[human]))

    async def check_stop(self, running: RunningAnswer | None, presser: Presser) -> RunningAnswer:
        """Whether somebody may stop an answer. See `Engine.stop_by`."""
        if running is None or running.has_ended:
            raise UserMistake(NOTHING_TO_STOP)
        humans = await answered_by(self._store, running.response)
        may_steer(presser, _asker(humans, presser), running.conversation.owner_id)
        return running

    async def _looked_up(
        self, lane: Lane, response_id: str, presser: Presser
    ) -> tuple[Response, Conversation, Sequence[Response]]:
        """An answer as it stands now, with its conversation and what it answers; refused to those who may not."""
        if lane.running is None:
            await self._runs.save(lane)
        response = await self._response(response_id)  # it may have ended meanwhile
        conversation = await self._store.conversation(response.conversation_id)
        if conversation is None:
            raise UserMistake(UNKNOWN)
        humans = await answered_by(self._store, response)
        may_steer(presser, _asker(humans, presser), conversation.owner_id)
        return response, conversation, humans

    def _check_free(self, lane: Lane) -> None:
        if lane.running is not None:
            raise NotAllowed(STILL_ANSWERING)
        if self._runs.draining:
            raise NotAllowed(RESTARTING)

    async def _response(self, response_id: str) -> Response:
        response = await self._store.response(response_id)
        if response is None or response.sender is not Sender.MODEL:
            raise UserMistake(UNKNOWN)
        return response


def _asker(humans: Sequence[Response], presser: Presser) -> int | None:
    """The presser, if they wrote one of the messages; whoever wrote the last one otherwise."""
    wrote = any(human.author is not None and human.author.id == presser.id for human in humans)
    return presser.id if wrote else asker_of(humans)
