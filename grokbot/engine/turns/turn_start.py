"""The one start of a turn: messages, budget and all else saved in one transaction, then reading begins.

Not here: the order of turns (`turn_queue`), who may begin one where (`variants`, `programs`), its end (`runner`).
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.conversation.forest import asker_of
from grokbot.conversation.options import model_of
from grokbot.conversation.response import AS_THE_CONVERSATION, Conversation, Response, Sender, State
from grokbot.display import Node, Rearranged, Shown, Standing, arranged, rearranged, settled, shown
from grokbot.engine.turns.display import messages_asked, postable
from grokbot.engine.turns.running_answer import Asked, RunningAnswer
from grokbot.policy.admission import check_open
from grokbot.process.traces import TRACES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grokbot.conversation.response import MessageRef, TurnOptions
    from grokbot.engine.admission import Admission, TurnTerms
    from grokbot.engine.budgets import Budgets
    from grokbot.engine.context import Context
    from grokbot.engine.turns.conversation_lock import ConversationLock
    from grokbot.engine.turns.runner import TurnRunner
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detour:
    """Where a turn leaves the shown path.

    What came after is set aside at once. Until the answer has ended the conversation's leaf stays, so that an empty
    answer leaves no trace.
    """

    standing: Standing
    under: str | None
    """The parent of the new messages; without new ones, the message that is answered once more."""
    asker_id: int | None = None
    """The asker of what is answered once more."""
    messages: Sequence[MessageRef] = ()
    """Edited messages, with what they hold from now on. Discord no longer has their old text: if the answer comes out
    empty, the conversation continues above them.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A turn to begin."""

    conversation: Conversation
    humans: Sequence[Response] = ()
    """Its messages: new, or waiting. Empty if an old question is answered once more."""
    messages: Sequence[MessageRef] = ()
    """The Discord messages of the new ones."""
    new: bool = False
    """Whether the conversation itself is still unsaved."""
    fixes: bool = False
    """Whether the conversation takes over the model, persona and options given here."""
    options: TurnOptions = AS_THE_CONVERSATION
    instruction: str = ""
    """Extra instruction for this answer alone."""
    actor: Actor | None = None
    """Who wants it, if more is known than the writer of the last message."""
    detour: Detour | None = None
    """None at the end of the path."""
    instead_of: str | None = None
    """The answer that it replaces on display; None if there is none."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """A turn's changes to what stands where."""

    asked: Asked
    shown: Shown
    conversation: Conversation
    """As it is left if the answer comes out empty."""
    standing: Standing = field(default_factory=lambda: Standing({}))
    change: Rearranged | None = None
    first: Sequence[str] = ()
    """Answers redrawn before this one: they come above it and have no messages yet."""
    then: Sequence[str] = ()
    """Answers redrawn after it."""


class TurnStart:
    """Begins turns.

    Args:
        context: Settings, store, clock, ids and events.
        runner: Runs them.
        budgets: What each reserves.
        terms: The terms of an answer.
        admission: Notes refusals.
    """

    def __init__(
        self, context: Context, runner: TurnRunner, budgets: Budgets, terms: TurnTerms, admission: Admission
    ) -> None:
        self._store = context.store
        self._now = context.now
        self._new_id = context.new_id
        self._runner = runner
        self._display = runner.display
        self._budgets = budgets
        self._terms = terms
        self._admission = admission

    async def begin(self, lock: ConversationLock, turn: Turn) -> RunningAnswer:
        """Saves the turn in one transaction, with the answers to redraw, and starts reading.

        The lock is held, and nothing runs. Once it is saved nothing can keep it from running: what may fail comes
        before or is ignored.

        Raises:
            AlreadyKnownError: One of its messages was received before; nothing has changed.
            PausedError: Answers are, everywhere or in the server.
            LimitReachedError, NotAllowedError: A limit is used up; nothing has changed.
            StoreError: It could not be saved; nothing has changed.
        """
        check_open(self._runner.pause)
        under = turn.conversation.leaf_id if turn.detour is None else turn.detour.under
        humans = tuple(_chained(turn.humans, under))
        terms = await self._terms.of_turn(turn.conversation, turn.options)
        under = humans[-1].id if humans else under
        answer = self.pending(turn.conversation, under, turn.instruction, terms.options)
        if turn.detour is None:
            scene = await self._at_the_end(turn.conversation, humans, turn.messages)
        else:
            scene = await self._elsewhere(turn.conversation, turn.detour, humans, answer)
        conversation, asker_id = scene.conversation, scene.asked.asker_id
        turned_off = turn.detour is not None
        running = RunningAnswer(
            conversation, answer, scene.asked, terms.screen, instead_of=turn.instead_of, turned_off=turned_off
        )
        new, fixed = (conversation if each else None for each in (turn.new, turn.fixes))
        reserving = self._budgets.reserving(conversation, answer, humans, asker_id=asker_id, actor=turn.actor)
        running.payer_id = reserving.who.user_id
        running.person = await self._store.identifiers.of(running.payer_id)
        with self._display.about_to_give([*scene.first, *scene.then]):
            async with self._admission.noting(turn.actor, asker_id, conversation):
                warnings = await self._store.turns.begin(
                    humans, answer, turn.messages, new, change=scene.change, fixed=fixed, reserving=reserving
                )
            asked_at = humans[0].created_at if humans else None
            TRACES.begun(answer.id, asked_at, model=model_of(conversation, answer.options), mode=conversation.mode)
            log.info("turn.begin conversation=%s turn=%s instead_of=%s", lock.key, answer.id, turn.instead_of)
            try:
                await self._display.give_again(conversation, scene.standing, answer.id, scene.first)
            finally:
                self._runner.start(lock, running, scene.shown)
                self._budgets.warn(reserving, warnings)
            await self._display.give_again(conversation, scene.standing, answer.id, scene.then)
        with suppress(StoreError):  # it runs, even if this cannot be looked up
            if self._runner.pause or await self._terms.paused(conversation.guild_id):  # while it was being saved
                self._runner.end_early(running, State.STOPPED)
        return running

    async def _at_the_end(
        self, conversation: Conversation, humans: Sequence[Response], messages: Sequence[MessageRef]
    ) -> _Scene:
        new = {ref.response_id: (ref,) for ref in messages}
        places = {human.id: new.get(human.id) or await self._store.messages.of(human.id) for human in humans}
        found = tuple(ref for human in humans for ref in places[human.id])
        writers = frozenset(h.author.id for h in humans if h.author is not None and places[h.id])
        said = postable(conversation, [human for human in humans if not places[human.id]])
        continues = humans[0].parent_id if humans[0].manual else None
        asked = Asked(found, asker_of(humans), writers, _without_data(humans[-1]))
        return _Scene(asked, Shown(said=said, continues=continues), conversation)

    async def _elsewhere(
        self, conversation: Conversation, detour: Detour, humans: Sequence[Response], answer: Response
    ) -> _Scene:
        before = detour.standing
        newest = await self._display.is_newest(conversation)
        nodes = [Node(human.id, human.parent_id, Sender.HUMAN) for human in humans]
        after = before.grown([*nodes, Node(answer.id, answer.parent_id, Sender.MODEL, open=True)], detour.messages)
        change = rearranged(before, conversation.leaf_id, after, answer.id)
        if detour.messages:
            conversation = replace(conversation, leaf_id=before.began_below(detour.under))
            change = replace(change, moves_leaf=True, leaf_id=conversation.leaf_id)
        after = settled(after, change)
        above, again = after.path(answer.id), [i for i in change.again if i != answer.id]
        node, new = after.nodes[answer.id], {human.id for human in humans}
        older = [each.id for each in after.asked(node) if each.id not in new and after.nowhere(each.id)]
        said = [*(await self._store.responses.some(older) if older else ()), *humans]
        unposted = Shown(said=postable(conversation, said))
        asker_id, last = (asker_of(humans), _without_data(humans[-1])) if humans else (detour.asker_id, None)
        return _Scene(
            asked=Asked(messages_asked(after, node), asker_id, last=last),
            shown=shown(after, arranged(after, answer.id), answer.id, unposted, newest=newest),
            conversation=conversation,
            standing=after,
            change=change,
            first=sorted(i for i in again if i in above and i not in after.placed),
            then=[i for i in again if i not in above or i in after.placed],
        )

    def pending(
        self,
        conversation: Conversation,
        parent_id: str | None,
        instruction: str = "",
        options: TurnOptions = AS_THE_CONVERSATION,
    ) -> Response:
        """Makes the response for an answer that is still to come.

        Args:
            conversation: It names the model, unless `options` do.
            parent_id: Its parent.
            instruction: An extra instruction, such as "continue"; "": none.
            options: The turn's own options.
        """
        return Response(
            id=self._new_id(),
            conversation_id=conversation.id,
            parent_id=parent_id,
            sender=Sender.MODEL,
            state=State.PENDING,
            created_at=self._now(),
            model=options.image_model or model_of(conversation, options),
            instruction=instruction,
            options=options,
        )


def _chained(humans: Sequence[Response], above: str | None) -> Iterator[Response]:
    """Messages that are answered together, each under the one before it."""
    for human in humans:
        yield replace(human, parent_id=above, state=State.DONE)
        above = human.id


def _without_data(response: Response) -> Response:
    """The response without the data of its attachments, to be kept in memory for long."""
    return replace(response, attachments=tuple(replace(each, data=None) for each in response.attachments))
