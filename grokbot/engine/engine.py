"""What can be done with a conversation: ask, retry, stop, recover. Every rule of who may and when is asked here.

Not here: the order of turns (`turns`), Discord, SQL, xAI's wire.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokTrouble, NotAllowed, StoreTrouble, Trouble, UserMistake
from grokbot.conversation.forest import leaf_after
from grokbot.conversation.response import Author, Conversation, MessageRef, Response, Sender, State
from grokbot.engine.opening import Opening, opened
from grokbot.engine.running import RunningAnswer
from grokbot.engine.sampling import Sampler
from grokbot.engine.turns import Turn, Turns, asker_of
from grokbot.policy.admission import admit
from grokbot.policy.rights import Presser, may_steer
from grokbot.store import AlreadyKnown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from grokbot.settings import Settings
    from grokbot.store import Store
    from grokbot.xai.client import GrokClient

log = logging.getLogger(__name__)

__all__ = ["AlreadyKnown", "Engine", "Question"]

UNKNOWN = "I do not know this answer any more."
NOTHING_TO_RETRY = "This answer is complete; there is nothing to try again."
STILL_ANSWERING = "I am still answering in this conversation. Try again when I am done."
RESTARTING = "I am just being restarted. Try again in a moment."
MOVED_ON = "The conversation has gone on since. Ask again below."


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

    def watch(self, begun: Callable[[RunningAnswer], None]) -> None:
        """`begun` is called for every answer that begins from now on, whoever asked for it."""
        self._turns.watchers.append(begun)

    @property
    def running(self) -> Sequence[RunningAnswer]:
        """The answers under way."""
        return self._turns.running

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
        known = where if isinstance(where, Conversation) else None
        admit(known, question.text, files=question.files)
        if isinstance(where, Conversation):
            return await self._go_on(where.id, question)
        async with self._turns.lane(f"channel {where.channel_id}"):
            already = await self._store.conversation_in(where.channel_id)
            if already is not None:
                return await self._go_on(already.id, question)
            return await self._begin(opened(where, self._settings, self._new_id(), self._now()), question)

    async def retry(self, response_id: str, presser: Presser) -> RunningAnswer:
        """Samples another answer in place of one that failed or broke off.

        Raises:
            UserMistake: There is nothing to try again.
            NotAllowed: The person may not, or not now, or the conversation has gone on.
        """
        failed = await self._store.response(response_id)
        if failed is None or failed.sender is not Sender.MODEL:
            raise UserMistake(UNKNOWN)
        async with self._turns.lane(failed.conversation_id) as lane:
            conversation = await self._conversation(failed.conversation_id)
            humans = await self._answered_by(failed)
            may_steer(presser, asker_of(humans), conversation.owner_id)
            if lane.running is not None:
                raise NotAllowed(STILL_ANSWERING)
            if self._turns.draining:
                raise NotAllowed(RESTARTING)
            if failed.state not in (State.FAILED, State.INTERRUPTED):
                raise UserMistake(NOTHING_TO_RETRY)
            if conversation.leaf_id not in (failed.id, humans[0].parent_id):
                raise NotAllowed(MOVED_ON)
            shown = await self._store.messages_of(failed.id)
            turn = Turn(conversation=conversation, above=humans, shown_in=shown)
            return await self._turns.begin(lane, turn)

    async def stop(self, response_id: str) -> None:
        """Ends an answer under way and its call at xAI, keeping what was received. Does nothing if it has ended."""
        for running in self.running:
            if running.id == response_id:
                self._turns.end_early(running, State.STOPPED)
                await running.end()

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
        except StoreTrouble:
            log.exception("answer.place_unsaved response=%s", message.response_id)

    async def hidden(self, message_id: int) -> None:
        """Notes that a message of an answer is no longer there."""
        try:
            await self._store.drop_message(message_id)
        except StoreTrouble:
            log.exception("answer.place_unsaved message=%d", message_id)

    async def message_deleted(self, message_id: int) -> None:
        """A person's message is gone: if it waits it is dropped, if it is being answered the answer is stopped."""
        if await self._store.drop_waiting(message_id):
            return
        for running in self.running:
            if any(ref.message_id == message_id for ref in running.answers):
                await self.stop(running.id)

    async def channel_deleted(self, channel_id: int) -> None:
        """A thread is gone: what is being answered in it is stopped."""
        for running in self.running:
            if running.conversation.channel_id == channel_id:
                await self.stop(running.id)

    async def recover(self) -> Sequence[RunningAnswer]:
        """After a start: gives an end to answers that the last stop cut off, keeping what had been written down.

        Returns:
            Each of them, ended as interrupted; `shown_in` says where they stand.
        """
        return [await self._recovered(response) for response in await self._store.unended()]

    async def answer_waiting(self) -> None:
        """After a start: begins the turns of messages that were waiting at the last stop."""
        for conversation_id in await self._store.conversations_with_waiting():
            async with self._turns.lane(conversation_id) as lane:
                if lane.running is None:
                    await self._turns.begin_waiting(lane)

    async def drain(self, seconds: float) -> None:
        """Begins no more turns, lets running answers end for `seconds`, then ends them and keeps what they have.

        Messages that arrive meanwhile are written down and answered after the next start.
        """
        await self._turns.drain(seconds)

    async def _begin(self, conversation: Conversation, question: Question) -> RunningAnswer | None:
        async with self._turns.lane(conversation.id) as lane:
            human, message = self._human(conversation.id, question)
            if self._turns.draining:
                await self._store.begin_conversation(conversation)
                await self._store.wait_turn(human, message)
                return None
            turn = Turn(conversation=conversation, humans=[human], messages=[message], new=True)
            return await self._turns.begin(lane, turn)

    async def _go_on(self, conversation_id: str, question: Question) -> RunningAnswer | None:
        async with self._turns.lane(conversation_id) as lane:
            human, message = self._human(conversation_id, question)
            if lane.running is not None or self._turns.draining:
                await self._store.wait_turn(human, message)
                log.info("turn.waits conversation=%s response=%s", conversation_id, human.id)
                return None
            conversation = await self._conversation(conversation_id)
            return await self._turns.begin(lane, Turn(conversation=conversation, humans=[human], messages=[message]))

    async def _recovered(self, response: Response) -> RunningAnswer:
        conversation = await self._conversation(response.conversation_id)
        ended = replace(response, state=State.INTERRUPTED, finished_at=self._now(), failure=Trouble.INTERRUPTED.value)
        await self._store.end_turn(ended, leaf_after(ended, conversation.leaf_id), self._now())
        log.info("turn.recovered response=%s characters=%d", ended.id, len(ended.message))
        humans = await self._answered_by(ended)
        shown = await self._store.messages_of(ended.id)
        running = RunningAnswer(conversation, ended, asker_id=asker_of(humans), shown_in=shown)
        running.finish(ended, GrokTrouble(Trouble.INTERRUPTED))
        return running

    async def _conversation(self, conversation_id: str) -> Conversation:
        conversation = await self._store.conversation(conversation_id)
        if conversation is None:
            raise UserMistake(UNKNOWN)
        return conversation

    async def _answered_by(self, answer: Response) -> Sequence[Response]:
        """The messages that an answer answers: the run of humans right above it."""
        humans: list[Response] = []
        for response in reversed(await self._store.path(answer.parent_id)):
            if response.sender is not Sender.HUMAN:
                break
            humans.insert(0, response)
        return humans

    def _human(self, conversation_id: str, question: Question) -> tuple[Response, MessageRef]:
        human = Response(
            id=self._new_id(),
            conversation_id=conversation_id,
            parent_id=None,
            sender=Sender.HUMAN,
            state=State.PENDING,
            created_at=self._now(),
            finished_at=self._now(),
            author=question.author,
            message=question.text,
        )
        return human, MessageRef(question.message_id, question.channel_id, human.id)
