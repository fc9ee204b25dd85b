"""Where in a forest something is to be added: the conversation as it is with nothing running, and the place in it.

Not here: what is added (`programs.add`), who may see what (`admission.access`), who may steer (`policy.rights`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.errors import BusyError, UserError
from grokbot.conversation.forest import asked_last, asker_of
from grokbot.conversation.response import AS_THE_CONVERSATION, Sender
from grokbot.engine.turns import STILL_ANSWERING, Detour, Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import Conversation, Response, TurnOptions
    from grokbot.display import Standing
    from grokbot.engine.context import Context
    from grokbot.engine.turns import AnswerLookup, ConversationLock, TurnQueue
    from grokbot.policy.actor import Actor

MOVED_ON = "The conversation has moved on. Ask again below."
NOT_IN_IT = "That response belongs to another conversation."
NOTHING_IN_IT = "This answer has no text to continue from."
NOTHING_TO_RESAMPLE = "Nobody asked for this answer, so it cannot be answered again."
TAKEN_BACK = "The question was deleted, so it cannot be answered again."


@dataclass(frozen=True, slots=True)
class InsertionPoint:
    """A conversation in which nothing runs and nobody waits, as somebody finds it."""

    conversation: Conversation
    standing: Standing
    actor: Actor
    """Who finds it, with the roles that they have there."""

    @property
    def empty(self) -> bool:
        """Whether nothing has been said in it yet, nor before it; outside of Discord, whether nothing was answered."""
        nodes, outside = self.standing.nodes.values(), self.conversation.channel_id is None
        nothing = not any(node.answered for node in nodes) if outside else not nodes
        return nothing and self.conversation.branched_from is None

    def shown_below(self, parent_id: str) -> str | None:
        """The answer that stands now where those under a response stand: on the path, or in their messages."""
        path = self.standing.path(self.conversation.leaf_id)
        on_path = (node.id for node in self.standing.answers_to(parent_id) if node.id in path)
        slot = self.standing.slots.get(self.standing.slot_below(parent_id), ())
        return next(on_path, slot[0].response_id if slot else None)

    def once_more(self, humans: Sequence[Response], options: TurnOptions, instruction: str = "") -> Turn:
        """The turn that answers these messages once more, in the place of the answer that is shown now.

        Args:
            humans: What is answered.
            options: How.
            instruction: What is asked of this answer alone.

        Raises:
            UserError: Nobody asked for it, or what was asked is taken back.
        """
        if not humans:
            raise UserError(NOTHING_TO_RESAMPLE)
        if all(human.erased for human in humans):
            raise UserError(TAKEN_BACK)
        under = humans[-1].id
        return Turn(
            conversation=self.conversation,
            options=options,
            instruction=instruction,
            actor=self.actor,
            detour=Detour(standing=self.standing, under=under, asker_id=asker_of(humans)),
            instead_of=self.shown_below(under),
        )


class InsertionPoints:
    """Finds places to add something, and answers to do something with.

    Args:
        context: Settings, store, clock, ids and events.
        queue: Who waits, and what runs.
        lookup: Who may see what, and who may steer.
    """

    def __init__(self, context: Context, queue: TurnQueue, lookup: AnswerLookup) -> None:
        self._store = context.store
        self._queue = queue
        self.lookup = lookup
        self._access = lookup.access

    async def free(self, lock: ConversationLock, actor: Actor, text: str | None) -> InsertionPoint:
        """The conversation, with its lock held and its last end written down, for those who may do something now.

        Args:
            lock: The conversation's.
            actor: Who wants to.
            text: What is newly said; None where nothing is.

        Raises:
            NotFoundError: It is gone, or not for them.
            BusyError: An answer runs in it, or somebody's message is about to be answered.
            RestartingError: Nothing begins any more.
            NotAllowedError: As `Admission.admitted`.
            StoreError: The last end could not be written down yet.
        """
        await self._saved(lock)
        return await self._free(lock, *await self._access.seen(lock.key, actor), text)

    async def of_answer(
        self, lock: ConversationLock, response_id: str, actor: Actor, text: str | None = None
    ) -> tuple[InsertionPoint, Response, Sequence[Response]]:
        """The same with one of its answers, and what that answers, for those who decide about it.

        Args:
            lock: The conversation's.
            response_id: The answer.
            actor: Who wants to do something with it.
            text: What is newly said; None where nothing is.

        Raises:
            NotAllowedError: They do not.
            NotFoundError, BusyError, RestartingError, StoreError: As `free`.
        """
        await self._saved(lock)
        found = await self.lookup.found(response_id, actor)  # it may have ended meanwhile
        return await self._free(lock, found.conversation, found.actor, text), found.answer, found.humans

    async def _saved(self, lock: ConversationLock) -> None:
        if lock.running is None:
            await self._queue.runner.save(lock)

    async def _free(
        self, lock: ConversationLock, conversation: Conversation, actor: Actor, text: str | None
    ) -> InsertionPoint:
        self.lookup.check_free(lock)
        await self._queue.admission.asks(actor, conversation, text)
        if await self._queue.waiting(lock):
            raise BusyError(STILL_ANSWERING)
        return InsertionPoint(conversation, await self._store.placement.get(lock.key), actor)

    async def parent(self, point: InsertionPoint, parent_id: str | None) -> str | None:
        """Under what something is added: None at the beginning of the conversation's own part.

        Raises:
            NotFoundError: There is no such response, or it is not for the caller.
            UserError: It is of another conversation, or an answer with nothing in it.
        """
        if not parent_id or parent_id == point.conversation.branched_from:
            return None
        node = point.standing.nodes.get(parent_id)
        if node is None:
            response, _, _ = await self._access.seen_response(parent_id, point.actor)
            if response.conversation_id == point.conversation.id:  # it came just now
                raise BusyError(STILL_ANSWERING)
            raise UserError(NOT_IN_IT)
        if node.sender is Sender.MODEL and not node.answered:
            raise UserError(NOTHING_IN_IT)
        return node.id

    async def asked_above(self, parent_id: str | None) -> Sequence[Response]:
        """The run of humans' responses that ends at this one: what an answer under it answers."""
        return asked_last(await self._store.responses.path(parent_id))

    async def check_steers(self, point: InsertionPoint, parent_id: str | None) -> Sequence[Response]:
        """Whether somebody decides about the answers under a response. Returned is what they answer.

        Raises:
            NotAllowedError: They do not.
        """
        humans = await self.asked_above(parent_id)
        self.lookup.check(humans, point.conversation, point.actor)
        return humans

    async def options_below(self, point: InsertionPoint, human_id: str) -> TurnOptions:
        """How the newest answer to what a person said was asked for."""
        answers = point.standing.answers_to(human_id)
        found = await self._store.responses.some([node.id for node in answers[-1:]])
        return found[0].options if found else AS_THE_CONVERSATION
