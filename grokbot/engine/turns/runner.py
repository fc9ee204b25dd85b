"""Runs turns to their end, saves the end, and continues with waiting messages. The lock always comes free.

Not here: beginning a turn (`turn_start`), reading xAI's stream (`sampler`), the locks (`conversation_lock`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokError, GrokFailure, LimitReachedError, NotAllowedError, StoreError
from grokbot.conversation.forest import leaf_after
from grokbot.conversation.response import Response, State
from grokbot.conversation.text.sentences import Sentence
from grokbot.display import Rearranged, rearranged, settled, stands
from grokbot.engine.turns.conversation_lock import ConversationLock, ConversationLocks, Ending
from grokbot.engine.turns.display import AnswerDisplay
from grokbot.engine.turns.events import AnswerEnded, AnswerGiven
from grokbot.engine.turns.sampler import Outcome, Sampler, final
from grokbot.engine.turns.unsaved_facts import UnsavedFacts
from grokbot.policy.budgets import in_dollars
from grokbot.policy.filters import STOPPED
from grokbot.process import metrics
from grokbot.process.backoff import Backoff
from grokbot.process.traces import TRACES, figures_of
from grokbot.process.turn_id import of_turn
from grokbot.store import NotStoredError, RowRefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from grokbot.conversation.errors import GrokbotError
    from grokbot.conversation.records import Pause
    from grokbot.display import Shown, Standing
    from grokbot.engine.context import Context
    from grokbot.engine.turns.running_answer import RunningAnswer
    from grokbot.engine.xai_deletion import XaiDeletion

log = logging.getLogger(__name__)

AGAIN_SECONDS = 5.0
"""The first pause before a failed write is tried again; each further one is twice as long."""

AGAIN_SECONDS_MOST = 30.0

UNSAVED = Sentence("I could not save this answer. The bot's log has the cause.")


@dataclass(frozen=True, slots=True)
class WentBack:
    """What is restored after an answer shown in place of another comes out empty."""

    standing: Standing
    leaf_id: str | None
    change: Rearranged


class TurnRunner:
    """The answers under way.

    Args:
        context: Settings, store, clock, ids and events.
        xai_deletion: Deletes at xAI.
        sampler: Samples them.
        begin_waiting: Begins the turn of waiting messages, if any, in a conversation whose lock is held.
    """

    def __init__(
        self,
        context: Context,
        xai_deletion: XaiDeletion,
        sampler: Sampler,
        begin_waiting: Callable[[ConversationLock], Awaitable[None]],
    ) -> None:
        self._store = context.store
        self._sampler = sampler
        self._now = context.now
        self._begin_waiting = begin_waiting
        self._running: dict[str, RunningAnswer] = {}
        self._sampling: dict[str, asyncio.Task[Outcome]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._again: dict[str, asyncio.Task[None]] = {}
        self.locks = ConversationLocks(context.events)
        self.display = AnswerDisplay(context, self.locks)
        self.unsaved_facts = UnsavedFacts()
        self.draining = False
        self.pause: Pause | None = None
        """Set by `Pauses`: during a pause no answer begins, and waiting messages go on waiting."""
        self._events = context.events
        self._xai_deletion = xai_deletion
        self.again_seconds = AGAIN_SECONDS

    @property
    def running(self) -> Sequence[RunningAnswer]:
        """The answers under way."""
        return tuple(self._running.values())

    def start(self, lock: ConversationLock, running: RunningAnswer, shown: Shown) -> None:
        """Starts reading, and publishes the answer. The turn is already written down.

        Args:
            lock: The conversation's, which is held.
            running: The answer.
            shown: How to show it.
        """
        lock.running = running
        self._running[running.id] = running
        metrics.RUNNING.inc()
        with of_turn(running.id):
            sampling = asyncio.create_task(self._sampler.sample(running), name=f"sample {running.id}")
            self._sampling[running.id] = sampling
            run = asyncio.create_task(self._run(lock, running), name=f"turn {running.id}")
            self._tasks.add(run)
            run.add_done_callback(self._tasks.discard)
            TRACES.held(running.id, run)
            self.display.give(AnswerGiven(running, shown))

    def end_early(self, running: RunningAnswer, state: State) -> None:
        """Ends the call at xAI; the received text is kept in `state`. The first call decides."""
        sampling = self._sampling.get(running.id)
        if sampling is not None and running.stop_as is None:
            running.stop_as = state
            sampling.cancel()

    async def stop(self, answers: Sequence[RunningAnswer]) -> None:
        """Ends answers early, as stopped, and waits for their ends."""
        for running in answers:
            self.end_early(running, State.STOPPED)
        for running in answers:
            await running.end()

    async def save(self, lock: ConversationLock) -> None:
        """Saves the end of the last turn if it is unsaved. The conversation's lock is held.

        Raises:
            StoreError: That is not possible yet.
        """
        if lock.unsaved is None:
            return
        await self.unsaved_facts.settle()  # first its places: it must be redrawn there
        answer, change, left = lock.unsaved.answer, lock.unsaved.change or Rearranged(), lock.unsaved.left
        with self.display.about_to_give([answer.id]):
            try:
                await self._write_end(replace(lock.unsaved, change=replace(change, again=(*change.again, answer.id))))
                log.info("turn.saved_late turn=%s", answer.id)
            except (NotStoredError, RowRefusedError):  # it was saved after all, or never can be
                log.exception("turn.unsaved turn=%s", answer.id)
            lock.unsaved = None
            await self._show_saved(lock, answer, left=left)

    async def _show_saved(self, lock: ConversationLock, answer: Response, *, left: bool) -> None:
        """Redraws an answer that was shown as unsaved."""
        try:
            conversation, standing = (
                await self._store.conversations.get(lock.key),
                await self._store.placement.get(lock.key),
            )
        except StoreError:  # the next start does
            log.exception("answers.not_given_again conversation=%s", lock.key)
            return
        if conversation is not None and stands(standing, answer.id, conversation.leaf_id):
            await self.display.give_again(conversation, standing, conversation.leaf_id, [answer.id], left=left)

    def again(self, key: str) -> None:
        """Keeps trying to continue a conversation, until that works or somebody else has."""
        if key not in self._again and not self.draining:
            with of_turn(""):
                task = asyncio.create_task(self._try_again(key), name=f"again {key}")
            self._again[key] = task
            task.add_done_callback(lambda _: self._again.pop(key, None))

    async def drain(self, seconds: float) -> None:
        """Begins no more turns, lets running answers end for `seconds`, then ends them early."""
        self.draining = True
        for again in tuple(self._again.values()):
            again.cancel()
        await self.locks.decided()  # one of them may have seen no drain and still begin
        log.info("turns.drain answers=%d seconds=%.0f", len(self._tasks), seconds)
        await self._ended_within(seconds)
        while self._tasks:  # an ending one may have begun another
            for running in self.running:
                self.end_early(running, State.INTERRUPTED)
            await asyncio.wait(set(self._tasks))
        for key in self.locks.unsaved:
            await self._save_last(key)

    async def _ended_within(self, seconds: float) -> None:
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        while self._tasks and clock() < until:
            await asyncio.wait(set(self._tasks), timeout=until - clock())

    async def _run(self, lock: ConversationLock, running: RunningAnswer) -> None:
        outcome = await self._outcome(running)
        async with self.locks.held(lock.key):
            await self._finish(lock, running, outcome)
            if running.screen is not None and running.screen.hid:  # it holds hidden text
                await self._xai_deletion.forget_below(running.id)
            self._events.publish(AnswerEnded(running))
            then, lock.then = lock.then, []
            for each in then:
                await each()
            if not self.draining and lock.running is None:
                await self._go_on(lock)

    async def _finish(self, lock: ConversationLock, running: RunningAnswer, outcome: Outcome) -> None:
        went_back: WentBack | None = None
        with ExitStack() as shown_again:
            try:
                answer = await final(running, outcome, self._now())
                leaf_id = leaf_after(answer, running.conversation.leaf_id)
                went_back = await self._going_back(running, answer, leaf_id)
                if went_back is not None:
                    shown_again.enter_context(self.display.about_to_give(went_back.change.again))
                change = went_back.change if went_back is not None else None
                trouble = await self._end(lock, Ending(answer, leaf_id, change)) or outcome.trouble or _cut(running)
            except Exception:
                log.exception("turn.failed turn=%s", running.id)
                answer, trouble = self._broken(running), GrokError(GrokFailure.OTHER)
            lock.running = None
            del self._running[running.id], self._sampling[running.id]
            running.finish(answer, trouble)
            _count(answer, trouble)
            if went_back is not None:
                await self._give_back(running, went_back)

    async def _outcome(self, running: RunningAnswer) -> Outcome:
        sampling = self._sampling[running.id]
        await asyncio.wait([sampling])
        outcome = _result(sampling, running.id)
        if running.stop_as is not None and outcome.state is not State.DONE:
            outcome = Outcome(running.stop_as)
        if outcome.state is State.INTERRUPTED:
            return replace(outcome, trouble=GrokError(GrokFailure.INTERRUPTED))
        return outcome

    async def _end(self, lock: ConversationLock, ending: Ending) -> StoreError | None:
        """Saves the end. Returns the error that prevented it, for people to see."""
        answer, trouble = ending.answer, None
        try:
            await self._write_end(ending)
        except StoreError as unsaved:
            log.exception("turn.unsaved turn=%s", answer.id)
            lock.unsaved, trouble = ending, unsaved
        except (NotStoredError, RowRefusedError):  # trying again would not help
            log.exception("turn.unsaved turn=%s", answer.id)
            trouble = StoreError(UNSAVED)
        log.info(
            "turn.end conversation=%s turn=%s state=%s characters=%d dollars=%.6f",
            lock.key,
            answer.id,
            answer.state.value,
            len(answer.message),
            in_dollars(answer.usage),
        )
        failure = answer.failure or "" if answer.state is State.FAILED else ""
        TRACES.ended(answer.id, outcome=answer.state.value, failure=failure, about=figures_of(answer.usage))
        return trouble

    async def _going_back(self, running: RunningAnswer, answer: Response, leaf_id: str | None) -> WentBack | None:
        """What to restore if the answer began off the end of the path and is empty."""
        if answer.answered or not running.turned_off:
            return None
        try:
            before = await self._store.placement.get(answer.conversation_id)
        except StoreError:  # the next start finds it out
            log.exception("turn.place_unknown turn=%s", running.id)
            return None
        node = before.nodes.get(running.id)
        if node is None:
            return None
        after = _shown_before(before.grown([replace(node, open=False, answered=False)]), running)
        change = rearranged(before, running.id, after, leaf_id)
        if running.instead_of is not None and running.instead_of in after.path(
            leaf_id
        ):  # also where it has no messages yet
            change = replace(change, again=tuple(dict.fromkeys((running.instead_of, *change.again))))
        return WentBack(settled(after, change), leaf_id, change)

    async def _give_back(self, running: RunningAnswer, went_back: WentBack) -> None:
        """Restores all that it had replaced; the answer before it shows the reason."""
        trouble = running.snapshot().trouble
        troubles = {running.instead_of: trouble} if running.instead_of is not None and trouble is not None else None
        again = [i for i in went_back.change.again if i != running.id]
        await self.display.give_again(running.conversation, went_back.standing, went_back.leaf_id, again, troubles)

    async def _write_end(self, ending: Ending) -> None:
        await self._store.turns.end(ending.answer, ending.leaf_id, self._now(), change=ending.change)

    async def _go_on(self, lock: ConversationLock) -> None:
        try:
            await self._begin_waiting(lock)
        except Exception:
            log.exception("turn.waiting_stays conversation=%s", lock.key)
            self.again(lock.key)

    async def _try_again(self, key: str) -> None:
        backoff = Backoff(self.again_seconds, AGAIN_SECONDS_MOST)
        while True:
            await asyncio.sleep(backoff.pause())
            if await self.locks.decide(self._went_on(key)):
                return

    async def _went_on(self, key: str) -> bool:
        async with self.locks.held(key) as lock:
            if lock.running is not None or self.draining:
                return True
            try:
                await self._begin_waiting(lock)
            except StoreError as trouble:
                log.warning("turn.waiting_stays conversation=%s trouble=%s", key, trouble)
                return False
            except Exception:
                log.exception("turn.waiting_stays conversation=%s", key)
                return False
            return True

    async def _save_last(self, key: str) -> None:
        async with self.locks.held(key) as lock:
            try:
                await self.save(lock)
            except Exception:  # the next start ends it with what the journal has
                log.exception("turn.lost conversation=%s", key)

    def _broken(self, running: RunningAnswer) -> Response:
        return replace(
            running.response,
            state=State.FAILED,
            finished_at=self._now(),
            failure=GrokFailure.OTHER.value,
            message=running.text,
        )


def _shown_before(standing: Standing, running: RunningAnswer) -> Standing:
    """A copy in which the messages of an empty answer show their earlier variant again."""
    node, other = standing.nodes[running.id], standing.nodes.get(running.instead_of or "")
    if other is None or other.parent_id != node.parent_id:
        return standing
    slot = standing.slots.get(standing.slot_of(node), ())
    return standing.with_refs(replace(ref, response_id=other.id, part=part) for part, ref in enumerate(slot))


def _cut(running: RunningAnswer) -> NotAllowedError | None:
    """The error for an answer that a filter ended."""
    return NotAllowedError(STOPPED) if running.screen is not None and running.screen.cut else None


def _count(answer: Response, trouble: GrokbotError | None) -> None:
    metrics.RUNNING.dec()
    metrics.TURNS.labels(answer.state.value).inc()
    metrics.TURN_SECONDS.observe(
        max(0.0, ((answer.finished_at or answer.created_at) - answer.created_at).total_seconds())
    )
    match trouble:
        case None:
            return
        case GrokError():
            reason = trouble.kind.value
        case StoreError():
            reason = "database"
        case NotAllowedError() | LimitReachedError():
            reason = "not_allowed"
        case _:
            reason = GrokFailure.OTHER.value
    metrics.TROUBLES.labels(reason).inc()


def _result(sampling: asyncio.Task[Outcome], response_id: str) -> Outcome:
    """The outcome of an ended task, of any kind."""
    if sampling.cancelled():
        return Outcome(State.INTERRUPTED)
    error = sampling.exception()
    if error is None:
        return sampling.result()
    log.error("turn.failed turn=%s", response_id, exc_info=error)
    return Outcome(State.FAILED, trouble=error if isinstance(error, StoreError) else GrokError(GrokFailure.OTHER))
