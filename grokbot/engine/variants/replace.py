"""Begins an answer that is shown instead of another: in its messages, with what came after it set aside at once.

Until it has ended the conversation goes on from where it did before, so that one that comes to nothing leaves no trace.
Not here: whether that may be (`stop_and_retry`, `variants`, `edits`), what stands where (`display.placement`,
pure).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserError
from grokbot.conversation.forest import asker_of
from grokbot.conversation.response import AS_THE_CONVERSATION, Sender, State
from grokbot.display import Node, Shown, arranged, rearranged, settled, shown
from grokbot.engine.turns import Asked, RunningAnswer, messages_asked, unsaid
from grokbot.policy.admission import check_open

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import Conversation, MessageRef, Response, TurnOptions
    from grokbot.display import Standing
    from grokbot.engine.context import Context
    from grokbot.engine.turns import ConversationLock, TurnQueue
    from grokbot.engine.variants.insertion_point import InsertionPoint
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)

NOTHING_TO_RESAMPLE = "Nobody asked for this answer, so it cannot be answered again."
TAKEN_BACK = "The question was deleted, so it cannot be answered again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Instead:
    """What is to be answered, and instead of what.

    `humans` are new, each with its parent, and `messages` are what they stand in; without them the same is answered
    again. The answer hangs under `parent_id`.
    """

    conversation: Conversation
    standing: Standing
    parent_id: str | None
    asker_id: int | None = None
    actor: Actor | None = None
    """Who wants it, where more is known of them."""
    instead_of: str | None = None
    """The answer that is shown now; None where it has none."""
    instruction: str = ""
    options: TurnOptions = AS_THE_CONVERSATION
    humans: Sequence[Response] = ()
    messages: Sequence[MessageRef] = ()
    reworded: bool = False
    """Whether what the humans replace is gone from Discord: then the conversation goes on from `began_below` if nothing
    comes of them, and else from where it did before."""
    began_below: str | None = None


class Replacing:
    """Begins answers in the place of others.

    Args:
        context: Settings, store, clock, ids and events.
        queue: The order of turns.
    """

    def __init__(self, context: Context, queue: TurnQueue) -> None:
        self._store = context.store
        self._queue = queue
        self._now = context.now
        self._display = queue.runner.display

    async def begin(self, lock: ConversationLock, instead: Instead) -> RunningAnswer:
        """Writes it down in one transaction, with what is to be shown again, and starts reading.

        The conversation's lock is held, and nothing runs in it.

        Raises:
            PausedError: Answers are, everywhere or in the server.
            LimitReachedError, NotAllowedError: A limit is used up; nothing has changed.
            StoreError: It could not be written down; nothing has changed.
        """
        check_open(self._queue.runner.pause)
        conversation, before = instead.conversation, instead.standing
        newest = await self._display.is_newest(conversation)
        terms = await self._queue.terms.of_turn(conversation, instead.options)
        answer = self._queue.pending(conversation, instead.parent_id, instead.instruction, terms.options)
        nodes = [Node(human.id, human.parent_id, Sender.HUMAN) for human in instead.humans]
        after = before.grown([*nodes, Node(answer.id, answer.parent_id, Sender.MODEL, open=True)], instead.messages)
        change = rearranged(before, conversation.leaf_id, after, answer.id)
        if instead.reworded:
            change = replace(change, moves_leaf=True, leaf_id=instead.began_below)
            conversation = replace(conversation, leaf_id=instead.began_below)
        after = settled(after, change)
        asked = Asked(
            messages=messages_asked(after, after.nodes[answer.id]),
            asker_id=instead.asker_id,
            last=instead.humans[-1] if instead.humans else None,
        )
        running = RunningAnswer(
            conversation,
            answer,
            asked,
            instead_of=instead.instead_of,
            turned_off=True,
            screen=terms.screen,
        )
        reserving = self._queue.budgets.reserving(
            conversation, answer, instead.humans, asker_id=instead.asker_id, actor=instead.actor
        )
        unposted = Shown(said=await self._unsaid(conversation, after, answer, instead.humans))
        as_now = shown(after, arranged(after, answer.id), answer.id, unposted, newest=newest)
        again = [i for i in change.again if i != answer.id]
        with self._display.about_to_give(again):
            async with self._queue.admission.noting(instead.actor, instead.asker_id, conversation):
                warnings = await self._store.turns.begin(instead.humans, answer, (), change=change, reserving=reserving)
            log.info("turn.begin conversation=%s response=%s instead_of=%s", lock.key, answer.id, instead.instead_of)
            first, then = _in_order(again, after, answer.id)
            try:
                await self._display.give_again(conversation, after, answer.id, first)
            finally:
                self._queue.runner.start(lock, running, as_now)
                self._queue.budgets.warn(reserving, warnings)
            await self._display.give_again(conversation, after, answer.id, then)
        return running

    async def _unsaid(
        self, conversation: Conversation, standing: Standing, answer: Response, humans: Sequence[Response]
    ) -> tuple[Response, ...]:
        """What is to be posted in Discord before the answer: of what is new, and of what is asked again with it."""
        node, found = standing.nodes[answer.id], {human.id: human for human in humans}
        older = [each.id for each in standing.asked(node) if each.id not in found and standing.nowhere(each.id)]
        if older and conversation.channel_id is not None:
            found |= {human.id: human for human in await self._store.responses.some(older)}
        return unsaid(conversation, standing, node, found)

    async def by_hand(self, instead: Instead, message: str, state: State = State.DONE) -> Response:
        """As `begin`, with an answer that somebody wrote. The conversation's lock is held.

        Args:
            instead: Where it goes, and what it replaces.
            message: The answer's text.
            state: How complete it is.

        Raises:
            StoreError: It could not be written down; nothing has changed.
        """
        conversation, before, at = instead.conversation, instead.standing, self._now()
        pending = self._queue.pending(conversation, instead.parent_id)
        answer = replace(pending, state=state, finished_at=at, message=message, manual=True)
        after = before.grown([Node(answer.id, answer.parent_id, Sender.MODEL, answered=True)])
        change = rearranged(before, conversation.leaf_id, after, answer.id)
        again = tuple(sorted({answer.id, *change.again}))
        change = replace(change, again=again, moves_leaf=True, leaf_id=answer.id)
        moved = replace(conversation, leaf_id=answer.id)
        with self._display.about_to_give(again):
            await self._store.placement.add_by_hand(answer, change, at)
            await self._display.give_again(moved, settled(after, change), answer.id, again)
        return answer

    async def move(
        self,
        conversation: Conversation,
        before: Standing,
        leaf_id: str | None,
        *,
        after: Standing | None = None,
        shown: str | None = None,
    ) -> None:
        """Moves the leaf, and shows again what that changes. The conversation's lock is held.

        Args:
            conversation: As it is.
            before: What stands where now.
            leaf_id: Where the path is to end.
            after: With what changes besides; None where nothing does.
            shown: An answer that is shown again in any case: one that had no messages at all.

        Raises:
            StoreError: It could not be written down; nothing has changed.
        """
        after = after or before
        change = rearranged(before, conversation.leaf_id, after, leaf_id)
        again = tuple(dict.fromkeys((shown, *change.again))) if shown is not None else change.again
        change = replace(change, again=again, moves_leaf=True, leaf_id=leaf_id)
        with self._display.about_to_give(again):
            await self._store.placement.change(conversation.id, change, self._now())
            there = replace(conversation, leaf_id=leaf_id)
            await self._display.give_again(there, settled(after, change), leaf_id, again)


def once_more(point: InsertionPoint, humans: Sequence[Response]) -> Instead:
    """What is to be answered so that these are answered once more.

    Raises:
        UserError: Nobody asked for it, or what was asked is taken back.
    """
    if not humans:
        raise UserError(NOTHING_TO_RESAMPLE)
    if all(human.erased for human in humans):
        raise UserError(TAKEN_BACK)
    under = humans[-1].id
    return Instead(
        conversation=point.conversation,
        standing=point.standing,
        parent_id=under,
        asker_id=asker_of(humans),
        actor=point.actor,
        instead_of=point.shown_below(under),
    )


def _in_order(again: Sequence[str], standing: Standing, answer_id: str) -> tuple[Sequence[str], Sequence[str]]:
    """What is to be shown before an answer, for it comes above it and has no messages yet; and what after it."""
    above = standing.path(answer_id)
    first = [i for i in again if i in above and i not in standing.placed]
    return sorted(first), [i for i in again if i not in first]
