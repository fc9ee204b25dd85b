"""What can be done with a conversation: ask, retry, stop, recover. Every rule of who may and when is asked here.

Not here: the order of turns (`turns`), running them to their end (`runs`), Discord, SQL, xAI's wire.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreTrouble
from grokbot.conversation.response import Conversation, Sender, State
from grokbot.engine.access import Access
from grokbot.engine.asking import Asking
from grokbot.engine.forests import Forests
from grokbot.engine.forgetting import Forgetting
from grokbot.engine.growing import Growing
from grokbot.engine.happenings import Happenings
from grokbot.engine.keys import Keys
from grokbot.engine.library import Library
from grokbot.engine.looking_up import LookingUp
from grokbot.engine.opening import Opening, opened
from grokbot.engine.pausing import Pausing
from grokbot.engine.recovering import Recovery
from grokbot.engine.sampling import Sampler
from grokbot.engine.spending import Spending
from grokbot.engine.stateless import Stateless
from grokbot.engine.steering import Steering
from grokbot.engine.taking_back import TakingBack
from grokbot.engine.titling import Titling
from grokbot.engine.turns import Question, Turns
from grokbot.engine.variants import Variants
from grokbot.policy.admission import admit
from grokbot.store import AlreadyKnown, RowRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from grokbot.conversation.response import Author, MessageRef, Response
    from grokbot.engine.running import RunningAnswer
    from grokbot.policy.rights import Presser
    from grokbot.settings import Settings
    from grokbot.store import Store
    from grokbot.xai.client import GrokClient

log = logging.getLogger(__name__)

__all__ = ["AlreadyKnown", "Engine", "Question"]


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
        looking_up = LookingUp(store, self._runs, everyone=settings.conversation.steering == "everyone")
        self._steering = Steering(store, self._turns, looking_up)
        self.variants = Variants(store, self._turns, looking_up, now, new_id)
        self.growing = Growing(settings, store, self._turns, looking_up, Access(store), now)
        self._recovery = Recovery(store, self._turns, now)
        self.forgetting = Forgetting(store, grok)
        self.pausing = Pausing(store, self._runs, now, self.answer_waiting)
        self.titling = Titling(settings.conversation, store, grok, self.pausing)
        self._asking = Asking(settings, store, self._turns, now, new_id)
        self._taking_back = TakingBack(store, self._runs, self.forgetting, self.titling, now)
        self.library = Library(settings, store, self._turns, self.forgetting, self.titling.announce, now, new_id)
        self.keys = Keys(store, now, new_id)
        self.spending = Spending(store)
        self.forests = Forests(settings, store, self._runs, self.library, self.titling, self.variants, now, new_id)
        self.happenings = Happenings(store, self._runs, self.titling, self.forests)
        self.stateless = Stateless(settings, store, grok, self._runs, self.pausing, now, new_id)
        self.watch(self.titling.follow)

    def watch(self, begun: Callable[[RunningAnswer], None]) -> None:
        """`begun` is called for every answer that is to be shown from now on: that begins, or is to be shown again.

        The latter have ended; `shown_in` says where they stand. `shown_whole` is expected once for each.
        """
        self._runs.showing.watchers.append(begun)

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
            NotAllowed: The conversation is locked, or answers are paused.
            AlreadyKnown: The same message was taken before.
            StoreTrouble: It could not be written down; nothing of it is kept.
        """
        self.pausing.check()
        admit(where if isinstance(where, Conversation) else None, question.text, files=question.files)
        return await self._lanes.decide(self._asking.asked(question, where))

    async def retry(self, response_id: str, presser: Presser) -> RunningAnswer:
        """Samples another answer in place of one that failed or broke off.

        Raises:
            UserMistake: There is nothing to try again.
            NotAllowed: The person may not, or not now, or the conversation has gone on or is locked.
            StoreTrouble: It could not be written down; nothing has changed.
        """
        self.pausing.check()
        return await self._lanes.decide(self._steering.retried(response_id, presser))

    async def go_on(self, response_id: str, author: Author, presser: Presser) -> RunningAnswer:
        """Samples a further answer that goes on where one broke off; what was received stays as it is.

        Raises:
            UserMistake: There is nothing to continue.
            NotAllowed: The person may not, or not now, or the conversation has gone on or is locked.
            StoreTrouble: It could not be written down; nothing has changed.
        """
        self.pausing.check()
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
            Closed: Answers are paused.
        """
        self.pausing.check()
        admit(None, question.text, files=question.files)

    async def shown(self, message: MessageRef) -> None:
        """Notes where a part of an answer stands in Discord. If that cannot be kept, the answer still goes on."""
        try:
            await self._store.add_message(message)
        except (StoreTrouble, RowRefused):
            log.exception("answer.place_unsaved response=%s", message.response_id)

    async def places_of(self, response_id: str) -> Sequence[MessageRef]:
        """Where an answer stands in Discord, as far as is known.

        Raises:
            StoreTrouble: It could not be read.
        """
        return await self._store.messages_of(response_id)

    async def response_at(self, message_id: int) -> Response | None:
        """What a message in Discord holds a part of: an answer, or a person's words. None for one that we do not know.

        Raises:
            StoreTrouble: It could not be read.
        """
        return await self._store.response_of_message(message_id)

    async def hidden(self, message_id: int) -> None:
        """Notes that a message of an answer is no longer there."""
        try:
            await self._store.drop_message(message_id)
        except StoreTrouble:
            log.exception("answer.place_unsaved message=%d", message_id)

    async def shown_whole(self, response_id: str) -> None:
        """Notes that an answer stands in Discord to its end, or never will. What is not noted so, `recover` gives."""
        try:
            await self._runs.showing.shown_whole(response_id)
        except StoreTrouble:
            log.exception("answer.end_unsaved response=%s", response_id)

    async def last_heard(self, channel_id: int) -> int | None:
        """The newest message of a person in a channel that was taken in: what came later was not."""
        return await self._store.last_heard(channel_id)

    async def message_deleted(self, message_id: int) -> None:
        """A person's message is gone: if it waits it is dropped, if it alone is being answered the answer is stopped.

        Otherwise its text is erased, with all that it said before it was edited; what was answered stays. An answer to
        several messages goes on as long as one of them is there: somebody still waits for it.

        Raises:
            StoreTrouble: It could not be erased.
        """
        asked = await self._store.response_of_message(message_id)
        if asked is None or asked.sender is not Sender.HUMAN:
            return
        async with self._lanes.held(asked.conversation_id) as lane:
            if await self._store.drop_waiting(message_id):
                return
            stopped = self._withdrawn(lane.running, message_id)
            await self._taking_back.take_back(message_id, asked.conversation_id)
        if stopped is not None:
            await stopped.end()

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
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        await self.titling.close()
        await self._runs.drain(seconds)
        await self.forgetting.drain(max(0.0, until - clock()))

    def _withdrawn(self, running: RunningAnswer | None, message_id: int) -> RunningAnswer | None:
        """Ends an answer for which nobody waits any more, without this message."""
        if running is None:
            return None
        running.withdrawn.add(message_id)
        if not running.unasked:
            return None
        self._runs.end_early(running, State.STOPPED)
        return running

    async def _stop(self, answers: Sequence[RunningAnswer]) -> None:
        for running in answers:
            self._runs.end_early(running, State.STOPPED)
        for running in answers:
            await running.end()
