"""The buttons of an answer: stop, retry, continue. Who may use them, and when.

Not here: asking (`engine`), the order of turns (`turns.turn_queue`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UNKNOWN_RESPONSE, NotAllowedError, NotFoundError, UserError
from grokbot.conversation.options import again
from grokbot.conversation.response import State
from grokbot.conversation.text.sentences import Sentence
from grokbot.engine.turns import RunningAnswer, Turn, trouble_of
from grokbot.engine.variants.insertion_point import MOVED_ON

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation
    from grokbot.display import VariantNumber
    from grokbot.engine.context import Context
    from grokbot.engine.turns import TurnQueue
    from grokbot.engine.variants.insertion_point import InsertionPoints
    from grokbot.policy.actor import Actor

NOTHING_TO_RETRY = Sentence("This answer is complete; there is nothing to try again.")
NOTHING_TO_CONTINUE = Sentence("This answer is complete; there is nothing to continue.")
NOTHING_TO_STOP = Sentence("This answer has ended already.")

GO_ON = "Go on exactly where you stopped. Repeat nothing of what is already there."
"""The message to the model in the name of the person who presses Continue."""

BROKEN_OFF = frozenset({State.STOPPED, State.FAILED, State.INTERRUPTED})
"""The states in which an answer can be retried, or continued if it has text."""


@dataclass(frozen=True, slots=True)
class AnswerNow:
    """An answer as it is now, for a display that comes to it later."""

    running: RunningAnswer
    """It may have ended."""
    conversation: Conversation
    question: str
    """What it answers, in the words of the last who asked; empty if a button asked for it."""
    variant: VariantNumber | None


class AnswerControls:
    """Stops, retries and continues answers.

    Args:
        context: Settings, store, clock, ids and events.
        queue: Begins new ones.
        points: Finds answers to act on, for those who may.
    """

    def __init__(self, context: Context, queue: TurnQueue, points: InsertionPoints) -> None:
        self._store = context.store
        self._queue = queue
        self._runner = queue.runner
        self._lookup = points.lookup
        self._points = points

    async def now(self, response_id: str, actor: Actor) -> AnswerNow:
        """An answer as it is now, running or ended, for somebody who decides about it.

        Raises:
            NotFoundError: It is gone, or not for them.
            NotAllowedError: They do not decide about it.
        """
        running = next((each for each in self._runner.running if each.id == response_id), None)  # it may end meanwhile
        found = await self._lookup.found(response_id, actor)
        standing = await self._store.placement.get(found.conversation.id)
        if running is None:
            running = RunningAnswer(found.conversation, found.answer)
            running.finish(found.answer, trouble_of(found.answer))
        question = found.humans[-1].message if found.humans and not found.humans[-1].manual else ""
        return AnswerNow(running, found.conversation, question, standing.variant_number(response_id))

    async def last_in(self, conversation_id: str) -> str:
        """The end of the path that a conversation shows.

        Raises:
            NotFoundError: It is gone, or has no answer.
        """
        conversation = await self._store.conversations.get(conversation_id)
        if conversation is None or conversation.leaf_id is None:
            raise NotFoundError(UNKNOWN_RESPONSE)
        return conversation.leaf_id

    async def retry(self, response_id: str, actor: Actor) -> RunningAnswer:
        """Samples another answer in place of one that failed or broke off.

        Raises:
            UserError: There is nothing to try again.
            NotAllowedError: The person may not, or not now, or the conversation has gone on or is locked.
            StoreError: It could not be saved; nothing has changed.
        """
        return await self._runner.locks.decide(self._retried(response_id, actor))

    async def go_on(self, response_id: str, actor: Actor) -> RunningAnswer:
        """Samples another answer that continues one that broke off; the received text stays.

        Raises:
            UserError: There is nothing to continue.
            NotAllowedError: The person may not, or not now, or the conversation has gone on or is locked.
            StoreError: It could not be saved; nothing has changed.
        """
        return await self._runner.locks.decide(self._continued(response_id, actor))

    async def stop_by(self, response_id: str, actor: Actor) -> None:
        """Ends an answer for a person.

        Raises:
            UserError: It has ended already.
            NotAllowedError: The person may not.
        """
        running = [each for each in self._runner.running if each.id == response_id and not each.has_ended]
        if not running:
            raise UserError(NOTHING_TO_STOP)
        await self._lookup.found(response_id, actor)
        await self._runner.stop(running)

    async def stop_in(self, conversation_id: str, actor: Actor) -> None:
        """The same for the running answer of a conversation. Raises as `stop_by`."""
        await self._lookup.access.seen(conversation_id, actor)
        running = (each.id for each in self._runner.running if each.conversation.id == conversation_id)
        await self.stop_by(next(running, ""), actor)

    async def stop(self, response_id: str) -> None:
        """Ends a running answer and its call at xAI, keeping the received text. Does nothing if it has ended."""
        await self._runner.stop([running for running in self._runner.running if running.id == response_id])

    def running_in(self, channel_id: int, user_id: int) -> RunningAnswer | None:
        """The running answer in a channel; of several, the newest to this person, or else the newest."""
        here = [running for running in self._runner.running if running.conversation.channel_id == channel_id]
        return max(here, key=lambda running: (running.asked.asker_id == user_id, running.id), default=None)

    async def _retried(self, response_id: str, actor: Actor) -> RunningAnswer:
        """Another answer in place of one that broke off or failed."""
        answer = await self._lookup.answer(response_id)
        async with self._runner.locks.held(answer.conversation_id) as lock:
            point, failed, humans = await self._points.of_answer(lock, response_id, actor)
            if failed.state not in BROKEN_OFF or not humans:
                raise UserError(NOTHING_TO_RETRY)
            if point.conversation.leaf_id not in (failed.id, humans[0].parent_id):
                raise NotAllowedError(MOVED_ON)
            turn = point.once_more(humans, again(point.conversation, failed.options), failed.instruction)
            return await self._queue.start.begin(lock, replace(turn, instead_of=failed.id))

    async def _continued(self, response_id: str, actor: Actor) -> RunningAnswer:
        """Another answer that continues one that broke off."""
        answer = await self._lookup.answer(response_id)
        async with self._runner.locks.held(answer.conversation_id) as lock:
            point, broken, _ = await self._points.of_answer(lock, response_id, actor)
            conversation = point.conversation
            if broken.state not in BROKEN_OFF or not broken.answered:
                raise UserError(NOTHING_TO_CONTINUE)
            if conversation.leaf_id != broken.id:
                raise NotAllowedError(MOVED_ON)
            human = self._queue.said(conversation.id, actor.author, GO_ON, manual=True)
            turn = Turn(conversation=conversation, humans=[human], options=broken.options, actor=point.actor)
            return await self._queue.start.begin(lock, turn)
