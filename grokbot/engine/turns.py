"""The order of turns: one at a time in a conversation, conversations side by side.

Messages that arrive while an answer is under way wait, written down, and are answered together. A lock per conversation
is held to decide and to write down, never while sampling. Not here: what people may do (`engine`), reading xAI's
stream (`sampling`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokTrouble, StoreTrouble, Trouble
from grokbot.conversation.forest import leaf_after
from grokbot.conversation.response import Conversation, Response, Sender, State
from grokbot.engine.running import RunningAnswer
from grokbot.engine.sampling import Outcome, final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from datetime import datetime

    from grokbot.conversation.response import MessageRef
    from grokbot.engine.sampling import Sampler
    from grokbot.store import Store

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Lane:
    """The turns of one conversation."""

    conversation_id: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    running: RunningAnswer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What is to be answered.

    `humans` are new or were waiting; `above` are already in the path, where an answer is sampled again. `messages` are
    the new humans' messages in Discord, `shown_in` those that the answer is to be written over.
    """

    conversation: Conversation
    humans: Sequence[Response] = ()
    above: Sequence[Response] = ()
    messages: Sequence[MessageRef] = ()
    shown_in: Sequence[MessageRef] = ()
    new: bool = False
    """Whether the conversation itself is still to be written down."""


class Turns:
    """Begins turns, runs them to their end, and begins what waited.

    Args:
        store: Where turns are written down.
        sampler: What reads the stream.
        now: The clock, in UTC.
        new_id: Makes ids that sort by time.
    """

    def __init__(self, store: Store, sampler: Sampler, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._store = store
        self._sampler = sampler
        self._now = now
        self._new_id = new_id
        self._lanes: dict[str, Lane] = {}
        self._sampling: dict[str, asyncio.Task[Outcome]] = {}
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._running: dict[str, RunningAnswer] = {}
        self.watchers: list[Callable[[RunningAnswer], None]] = []
        self.draining = False

    @property
    def running(self) -> Sequence[RunningAnswer]:
        """The answers under way."""
        return tuple(self._running.values())

    @asynccontextmanager
    async def lane(self, conversation_id: str) -> AsyncIterator[Lane]:
        """A conversation's lane with its lock held; it is forgotten when nobody uses it."""
        lane = self._lanes.setdefault(conversation_id, Lane(conversation_id))
        lane.users += 1
        try:
            async with lane.lock:
                yield lane
        finally:
            lane.users -= 1
            if lane.users == 0 and lane.running is None:
                self._lanes.pop(conversation_id, None)

    async def begin(self, lane: Lane, turn: Turn) -> RunningAnswer:
        """Writes the turn down in one transaction and starts reading. The lane's lock is held.

        Raises:
            AlreadyKnown: A message of it was taken before; nothing has changed.
            StoreTrouble: It could not be written down; nothing has changed.
        """
        chained = tuple(_chained(turn.humans, turn.conversation.leaf_id))
        asked = chained or turn.above
        answer = self._pending(turn.conversation, asked[-1].id)
        await self._store.begin_turn(chained, answer, turn.messages, turn.conversation if turn.new else None)
        known = () if turn.messages else [ref for human in asked for ref in await self._store.messages_of(human.id)]
        running = RunningAnswer(
            turn.conversation,
            answer,
            answers=(*turn.messages, *known),
            asker_id=asker_of(asked),
            shown_in=tuple(turn.shown_in),
        )
        self._start(lane, running)
        log.info("turn.begin conversation=%s response=%s messages=%d", lane.conversation_id, answer.id, len(asked))
        return running

    async def begin_waiting(self, lane: Lane) -> None:
        """Begins one turn for all messages that wait, if any do. The lane's lock is held."""
        waiting = await self._store.waiting(lane.conversation_id)
        conversation = await self._store.conversation(lane.conversation_id)
        if waiting and conversation is not None:
            await self.begin(lane, Turn(conversation=conversation, humans=waiting))

    def end_early(self, running: RunningAnswer, state: State) -> None:
        """Ends the call at xAI; what was received is kept in `state`. The first one to say so decides."""
        sampling = self._sampling.get(running.id)
        if sampling is not None and running.stop_as is None:
            running.stop_as = state
            sampling.cancel()

    async def drain(self, seconds: float) -> None:
        """Begins no more turns, lets running answers end for `seconds`, then ends them early."""
        self.draining = True
        runs = list(self._runs.values())
        if not runs:
            return
        log.info("turns.drain answers=%d seconds=%.0f", len(runs), seconds)
        _, late = await asyncio.wait(runs, timeout=seconds)
        if late:
            for running in self.running:
                self.end_early(running, State.INTERRUPTED)
            await asyncio.wait(late)

    def _start(self, lane: Lane, running: RunningAnswer) -> None:
        lane.running = running
        self._running[running.id] = running
        self._sampling[running.id] = asyncio.create_task(self._sampler.sample(running), name=f"sample {running.id}")
        self._runs[running.id] = asyncio.create_task(self._run(lane, running), name=f"turn {running.id}")
        for begun in self.watchers:
            begun(running)

    async def _run(self, lane: Lane, running: RunningAnswer) -> None:
        outcome = await self._outcome(running)
        async with self.lane(lane.conversation_id):
            await self._end(running, outcome)
            lane.running = None
            if not self.draining:
                await self._go_on(lane)

    async def _outcome(self, running: RunningAnswer) -> Outcome:
        sampling = self._sampling[running.id]
        await asyncio.wait([sampling])
        if sampling.cancelled():
            state = running.stop_as or State.INTERRUPTED
            trouble = GrokTrouble(Trouble.INTERRUPTED) if state is State.INTERRUPTED else None
            return Outcome(state, stored=False, trouble=trouble)
        error = sampling.exception()
        if error is None:
            return sampling.result()
        if isinstance(error, StoreTrouble):
            return Outcome(State.FAILED, stored=False, trouble=error)
        log.error("turn.failed response=%s", running.id, exc_info=error)
        return Outcome(State.FAILED, stored=False, trouble=GrokTrouble(Trouble.OTHER))

    async def _end(self, running: RunningAnswer, outcome: Outcome) -> None:
        answer = final(running, outcome, self._now())
        trouble = outcome.trouble
        try:
            await self._store.end_turn(answer, leaf_after(answer, running.conversation.leaf_id), self._now())
        except StoreTrouble as unsaved:
            log.exception("turn.unsaved response=%s", running.id)
            trouble = unsaved
        for owned in (self._sampling, self._running, self._runs):
            owned.pop(running.id, None)
        running.finish(answer, trouble)
        log.info(
            "turn.end conversation=%s response=%s state=%s characters=%d cost_ticks=%s",
            running.conversation.id,
            answer.id,
            answer.state.value,
            len(answer.message),
            answer.usage.cost_ticks if answer.usage else None,
        )

    async def _go_on(self, lane: Lane) -> None:
        try:
            await self.begin_waiting(lane)
        except StoreTrouble:
            log.exception("turn.waiting_stays conversation=%s", lane.conversation_id)

    def _pending(self, conversation: Conversation, parent_id: str) -> Response:
        return Response(
            id=self._new_id(),
            conversation_id=conversation.id,
            parent_id=parent_id,
            sender=Sender.MODEL,
            state=State.PENDING,
            created_at=self._now(),
            model=conversation.model,
        )


def asker_of(humans: Sequence[Response]) -> int | None:
    """Who asked: the author of the last message that is answered."""
    author = humans[-1].author if humans else None
    return author.id if author is not None else None


def _chained(humans: Sequence[Response], leaf_id: str | None) -> Iterator[Response]:
    """Messages that are answered together, each under the one before it."""
    for human in humans:
        yield replace(human, parent_id=leaf_id, state=State.DONE)
        leaf_id = human.id
