"""After a start: gives an end to what the last stop cut off, and begins what waited.

Not here: beginning a turn (`turns`), the end of a turn that was not cut off (`runs`).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokTrouble, StoreTrouble, Trouble
from grokbot.conversation.forest import leaf_after
from grokbot.conversation.response import Sender, State
from grokbot.engine.running import RunningAnswer
from grokbot.engine.turns import asker_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from grokbot.conversation.response import Conversation, Response
    from grokbot.engine.lanes import Lane
    from grokbot.engine.turns import Turns
    from grokbot.store import Store

log = logging.getLogger(__name__)


class Recovery:
    """What a start does before and after anybody is listened to. What goes wrong with one turn hinders no other."""

    def __init__(self, store: Store, turns: Turns, now: Callable[[], datetime]) -> None:
        self._store = store
        self._turns = turns
        self._now = now
        self._given: set[str] = set()

    async def recover(self) -> Sequence[RunningAnswer]:
        """Ends what is neither ended nor running, as interrupted, with what the journal has of it.

        Returns:
            What does not stand in Discord to its end: these, and answers that ended just before the last stop.
        """
        unshown: dict[str, Response] = {}
        for response in await self._store.unended():
            try:
                ended = await self._end(response)
            except Exception:  # it stays as it is until the next start
                log.exception("turn.unrecovered response=%s", response.id)
                continue
            if ended is not None:
                unshown[ended.id] = ended
        unshown |= {response.id: response for response in await self._store.unshown() if response.id not in self._given}
        given: list[RunningAnswer] = []
        for response_id in sorted(unshown):
            try:
                given.append(await self._given_again(unshown[response_id]))
            except Exception:  # the next start gives it
                log.exception("turn.not_given_again response=%s", response_id)
            else:
                self._given.add(response_id)
        return given

    async def answer_waiting(self) -> None:
        """Begins one turn in every conversation in which somebody waits and nothing runs."""
        for conversation_id in await self._store.conversations_with_waiting():
            try:
                async with self._turns.runs.lanes.held(conversation_id) as lane:
                    if lane.running is None and not self._turns.runs.draining:
                        await self._turns.begin_waiting(lane)
            except Exception:
                log.exception("turn.waiting_stays conversation=%s", conversation_id)
                self._turns.runs.again(conversation_id)

    async def _end(self, response: Response) -> Response | None:
        async with self._turns.runs.lanes.held(response.conversation_id) as lane:
            if await self._is_under_way(lane, response):
                return None
            conversation = await self._store.conversation(response.conversation_id)
            if conversation is None:
                return None
            humans = await answered_by(self._store, response)
            trouble = GrokTrouble(Trouble.INTERRUPTED)
            ended = replace(response, state=State.INTERRUPTED, finished_at=self._now(), failure=trouble.kind.value)
            leaf_id = await self._leaf(conversation, ended, humans)
            await self._store.end_turn(ended, leaf_id, self._now())
        log.info("turn.recovered response=%s characters=%d", ended.id, len(ended.message))
        return ended

    async def _given_again(self, response: Response) -> RunningAnswer:
        """An answer of the last life as the Discord side takes it.

        Raises:
            StoreTrouble: Its conversation could not be read.
        """
        conversation = await self._store.conversation(response.conversation_id)
        if conversation is None:
            raise StoreTrouble(f"response {response.id} has no conversation")
        humans = await answered_by(self._store, response)
        shown = await self._store.messages_of(response.id)
        running = RunningAnswer(conversation, response, asker_id=asker_of(humans), shown_in=shown)
        known = response.failure in Trouble.__members__.values()
        trouble = GrokTrouble(Trouble(response.failure) if known else Trouble.OTHER) if response.failure else None
        running.finish(response, trouble)
        return running

    async def _is_under_way(self, lane: Lane, response: Response) -> bool:
        """Whether somebody runs it, is about to write its end down, or has."""
        if (lane.running is not None and lane.running.id == response.id) or lane.unsaved is not None:
            return True
        newest = await self._store.response(response.id)
        return newest is None or newest.state.ended

    async def _leaf(self, conversation: Conversation, ended: Response, humans: Sequence[Response]) -> str | None:
        """Where the conversation goes on: below the answer, unless it has gone on elsewhere since."""
        leaf = await self._store.response(conversation.leaf_id) if conversation.leaf_id is not None else None
        began_below = humans[0].parent_id if humans else ended.parent_id
        still_there = conversation.leaf_id == began_below
        replaces_leaf = leaf is not None and leaf.parent_id == ended.parent_id
        return leaf_after(ended, conversation.leaf_id) if still_there or replaces_leaf else conversation.leaf_id


async def answered_by(store: Store, answer: Response) -> Sequence[Response]:
    """The messages that an answer answers: the run of humans right above it, in their order."""
    humans: list[Response] = []
    for response in reversed(await store.path(answer.parent_id)):
        if response.sender is not Sender.HUMAN:
            break
        humans.insert(0, response)
    return humans
