"""The order of turns: one at a time in a conversation, conversations side by side.

Messages that arrive while an answer is under way wait, written down, and are answered together. Not here: what people
may do (`engine`), beginning one turn (`turn_start`), ending it and going on after it (`runner`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import ClosedError, LimitReachedError, NotAllowedError, RestartingError
from grokbot.conversation.forest import asker_of
from grokbot.conversation.response import Conversation, Response, Sender, State
from grokbot.engine.turns.events import WaitingRefused
from grokbot.engine.turns.runner import TurnRunner
from grokbot.engine.turns.turn_start import Turn, TurnStart
from grokbot.policy.admission import ALL_READ, Unread, admit
from grokbot.policy.filters import FilteredError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.errors import GrokbotError
    from grokbot.conversation.response import Author
    from grokbot.engine.admission import Admission, TurnTerms
    from grokbot.engine.budgets import Budgets
    from grokbot.engine.context import Context
    from grokbot.engine.turns.conversation_lock import ConversationLock
    from grokbot.engine.turns.running_answer import RunningAnswer
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


class TurnQueue:
    """Begins the turns of messages that waited when one has ended; `start` begins any other.

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
        self.start = TurnStart(context, self.runner, budgets, terms, admission)
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
            What `TurnStart.begin` does, where it is not about those that waited.
        """
        new = {ref.response_id for ref in turn.messages}
        while turn.humans:
            try:
                return await self.start.begin(lock, turn)
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
