"""After a start: ends answers that the last stop cut off, and begins waiting turns.

Not here: beginning a turn (`turn_start`), the end of a turn that was not cut off (`runner`).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokError, GrokFailure, StoreError
from grokbot.conversation.forest import leaf_after
from grokbot.conversation.response import State
from grokbot.display import may_come_back, rearranged, settled, stands
from grokbot.engine.turns.conversation_lock import Ending
from grokbot.engine.turns.display import shown_leaf, trouble_of
from grokbot.engine.turns.events import AnswerGiven, AnswerLeft, MessagesWait
from grokbot.engine.turns.lookup import answered_by
from grokbot.process import metrics

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from grokbot.conversation.errors import GrokbotError
    from grokbot.conversation.response import Conversation, Response
    from grokbot.display import Rearranged, Standing
    from grokbot.engine.context import Context
    from grokbot.engine.turns.conversation_lock import ConversationLock
    from grokbot.engine.turns.turn_queue import TurnQueue

log = logging.getLogger(__name__)


class Recovery:
    """The work of a start, before and after the bot listens. A failure with one turn does not stop the others."""

    def __init__(self, context: Context, queue: TurnQueue) -> None:
        self._store = context.store
        self._queue = queue
        self._now = context.now
        self._events = context.events
        self._given: set[str] = set()

    async def recover(self) -> Sequence[AnswerGiven]:
        """Ends unfinished answers that do not run, as interrupted, with their text from the journal.

        Returns:
            Answers not fully shown in Discord: these, and those that ended just before the last stop.
        """
        unshown: dict[str, Response] = {}
        left = await self._store.reservations.settle_left(self._now())
        if left:
            log.info("turns.settled_without_end answers=%d", left)
        for response in await self._store.turns.unended():
            try:
                ended = await self._end(response)
            except Exception:  # where the disk is full, it is saved once that takes it
                log.exception("turn.unrecovered turn=%s", response.id)
                continue
            if ended is not None:
                unshown[ended.id] = ended
        unshown |= {
            response.id: response for response in await self._store.messages.unshown() if response.id not in self._given
        }
        by_conversation: defaultdict[str, list[Response]] = defaultdict(list)
        for response_id in sorted(unshown):
            by_conversation[unshown[response_id].conversation_id].append(unshown[response_id])
        given: list[AnswerGiven] = []
        for conversation_id, responses in by_conversation.items():
            try:
                given += await self._given_again(conversation_id, responses)
            except Exception:  # the next start gives them
                log.exception("turn.not_given_again conversation=%s", conversation_id)
        self._given |= {each.running.id for each in given}
        given.sort(key=lambda each: each.running.id)
        for each in given:
            self._events.publish(AnswerLeft(each.running, each.shown))
        return given

    async def again(self, conversation_id: str, response_ids: Collection[str]) -> Sequence[AnswerGiven]:
        """Answers of one conversation that could not be fully shown, as `recover` gives them."""
        try:
            unshown = [response for response in await self._store.messages.unshown() if response.id in response_ids]
            return await self._given_again(conversation_id, unshown) if unshown else ()
        except StoreError:
            log.exception("turn.not_given_again conversation=%s", conversation_id)
            return ()

    async def end_left(self, response_id: str) -> None:
        """Ends one answer that does not run and has no end, and shows it, as `recover` does.

        Raises:
            StoreError: It could not be saved.
        """
        left = [response for response in await self._store.turns.unended() if response.id == response_id]
        for response in left:
            if await self._end(response) is not None:
                for given in await self.again(response.conversation_id, [response.id]):
                    self._events.publish(AnswerLeft(given.running, given.shown))

    async def answer_waiting(self) -> None:
        """After a start: begins the turns of messages that were waiting at the last stop.

        Raises:
            StoreError: They could not be read.
        """
        await self._queue.runner.locks.decide(self._answer_waiting())

    async def _answer_waiting(self) -> None:
        """Begins one turn in every conversation with waiting messages and no running answer."""
        for conversation_id in await self._store.queue.conversations():
            try:
                async with self._queue.runner.locks.held(conversation_id) as lock:
                    await self._tell_waiting(lock)
                    if lock.running is None and not self._queue.runner.draining:
                        await self._queue.begin_waiting(lock)
            except Exception:
                log.exception("turn.waiting_stays conversation=%s", conversation_id)
                self._queue.runner.again(conversation_id)

    async def _tell_waiting(self, lock: ConversationLock) -> None:
        conversation = await self._store.conversations.get(lock.key)
        waiting = await self._queue.waiting(lock)
        messages = [ref for human in waiting for ref in await self._store.messages.of(human.id)]
        if conversation is not None:
            self._events.publish(MessagesWait(conversation, tuple(messages), left=True))

    async def _end(self, response: Response) -> Response | None:
        async with self._queue.runner.locks.held(response.conversation_id) as lock:
            if await self._is_under_way(lock, response):
                return None
            conversation = await self._store.conversations.get(response.conversation_id)
            if conversation is None:
                return None
            humans = await answered_by(self._store, response)
            trouble = GrokError(GrokFailure.INTERRUPTED)
            ended = replace(response, state=State.INTERRUPTED, finished_at=self._now(), failure=trouble.kind.value)
            standing = await self._store.placement.get(conversation.id)
            leaf_id = _leaf(standing, conversation, ended, humans)
            change = _back(standing, ended, leaf_id)
            try:
                await self._store.turns.end(ended, leaf_id, self._now(), change=change)
            except StoreError:
                lock.unsaved = Ending(ended, leaf_id, change, left=True)
                self._queue.runner.again(lock.key)
                raise
        metrics.RECOVERED.inc()
        log.info("turn.recovered turn=%s characters=%d", ended.id, len(ended.message))
        return ended

    async def _given_again(self, conversation_id: str, responses: Sequence[Response]) -> Sequence[AnswerGiven]:
        """Answers from before the stop for the displays, after their messages are put in order.

        An empty answer that was shown in place of another at the stop gives its messages back.

        Raises:
            StoreError: They could not be read, or the changed messages not saved.
        """
        runner = self._queue.runner
        async with runner.locks.held(conversation_id) as lock:
            conversation = await self._store.conversations.get(conversation_id)
            if conversation is None:
                raise StoreError(f"no conversation {conversation_id}")
            standing = await self._store.placement.get(conversation_id)
            leaf_id = shown_leaf(lock, conversation.leaf_id)
            change = rearranged(standing, leaf_id, standing, leaf_id)
            await self._store.placement.change(conversation_id, change, self._now())
            standing = settled(standing, change)
            wanted = sorted({*change.again, *_instead(standing, leaf_id, responses)})
            shown = [i for i in wanted if stands(standing, i, leaf_id) and not standing.nodes[i].open]
            troubles = _troubles(standing, responses)
            ended = await runner.display.ended(conversation, standing, leaf_id, shown, troubles)
            had = {response.id for response in responses if runner.display.has(response.id)}  # shown once is enough
        given: list[AnswerGiven] = []
        for each in ended:
            if each.running.id in had:
                continue
            runner.display.expect(each.running)
            continues = await self._continued_by(each.running.response)
            given.append(replace(each, shown=replace(each.shown, continues=continues)))
        for response_id in set(wanted) - set(shown):
            if not may_come_back(standing, response_id):
                await self._store.messages.shown_whole(response_id)
        return given

    async def _continued_by(self, answer: Response) -> str | None:
        """The answer that this one continues, if a button asked for that: its used button may still be there."""
        asked = await self._store.responses.get(answer.parent_id) if answer.parent_id is not None else None
        return asked.parent_id if asked is not None and asked.manual else None

    async def _is_under_way(self, lock: ConversationLock, response: Response) -> bool:
        """Whether it is running, its end is about to be saved, or has been."""
        if (lock.running is not None and lock.running.id == response.id) or lock.unsaved is not None:
            return True
        newest = await self._store.responses.get(response.id)
        return newest is None or newest.state.ended


def _leaf(standing: Standing, conversation: Conversation, ended: Response, humans: Sequence[Response]) -> str | None:
    """Where the conversation continues: below the answer, unless it has gone on elsewhere since.

    The answer was at the end of the path, or turned it another way. Later responses have later ids: they sort by time.
    """
    leaf_id = conversation.leaf_id
    began_below = humans[0].parent_id if humans else ended.parent_id
    if leaf_id != began_below and any(node_id > ended.id for node_id in standing.nodes):
        return leaf_id
    return leaf_after(ended, leaf_id)


def _back(standing: Standing, ended: Response, leaf_id: str | None) -> Rearranged | None:
    """What is shown as before again, if an answer that turned the path off is empty."""
    if ended.answered or ended.id not in standing.nodes:
        return None
    after = standing.grown([replace(standing.nodes[ended.id], open=False, answered=False)])
    return rearranged(standing, ended.id, after, leaf_id)


def _instead(standing: Standing, leaf_id: str | None, responses: Sequence[Response]) -> Iterator[str]:
    """These and, if one was tried in place of another and failed, that one, which may stand nowhere yet."""
    path = standing.path(leaf_id)
    for response in responses:
        yield response.id
        yield from (node.id for node in standing.answers_to(response.parent_id) if node.id in path)


def _troubles(standing: Standing, responses: Sequence[Response]) -> Mapping[str, GrokbotError]:
    """Errors to show with an answer that is restored because another was tried in its place and failed."""
    found: dict[str, GrokbotError] = {}
    for response in responses:
        trouble, node = trouble_of(response), standing.nodes[response.id]
        slot = standing.slots.get(standing.slot_of(node), ())
        if trouble is not None and not node.counts and slot and slot[0].response_id != node.id:
            found[slot[0].response_id] = trouble
    return found
