"""Variants of an answer: sampling another, switching between them, branching off.

None of it while an answer runs in the conversation: the switch would hit what is being written. Not here: edits
(`edits`), what stands where (`display.placement`, pure), Discord.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UNKNOWN_RESPONSE, NotAllowedError, NotFoundError, UserError
from grokbot.conversation.options import again, check_options, laid_over
from grokbot.conversation.response import AS_THE_CONVERSATION, Sender
from grokbot.conversation.text.sentences import Sentence
from grokbot.display import belongs, last_shown, shown_below
from grokbot.engine.admission import branch_of
from grokbot.engine.turns import shown_leaf
from grokbot.engine.variants.edits import Edits
from grokbot.engine.variants.insertion_point import MOVED_ON, NOTHING_IN_IT
from grokbot.policy.actor import ActorKind
from grokbot.policy.admission import check_unlocked
from grokbot.store import RowRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import Conversation, Response, TurnOptions
    from grokbot.display import Node, Standing, VariantNumber
    from grokbot.engine.admission import Opening
    from grokbot.engine.context import Context
    from grokbot.engine.turns import Question, RunningAnswer, TurnQueue
    from grokbot.engine.variants.insertion_point import InsertionPoint, InsertionPoints
    from grokbot.engine.variants.shown_path import ShownPath
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)

SET_ASIDE = Sentence("This answer is hidden: the thread shows another one now. Switch back to it above first.")
ANOTHER_SHOWN = Sentence("The thread now shows another answer here. Use the buttons under that one.")
NO_EARLIER = Sentence("This is the first variant; there is none before it.")
NO_LATER = Sentence("This is the last variant. Resample the answer to get another.")
NOT_ANSWERED = Sentence("This answer has no text to continue from. Branch from a finished one.")


@dataclass(frozen=True, slots=True)
class AnswerPlace:
    """Where an answer stands in what its thread shows."""

    variant: VariantNumber | None
    """None if it is the only one."""
    last: bool
    """Whether it is the last answer that people see there."""
    below: int
    """How many answers people see below it: another variant in its place hides them."""


class Variants:
    """What people do with the forest. One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        queue: Begins answers.
        points: Finds answers to act on, for those who may.
        path: Moves the shown path.
    """

    def __init__(self, context: Context, queue: TurnQueue, points: InsertionPoints, path: ShownPath) -> None:
        self._store = context.store
        self._runner = queue.runner
        self._admission = queue.admission
        self._start = queue.start
        self._lookup = points.lookup
        self._points = points
        self._path = path
        self._edits = Edits(context, queue, path)
        self._now = context.now
        self._new_id = context.new_id

    async def resample(
        self, response_id: str, actor: Actor, instruction: str = "", options: TurnOptions = AS_THE_CONVERSATION
    ) -> RunningAnswer:
        """Samples another variant of an answer, however it ended: a member only of a shown one, a program of any.

        What came after it is set aside meanwhile, and stays so unless the new one comes out empty: then all goes back
        to what it was.

        Args:
            response_id: The answer, or any variant of it.
            actor: Who asks for it.
            instruction: Extra instruction for this variant alone.
            options: What this variant chooses for itself; the rest is as in the answer, or as chosen since.

        Raises:
            UserError: There is nothing to answer again, or an option is unknown.
            NotAllowedError: The person may not, or not now; the thread does not show the answer; the conversation is
                locked.
            StoreError: It could not be saved; nothing has changed.
        """
        check_options(options)
        return await self._runner.locks.decide(self._resampled(response_id, actor, instruction.strip(), options))

    async def select(self, response_id: str, actor: Actor, step: int) -> None:
        """Shows another variant in place of the shown one, with what came after it.

        From there the path continues as it was shown last, or else by the newest way.

        Args:
            response_id: The variant that is shown.
            actor: Who asks for it.
            step: How many further; backwards if negative.

        Raises:
            UserError: There is no variant there.
            NotAllowedError: The person may not, or not now (`Admission.admitted` has the kinds); the thread does not
                show this variant.
            StoreError: It could not be saved; nothing has changed.
        """
        await self._runner.locks.decide(self._selected(response_id, actor, step))

    async def lead_to(self, response_id: str, actor: Actor) -> None:
        """Moves the end of the path to this answer; for a human's, to the newest answer below it, or above it.

        Raises:
            UserError: The answer is empty.
            NotAllowedError: It is not theirs to decide.
            BusyError: An answer runs there.
        """
        await self._runner.locks.decide(self._led_to(response_id, actor))

    async def edited(self, message_id: int, question: Question) -> RunningAnswer | None:
        """A person edited their message: it is answered again, and what came after it is set aside.

        See `Edits.edited` for what happens when, and for the errors.
        """
        return await self._runner.locks.decide(self._edits.edited(message_id, question))

    async def branch_point(self, response_id: str, actor: Actor) -> tuple[Conversation, Response]:
        """The answer to branch from, and its conversation; call it before making anything for the branch.

        It need not be on the path.

        Raises:
            UserError: It is gone, or (still) empty.
            NotAllowedError: The person may not, or the conversation is locked.
        """
        found = await self._lookup.found(response_id, actor)
        await self._admission.asks(found.actor, found.conversation, None, begins=True)
        check_unlocked(found.conversation)
        if not found.answer.answered:
            raise UserError(NOT_ANSWERED)
        return found.conversation, found.answer

    async def branch(self, response_id: str, actor: Actor, opening: Opening) -> Conversation:
        """Begins a conversation that continues an answer of another, and shares what came before with it.

        Args:
            response_id: The answer.
            actor: Who asks for it; the branch is theirs.
            opening: Its place. Mode and model are the old one's unless it says otherwise.

        Raises:
            UserError, NotAllowedError: As `branch_point`.
            StoreError: It could not be saved.
        """
        old, _ = await self.branch_point(response_id, actor)
        opening = replace(opening, owner_id=actor.id)
        branch = branch_of(old, response_id, opening, self._new_id(), self._now())
        try:
            await self._store.conversations.add(branch)
        except RowRefusedError:  # its source was deleted just now
            raise NotFoundError(UNKNOWN_RESPONSE) from None
        log.info("conversation.branch conversation=%s from=%s", branch.id, response_id)
        return branch

    async def shown_at(self, message_id: int) -> Response | None:
        """The answer that a message shows. None for an unknown message, and for a person's."""
        response = await self._store.messages.response(message_id)
        return response if response is not None and response.sender is Sender.MODEL else None

    async def latest(self, conversation: Conversation) -> str | None:
        """The last answer that the thread shows: the leaf, or an empty attempt below it."""
        return last_shown(await self._store.placement.get(conversation.id), conversation.leaf_id)

    async def place_of(self, response_id: str, actor: Actor) -> AnswerPlace:
        """Where an answer stands in what is shown, for those who decide about it.

        Raises:
            NotFoundError: It is gone, or not for them.
            NotAllowedError: They do not.
        """
        found = await self._lookup.found(response_id, actor)
        async with self._runner.locks.held(found.conversation.id) as lock:
            standing = await self._store.placement.get(lock.key)
            conversation = await self._store.conversations.get(lock.key) or found.conversation
            leaf_id = shown_leaf(lock, conversation.leaf_id)
        return AnswerPlace(
            variant=standing.variant_number(response_id) if response_id in standing.nodes else None,
            last=response_id == last_shown(standing, leaf_id),
            below=shown_below(standing, response_id, leaf_id),
        )

    async def on_path(self, response_id: str) -> tuple[Conversation, bool]:
        """The conversation of an answer, and whether the thread shows it (also while it runs).

        Raises:
            UserError: It is gone.
        """
        answer = await self._lookup.answer(response_id)
        conversation = await self._store.conversations.get(answer.conversation_id)
        if conversation is None:
            raise NotFoundError(UNKNOWN_RESPONSE)
        leaf_ids = [running.id for running in self._runner.running if running.conversation.id == conversation.id]
        standing = await self._store.placement.get(conversation.id)
        return conversation, response_id in standing.path(leaf_ids[0] if leaf_ids else conversation.leaf_id)

    async def _resampled(self, response_id: str, actor: Actor, instruction: str, options: TurnOptions) -> RunningAnswer:
        answer = await self._lookup.answer(response_id)
        async with self._runner.locks.held(answer.conversation_id) as lock:
            point, answer, humans = await self._points.of_answer(lock, response_id, actor, instruction or None)
            options = laid_over(again(point.conversation, answer.options), options)
            turn = point.once_more(humans, options, instruction)
            if actor.kind is ActorKind.MEMBER:
                turn = replace(turn, instead_of=_shown_instead(point, answer.id, humans))
            return await self._start.begin(lock, turn)

    async def _selected(self, response_id: str, actor: Actor, step: int) -> None:
        answer = await self._lookup.answer(response_id)
        async with self._runner.locks.held(answer.conversation_id) as lock:
            point, _, _ = await self._points.of_answer(lock, response_id, actor)
            conversation, standing = point.conversation, point.standing
            shown = standing.nodes[response_id]
            _check_shown(standing, shown, conversation)
            other = _other(standing, shown, step)
            await self._path.move(conversation, standing, standing.returning_leaf(other), shown=other)
            log.info("variant.selected conversation=%s response=%s", conversation.id, other)

    async def _led_to(self, response_id: str, actor: Actor) -> None:
        response, conversation, _ = await self._lookup.access.seen_response(response_id, actor)
        async with self._runner.locks.held(conversation.id) as lock:
            point = await self._points.free(lock, actor, None)
            conversation, standing = point.conversation, point.standing
            await self._points.check_steers(
                point, response.id if response.sender is Sender.HUMAN else response.parent_id
            )
            node = standing.nodes.get(response_id)
            if node is None or (node.sender is Sender.MODEL and not node.answered):
                raise UserError(NOTHING_IN_IT)
            leaf_id = node.id if node.sender is Sender.MODEL else standing.leaf_by(node.id)
            if leaf_id != conversation.leaf_id:
                await self._path.move(conversation, standing, leaf_id)
                log.info("leaf.selected conversation=%s response=%s", conversation.id, response_id)


def _shown_instead(point: InsertionPoint, answer_id: str, humans: Sequence[Response]) -> str:
    """The variant shown now in place of this answer.

    Raises:
        NotAllowedError: None is, or the conversation has gone on from above it.
    """
    standing, leaf_id = point.standing, point.conversation.leaf_id
    path, answer = standing.path(leaf_id), standing.nodes[answer_id]
    if answer.parent_id in path:
        return next((node.id for node in standing.answers_to(answer.parent_id) if node.id in path), answer.id)
    if answer.counts or not belongs(standing, answer.id, leaf_id):
        raise NotAllowedError(SET_ASIDE)
    if leaf_id != humans[0].parent_id:
        raise NotAllowedError(MOVED_ON)
    return answer.id


def _check_shown(standing: Standing, answer: Node, conversation: Conversation) -> None:
    if belongs(standing, answer.id, conversation.leaf_id) and (answer.counts or answer.id in standing.placed):
        return
    slot = standing.slots.get(standing.slot_of(answer), ())
    aside = any(ref.response_id == answer.id for ref in slot)
    raise NotAllowedError(SET_ASIDE if aside else ANOTHER_SHOWN)


def _other(standing: Standing, shown: Node, step: int) -> str:
    """The variant `step` places after the shown one. An empty one keeps its place in the order."""
    ids = sorted({shown.id, *(node.id for node in standing.variants(shown))})
    index = ids.index(shown.id) + step
    if index < 0:
        raise UserError(NO_EARLIER)
    if index >= len(ids):
        raise UserError(NO_LATER)
    return ids[index]
