"""Moves the shown path of a conversation without sampling.

Not here: answers that are sampled instead of others (`turns.turn_start`), whether it may be moved (`variants`,
`edits`), what stands where (`display.placement`, pure).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.response import Sender, State
from grokbot.display import Node, rearranged, settled

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation, Response
    from grokbot.display import Standing
    from grokbot.engine.context import Context
    from grokbot.engine.turns import TurnQueue
    from grokbot.engine.variants.insertion_point import InsertionPoint


class ShownPath:
    """One for the process. The caller holds the conversation's lock.

    Args:
        context: Settings, store, clock, ids and events.
        queue: The order of turns.
    """

    def __init__(self, context: Context, queue: TurnQueue) -> None:
        self._store = context.store
        self._start = queue.start
        self._now = context.now
        self._display = queue.runner.display

    async def add_by_hand(self, point: InsertionPoint, under: str | None, message: str, state: State) -> Response:
        """Adds an answer that somebody wrote. The path leads to it.

        Args:
            point: The conversation.
            under: Its parent; None: at the beginning.
            message: The answer's text.
            state: How complete it is.

        Raises:
            StoreError: It could not be saved; nothing has changed.
        """
        conversation, before, at = point.conversation, point.standing, self._now()
        pending = self._start.pending(conversation, under)
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
        """Moves the leaf, and redraws what that changes.

        Args:
            conversation: As it is.
            before: What stands where now.
            leaf_id: The new end of the path.
            after: With other changes; None if there are none.
            shown: An answer to redraw in any case: one without any messages.

        Raises:
            StoreError: It could not be saved; nothing has changed.
        """
        after = after or before
        change = rearranged(before, conversation.leaf_id, after, leaf_id)
        again = tuple(dict.fromkeys((shown, *change.again))) if shown is not None else change.again
        change = replace(change, again=again, moves_leaf=True, leaf_id=leaf_id)
        with self._display.about_to_give(again):
            await self._store.placement.change(conversation.id, change, self._now())
            there = replace(conversation, leaf_id=leaf_id)
            await self._display.give_again(there, settled(after, change), leaf_id, again)
