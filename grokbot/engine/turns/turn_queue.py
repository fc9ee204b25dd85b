"""The order of turns: one at a time in a conversation, conversations side by side.

Messages that arrive while an answer is under way wait, written down, and are answered together. Not here: what people
may do (`engine`), reading xAI's stream (`sampler`), ending a turn and going on after it (`runner`).
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import ClosedError, LimitReachedError, NotAllowedError, RestartingError, StoreError
from grokbot.conversation.forest import asker_of
from grokbot.conversation.options import model_of
from grokbot.conversation.response import AS_THE_CONVERSATION, Conversation, Response, Sender, State
from grokbot.display import Shown
from grokbot.engine.turns.events import WaitingRefused
from grokbot.engine.turns.runner import TurnRunner
from grokbot.engine.turns.running_answer import Asked, RunningAnswer
from grokbot.policy.admission import ALL_READ, Unread, admit, check_open
from grokbot.policy.filters import FilteredError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from grokbot.conversation.errors import GrokbotError
    from grokbot.conversation.response import Author, MessageRef, TurnOptions
    from grokbot.engine.admission import Admission, TurnTerms
    from grokbot.engine.budgets import Budgets
    from grokbot.engine.context import Context
    from grokbot.engine.turns.conversation_lock import ConversationLock
    from grokbot.engine.xai_deletion import XaiDeletion
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """What a person wrote, and where it stands in Discord."""

    actor: Actor
    text: str
    message_id: int
    channel_id: int
    files: int = 0
    """Attachments that the model is not shown."""
    unread: Unread = ALL_READ
    """Those of them that it could have been shown."""
    quoted_id: int | None = None
    """Whose message the text begins with."""
    wording: str | None = None
    """See `MessageRef.wording`."""

    def check(self, conversation: Conversation | None) -> None:
        """Lets it pass or says why not; see `policy.admission.admit`."""
        admit(conversation, self.text, files=self.files, unread=self.unread)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What is to be answered.

    `humans` are new or were waiting; `messages` are the new ones' messages in Discord.
    """

    conversation: Conversation
    humans: Sequence[Response]
    messages: Sequence[MessageRef] = ()
    new: bool = False
    """Whether the conversation itself is still to be written down."""
    fixes: bool = False
    """Whether model, persona and options of the conversation are from now on what is given here."""
    options: TurnOptions = AS_THE_CONVERSATION
    actor: Actor | None = None
    """Who wants it, where more is known of them than who wrote the last message."""


class TurnQueue:
    """Begins turns, and those of the messages that waited when one has ended.

    Args:
        context: Settings, store, clock, ids and events.
        xai_deletion: What deletes at xAI.
        budgets: What each turn reserves.
        terms: On what terms an answer begins.
        admission: Who may begin one.
    """

    def __init__(
        self,
        context: Context,
        xai_deletion: XaiDeletion,
        budgets: Budgets,
        terms: TurnTerms,
        admission: Admission,
    ) -> None:
        self._store = context.store
        self.terms = terms
        self.admission = admission
        self.budgets = budgets
        self._events = context.events
        self.runner = TurnRunner(context, xai_deletion, self.begin_waiting)
        self._now = context.now
        self.new_id = context.new_id

    def said(
        self,
        conversation_id: str,
        author: Author,
        message: str,
        *,
        manual: bool = False,
        quoted_id: int | None = None,
    ) -> Response:
        """Makes the response for what a person said, before its turn begins.

        Args:
            conversation_id: Where it was said.
            author: Who said it.
            message: The text.
            manual: True: a button said it, nobody wrote it.
            quoted_id: Whose message it quotes; None: nobody's.
        """
        return Response(
            id=self.new_id(),
            conversation_id=conversation_id,
            parent_id=None,
            sender=Sender.HUMAN,
            state=State.PENDING,
            created_at=self._now(),
            finished_at=self._now(),
            author=author,
            message=message,
            manual=manual,
            quoted_id=quoted_id if quoted_id != author.id else None,
        )

    async def begin(self, lock: ConversationLock, turn: Turn) -> RunningAnswer:
        """Writes the turn down in one transaction and starts reading. The lock is held, and nothing runs.

        Once it is written down nothing can keep it from running: what may fail comes before or is let go.

        Raises:
            AlreadyKnownError: A message of it was taken before; nothing has changed.
            PausedError: Answers are, everywhere or in the server.
            LimitReachedError, NotAllowedError: A limit is used up; nothing has changed.
            StoreError: It could not be written down; nothing has changed.
        """
        check_open(self.runner.pause)
        asked = tuple(_chained(turn.humans, turn.conversation.leaf_id))
        places = await self._places(asked, turn.messages)
        terms = await self.terms.of_turn(turn.conversation, turn.options)
        answer = self.pending(turn.conversation, asked[-1].id, options=terms.options)
        new, fixed = (turn.conversation if each else None for each in (turn.new, turn.fixes))
        reserving = self.budgets.reserving(turn.conversation, answer, asked, asker_id=asker_of(asked), actor=turn.actor)
        async with self.admission.noting(turn.actor, asker_of(asked), turn.conversation):
            warnings = await self._store.turns.begin(
                asked, answer, turn.messages, new, fixed=fixed, reserving=reserving
            )
        in_discord = turn.conversation.channel_id is not None
        about = Asked(
            messages=tuple(ref for human in asked for ref in places[human.id]),
            asker_id=asker_of(asked),
            writer_ids=frozenset(h.author.id for h in asked if h.author is not None and places[h.id]),
            last=asked[-1],
        )
        shown = Shown(
            said=tuple(h for h in asked if in_discord and not places[h.id] and not h.manual and not h.erased),
            continues=asked[0].parent_id if asked[0].manual else None,
        )
        running = RunningAnswer(turn.conversation, answer, about, screen=terms.screen)
        log.info("turn.begin conversation=%s response=%s messages=%d", lock.key, answer.id, len(asked))
        self.runner.start(lock, running, shown)
        self.budgets.warn(reserving, warnings)
        with suppress(StoreError):  # it runs; that this cannot be looked up does not change it
            if self.runner.pause or await self.terms.paused(turn.conversation.guild_id):  # while it was written down
                self.runner.end_early(running, State.STOPPED)
        return running

    async def begin_waiting(self, lock: ConversationLock) -> None:
        """Begins one turn for all messages that wait, if any do. The lock is held, and nothing runs.

        Those of a person who may not ask now are dropped, and `WaitingRefused` is published; the others' go on.

        Raises:
            StoreError: They could not be read, or the turn not be written down; they go on waiting.
        """
        await self.runner.save(lock)
        waiting = await self.waiting(lock)
        conversation = await self._store.conversations.get(lock.key)
        if conversation is None or self.runner.draining or self.runner.pause is not None:
            return
        if await self.terms.paused(conversation.guild_id):
            return
        waiting = await self.admitted(conversation, waiting)
        await self.begin_all(lock, Turn(conversation=conversation, humans=waiting))

    async def begin_all(self, lock: ConversationLock, turn: Turn) -> RunningAnswer | None:
        """Begins a turn of which some messages waited; those of whom a limit stops are dropped, and they are told.

        Returns:
            None where nobody's are left.

        Raises:
            What `begin` does, where it is not about those that waited.
        """
        new = {ref.response_id for ref in turn.messages}
        while turn.humans:
            try:
                return await self.begin(lock, turn)
            except (LimitReachedError, NotAllowedError) as error:
                waited = [human for human in turn.humans if human.id not in new]
                theirs = [human for human in waited if human.author is not None and human.author.id == error.user_id]
                whose = theirs[-1] if theirs else None if new else waited[-1]
                if (
                    isinstance(error, ClosedError | RestartingError) or whose is None
                ):  # it is not about them: they go on waiting
                    raise
                turn = replace(turn, humans=await self._refused(turn.conversation, turn.humans, error, whose))
        return None

    async def admitted(self, conversation: Conversation, waiting: Sequence[Response]) -> Sequence[Response]:
        """Those messages against which nothing has come to hold while they waited; who wrote the others is told."""
        for human in waiting:
            if human not in waiting:  # its writer's are dropped already
                continue
            author_id = human.author.id if human.author is not None else 0
            roles = self.budgets.roles_of(author_id, conversation.guild_id)
            error = await self.admission.waited(human, conversation, roles)
            if error is not None:
                waiting = await self._refused(conversation, waiting, error, human)
        return waiting

    async def _refused(
        self, conversation: Conversation, waiting: Sequence[Response], error: GrokbotError, whose: Response
    ) -> Sequence[Response]:
        """Drops the messages of who wrote this one, or this one alone. Returns the others."""
        author = whose.author
        alone = isinstance(error, FilteredError)  # it is about these words
        theirs = [each for each in waiting if each is whose or (not alone and asker_of([each]) == asker_of([whose]))]
        refs = [ref for human in theirs for ref in await self._store.messages.of(human.id)]
        for ref in refs:
            await self._store.queue.drop(ref.message_id)
        log.info("turn.waiting_refused conversation=%s messages=%d", conversation.id, len(theirs))
        self._events.publish(WaitingRefused(conversation, author, tuple(refs), error))
        return [human for human in waiting if human not in theirs]

    async def waiting(self, lock: ConversationLock) -> Sequence[Response]:
        """The messages that wait, in the order in which they came: ids keep it, a clock that is set back does not."""
        return sorted(await self._store.queue.of(lock.key), key=lambda human: human.id)

    async def _places(self, asked: Sequence[Response], new: Sequence[MessageRef]) -> Mapping[str, Sequence[MessageRef]]:
        """Where in Discord the messages stand that are answered."""
        placed = {ref.response_id: (ref,) for ref in new}
        return {h.id: placed.get(h.id) or await self._store.messages.of(h.id) for h in asked}

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
            parent_id: What it hangs under.
            instruction: What is asked beside the messages, as "continue"; "": nothing.
            options: What was chosen for this turn.
        """
        return Response(
            id=self.new_id(),
            conversation_id=conversation.id,
            parent_id=parent_id,
            sender=Sender.MODEL,
            state=State.PENDING,
            created_at=self._now(),
            model=model_of(conversation, options),
            instruction=instruction,
            options=options,
        )


def _chained(humans: Sequence[Response], leaf_id: str | None) -> Iterator[Response]:
    """Messages that are answered together, each under the one before it."""
    for human in humans:
        yield replace(human, parent_id=leaf_id, state=State.DONE)
        leaf_id = human.id
