"""A place in a forest to add something: the conversation with nothing running, and the place in it.

Not here: what is added (`programs.add`), who may see what (`admission.access`), who may steer (`policy.rights`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.errors import BusyError, UserError
from grokbot.conversation.forest import asked_last, asker_of
from grokbot.conversation.response import AS_THE_CONVERSATION, Sender
from grokbot.conversation.text.sentences import Sentence
from grokbot.engine.turns import STILL_ANSWERING, Detour, Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import Conversation, Response, TurnOptions
    from grokbot.display import Standing
    from grokbot.engine.context import Context
    from grokbot.engine.turns import AnswerLookup, ConversationLock, TurnQueue
    from grokbot.policy.actor import Actor

MOVED_ON = Sentence("The conversation has moved on. Ask again below.")
NOT_IN_IT = Sentence("That response belongs to another conversation.")
NOTHING_IN_IT = Sentence("This answer has no text to continue from.")
NOTHING_TO_RESAMPLE = Sentence("Nobody asked for this answer, so it cannot be answered again.")
TAKEN_BACK = Sentence("The question was deleted, so it cannot be answered again.")


@dataclass(frozen=True, slots=True)
class InsertionPoint:
    """A conversation in which nothing runs or waits, as an actor sees it."""

    conversation: Conversation
    standing: Standing
    actor: Actor
    """The actor, with their roles there."""

    @property
    def empty(self) -> bool:
        """Whether it is no branch and holds no messages yet; outside of Discord, no answers."""
        nodes, outside = self.standing.nodes.values(), self.conversation.channel_id is None
        nothing = not any(node.answered for node in nodes) if outside else not nodes
        return nothing and self.conversation.branched_from is None

    def shown_below(self, parent_id: str) -> str | None:
        """The answer shown now among those under a response: on the path, or in their messages."""
        path = self.standing.path(self.conversation.leaf_id)
        on_path = (node.id for node in self.standing.answers_to(parent_id) if node.id in path)
        slot = self.standing.slots.get(self.standing.slot_below(parent_id), ())
        return next(on_path, slot[0].response_id if slot else None)

    def once_more(self, humans: Sequence[Response], options: TurnOptions, instruction: str = "") -> Turn:
        """The turn that answers these messages once more, in place of the answer shown now.

        Args:
            humans: What is answered.
            options: How.
            instruction: Extra instruction for this answer alone.

        Raises:
            UserError: Nobody asked for it, or the question is erased.
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
    """Finds places to add something, and answers to act on.

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
        """The conversation, with its lock held and its last end saved, for those who may act now.

        Args:
            lock: The conversation's.
            actor: Who wants to.
            text: The new text; None if there is none.

        Raises:
            NotFoundError: It is gone, or not for them.
            BusyError: An answer runs in it, or somebody's message is about to be answered.
            RestartingError: The bot is going down.
            NotAllowedError: As `Admission.admitted`.
            StoreError: The last end could not be saved yet.
        """
        await self._saved(lock)
        return await self._free(lock, *await self._access.seen(lock.key, actor), text)

    async def of_answer(
        self, lock: ConversationLock, response_id: str, actor: Actor, text: str | None = None
    ) -> tuple[InsertionPoint, Response, Sequence[Response]]:
        """The same with one of its answers and what that answers, for those who decide about it.

        Args:
            lock: The conversation's.
            response_id: The answer.
            actor: Who wants to act on it.
            text: The new text; None if there is none.

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
        """The parent for an addition: None at the beginning of the conversation's own part.

        Raises:
            NotFoundError: There is no such response, or it is not for the caller.
            UserError: It belongs to another conversation, or is an empty answer.
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
        """The human messages that end with this one: what an answer under it answers."""
        return asked_last(await self._store.responses.path(parent_id))

    async def check_steers(self, point: InsertionPoint, parent_id: str | None) -> Sequence[Response]:
        """Requires somebody who decides about the answers under a response. Returns what those answer.

        Raises:
            NotAllowedError: They do not.
        """
        humans = await self.asked_above(parent_id)
        self.lookup.check(humans, point.conversation, point.actor)
        return humans

    async def options_below(self, point: InsertionPoint, human_id: str) -> TurnOptions:
        """The options of the newest answer to a person's message."""
        answers = point.standing.answers_to(human_id)
        found = await self._store.responses.some([node.id for node in answers[-1:]])
        return found[0].options if found else AS_THE_CONVERSATION
