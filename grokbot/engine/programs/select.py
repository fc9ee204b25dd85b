"""Where the path of a conversation leads, and what runs in it, as callers from outside of Discord decide it.

Not here: adding anything (`add`), switching between the variants that a thread shows (`variants.variants`).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserError
from grokbot.conversation.placement import rearranged
from grokbot.conversation.response import Sender, State
from grokbot.engine.programs.insertion_point import NOTHING_IN_IT, InsertionPoints
from grokbot.engine.variants import NOTHING_TO_STOP, Replacing

if TYPE_CHECKING:
    from grokbot.engine.admission import Access
    from grokbot.engine.context import Context
    from grokbot.engine.turns import AnswerLookup, Turns
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)


class ProgramPath:
    """The part of `ProgramTurns` that adds nothing.

    Args:
        context: Settings, store, clock, ids and events.
        turns: What runs.
        lookup: Who may do what with an answer.
        access: Who may see what.
    """

    def __init__(self, context: Context, turns: Turns, lookup: AnswerLookup, access: Access) -> None:
        self._store = context.store
        self._turns = turns
        self._runner = turns.runner
        self._lookup = lookup
        self._access = access
        self._points = InsertionPoints(context, turns, lookup, access)
        self._replacing = Replacing(context, turns)
        self._now = context.now

    async def select(self, response_id: str, caller: Actor) -> None:
        """Moves the path, so that it ends at this answer; for a human's, at the newest answer below it, or above it.

        Raises:
            UserError: There is nothing in the answer.
            NotAllowedError: It is not the caller's to decide.
            BusyError: An answer runs there.
        """
        await self._runner.locks.decide(self._selected(response_id, caller))

    async def stop(self, conversation_id: str, caller: Actor) -> None:
        """Ends what is being answered in a conversation, and its call at xAI. What was received stays.

        Raises:
            UserError: Nothing is.
            NotAllowedError: It is not the caller's to decide.
        """
        await self._access.seen(conversation_id, caller)
        running = next((each for each in self._runner.running if each.conversation.id == conversation_id), None)
        if running is None:
            raise UserError(NOTHING_TO_STOP)
        await self._points.check_steers(running.conversation, running.response.parent_id, caller)
        self._runner.end_early(running, State.STOPPED)
        await running.end()

    async def _selected(self, response_id: str, caller: Actor) -> None:
        response, _, _ = await self._access.seen_response(response_id, caller)
        async with self._runner.locks.held(response.conversation_id) as lock:
            point = await self._points.free(lock, caller)
            conversation, standing = point.conversation, point.standing
            asked = response.id if response.sender is Sender.HUMAN else response.parent_id
            await self._points.check_steers(conversation, asked, caller)
            await self._turns.admission.asks(point.actor, conversation, None)
            node = standing.nodes.get(response_id)
            if node is None or (node.sender is Sender.MODEL and not node.answered):
                raise UserError(NOTHING_IN_IT)
            leaf_id = node.id if node.sender is Sender.MODEL else standing.leaf_by(node.id)
            if leaf_id == conversation.leaf_id:
                return
            change = rearranged(standing, conversation.leaf_id, standing, leaf_id)
            change = replace(change, moves_leaf=True, leaf_id=leaf_id)
            await self._replacing.moved(conversation, standing, change, self._now())
            log.info("leaf.selected conversation=%s response=%s", conversation.id, response_id)
