"""What can be done with a conversation: ask, retry, stop, recover. Every rule of who may and when is asked here.

Not here: the order of turns (`turns`), running them to their end (`runs`), Discord, SQL, xAI's wire.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreTrouble, UserMistake
from grokbot.conversation.response import Author, Conversation, MessageRef, Response, Sender, State
from grokbot.engine.opening import Opening, opened
from grokbot.engine.recovering import Recovery
from grokbot.engine.sampling import Sampler
from grokbot.engine.steering import UNKNOWN, Steering
from grokbot.engine.turns import Turn, Turns
from grokbot.policy.admission import admit
from grokbot.store import AlreadyKnown, RowRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from grokbot.engine.running import RunningAnswer
    from grokbot.policy.rights import Presser
    from grokbot.settings import Settings
    from grokbot.store import Store
    from grokbot.xai.client import GrokClient

log = logging.getLogger(__name__)

__all__ = ["AlreadyKnown", "Engine", "Question"]


@dataclass(frozen=True, slots=True)
class Question:
    """What a person wrote, and where it stands in Discord."""

    author: Author
    text: str
    message_id: int
    channel_id: int
    files: int = 0
    """Attachments that the model is not shown."""


class Engine:
    """One for the process.

    Args:
        settings: What new conversations begin with.
        store: Where everything is kept.
        grok: The client of xAI.
        now: The clock, in UTC.
        new_id: Makes ids that sort by time.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        grok: GrokClient,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._settings = settings
        self._store = store
        self._now = now
        self._new_id = new_id
        self._turns = Turns(store, Sampler(store, grok, now), now, new_id)
        self._runs = self._turns.runs
        self._lanes = self._runs.lanes
        self._steering = Steering(store, self._turns)
        self._recovery = Recovery(store, self._turns, now)

    def watch(self, begun: Callable[[RunningAnswer], None]) -> None:
        """`begun` is called for every answer that begins from now on, whoever asked for it."""
        self._runs.watchers.append(begun)

    @property
    def running(self) -> Sequence[RunningAnswer]:
        """The answers under way."""
        return self._runs.running

    async def conversation_in(self, channel_id: int) -> Conversation | None:
        """The conversation that is held in a channel; the newest, where several were."""
        return await self._store.conversation_in(channel_id)

    async def open(self, opening: Opening) -> Conversation:
        """Begins an empty conversation."""
        conversation = opened(opening, self._settings, self._new_id(), self._now())
        await self._store.begin_conversation(conversation)
        return conversation

    async def ask(self, question: Question, where: Conversation | Opening) -> RunningAnswer | None:
        """A person's message becomes a turn, or waits for the one under way to end.

        Args:
            question: What was written.
            where: The conversation in which it goes on, or how one begins in a channel that has none.

        Returns:
            The answer that has begun; None where the message waits.

        Raises:
            UserMistake: There is nothing in it to answer.
            NotAllowed: The conversation is locked.
            AlreadyKnown: The same message was taken before.
            StoreTrouble: It could not be written down; nothing of it is kept.
        """
        admit(where if isinstance(where, Conversation) else None, question.text, files=question.files)
        return await self._lanes.decide(self._asked(question, where))

    async def retry(self, response_id: str, presser: Presser) -> RunningAnswer:
        """Samples another answer in place of one that failed or broke off.

        Raises:
            UserMistake: There is nothing to try again.
            NotAllowed: The person may not, or not now, or the conversation has gone on or is locked.
            StoreTrouble: It could not be written down; nothing has changed.
        """
        return await self._lanes.decide(self._steering.retried(response_id, presser))

    async def go_on(self, response_id: str, author: Author, presser: Presser) -> RunningAnswer:
        """Samples a further answer that goes on where one broke off; what was received stays as it is.

        Raises:
            UserMistake: There is nothing to continue.
            NotAllowed: The person may not, or not now, or the conversation has gone on or is locked.
            StoreTrouble: It could not be written down; nothing has changed.
        """
        return await self._lanes.decide(self._steering.continued(response_id, author, presser))

    async def stop_by(self, response_id: str, presser: Presser) -> None:
        """Ends an answer because somebody wants it to end.

        Raises:
            UserMistake: It has ended already.
            NotAllowed: The person may not.
        """
        running = next((running for running in self.running if running.id == response_id), None)
        await self._stop([await self._steering.check_stop(running, presser)])

    async def stop(self, response_id: str) -> None:
        """Ends an answer under way and its call at xAI, keeping what was received. Does nothing if it has ended."""
        await self._stop([running for running in self.running if running.id == response_id])

    def check(self, question: Question) -> None:
        """Whether a question could begin a conversation; to be asked before anything is made for it.

        Raises:
            UserMistake: There is nothing in it to answer.
        """
        admit(None, question.text, files=question.files)

    async def shown(self, message: MessageRef) -> None:
        """Notes where a part of an answer stands in Discord. If that cannot be kept, the answer still goes on."""
        try:
            await self._store.add_message(message)
        except (StoreTrouble, RowRefused):
            log.exception("answer.place_unsaved response=%s", message.response_id)

    async def hidden(self, message_id: int) -> None:
        """Notes that a message of an answer is no longer there."""
        try:
            await self._store.drop_message(message_id)
        except StoreTrouble:
            log.exception("answer.place_unsaved message=%d", message_id)

    async def shown_whole(self, response_id: str) -> None:
        """Notes that an answer stands in Discord to its end, or never will. What is not noted so, `recover` gives."""
        try:
            await self._store.shown_whole(response_id)
        except StoreTrouble:
            log.exception("answer.end_unsaved response=%s", response_id)

    async def last_heard(self, channel_id: int) -> int | None:
        """The newest message of a person in a channel that was taken in: what came later was not."""
        return await self._store.last_heard(channel_id)

    async def message_deleted(self, message_id: int) -> None:
        """A person's message is gone: if it waits it is dropped, if it alone is being answered the answer is stopped.

        An answer to several messages goes on as long as one of them is there: somebody still waits for it.
        """
        asked = await self._store.response_of_message(message_id)
        if asked is None or asked.sender is not Sender.HUMAN:
            return
        async with self._lanes.held(asked.conversation_id) as lane:
            if await self._store.drop_waiting(message_id) or lane.running is None:
                return
            running = lane.running
            running.withdrawn.add(message_id)
            left = [ref for ref in running.answers if ref.message_id not in running.withdrawn]
        if not left:
            await self._stop([running])

    async def channel_deleted(self, channel_id: int) -> None:
        """A thread is gone: what is being answered in it is stopped, what waits in it is dropped."""
        conversation = await self._store.conversation_in(channel_id)
        if conversation is not None:
            async with self._lanes.held(conversation.id) as lane:
                for human in await self._turns.waiting(lane):
                    for ref in await self._store.messages_of(human.id):
                        await self._store.drop_waiting(ref.message_id)
        await self._stop([running for running in self.running if running.conversation.channel_id == channel_id])

    async def recover(self) -> Sequence[RunningAnswer]:
        """After a start: gives an end to answers that the last stop cut off, keeping what had been written down.

        Returns:
            Each of them, ended as interrupted, and those that had ended but do not stand in Discord to their end;
            `shown_in` says where they stand.

        Raises:
            StoreTrouble: It could not be found out which they are.
        """
        return await self._recovery.recover()

    async def answer_waiting(self) -> None:
        """After a start: begins the turns of messages that were waiting at the last stop.

        Raises:
            StoreTrouble: It could not be found out which they are.
        """
        await self._lanes.decide(self._recovery.answer_waiting())

    async def drain(self, seconds: float) -> None:
        """Begins no more turns, lets running answers end for `seconds`, then ends them and keeps what they have.

        Messages that arrive meanwhile are written down and answered after the next start.
        """
        await self._runs.drain(seconds)

    async def _stop(self, answers: Sequence[RunningAnswer]) -> None:
        for running in answers:
            self._runs.end_early(running, State.STOPPED)
        for running in answers:
            await running.end()

    async def _asked(self, question: Question, where: Conversation | Opening) -> RunningAnswer | None:
        if isinstance(where, Conversation):
            return await self._go_on(where.id, question)
        async with self._lanes.held(f"channel {where.channel_id}"):
            already = await self._store.conversation_in(where.channel_id)
            if already is not None:
                return await self._go_on(already.id, question)
            return await self._begin(opened(where, self._settings, self._new_id(), self._now()), question)

    async def _begin(self, conversation: Conversation, question: Question) -> RunningAnswer | None:
        async with self._lanes.held(conversation.id) as lane:
            human, message = self._human(conversation.id, question)
            if self._runs.draining:
                if await self._store.response_of_message(question.message_id) is not None:
                    raise AlreadyKnown
                await self._store.begin_conversation(conversation)
                await self._store.wait_turn(human, message)
                return None
            turn = Turn(conversation=conversation, humans=[human], messages=[message], new=True)
            return await self._turns.begin(lane, turn)

    async def _go_on(self, conversation_id: str, question: Question) -> RunningAnswer | None:
        async with self._lanes.held(conversation_id) as lane:
            human, message = self._human(conversation_id, question)
            if lane.running is not None or self._runs.draining:
                admit(await self._conversation(conversation_id), question.text, files=question.files)
                await self._store.wait_turn(human, message)
                log.info("turn.waits conversation=%s response=%s", conversation_id, human.id)
                return None
            await self._runs.save(lane)
            conversation = await self._conversation(conversation_id)
            admit(conversation, question.text, files=question.files)
            humans = [*await self._turns.waiting(lane), human]
            return await self._turns.begin(lane, Turn(conversation=conversation, humans=humans, messages=[message]))

    async def _conversation(self, conversation_id: str) -> Conversation:
        conversation = await self._store.conversation(conversation_id)
        if conversation is None:
            raise UserMistake(UNKNOWN)
        return conversation

    def _human(self, conversation_id: str, question: Question) -> tuple[Response, MessageRef]:
        human = self._turns.said(conversation_id, question.author, question.text)
        return human, MessageRef(question.message_id, question.channel_id, human.id)
