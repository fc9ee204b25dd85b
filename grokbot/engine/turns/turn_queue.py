"""The order of turns: one at a time in a conversation, conversations side by side.

Messages that arrive during an answer are stored, wait, and are answered together. Not here: what people may do
(`engine`), beginning one turn (`turn_start`), ending it and continuing after it (`runner`).
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
    from grokbot.conversation.parts import AttachedFile
    from grokbot.conversation.response import Author, Overheard
    from grokbot.engine.admission import Admission, TurnTerms
    from grokbot.engine.budgets import Budgets
    from grokbot.engine.context import Context
    from grokbot.engine.turns.conversation_lock import ConversationLock
    from grokbot.engine.turns.running_answer import RunningAnswer
    from grokbot.engine.turns.sampler import Sampler
    from grokbot.engine.xai_deletion import XaiDeletion
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """A person's message, and where it stands in Discord."""

    actor: Actor
    text: str
    message_id: int
    """0: no message in Discord shows it."""
    channel_id: int
    unread: Unread = ALL_READ
    """Attachments that the model does not see."""
    quoted_id: int | None = None
    """The author of the message that the text quotes first."""
    wording: str | None = None
    """See `MessageRef.wording`."""
    background: tuple[Overheard, ...] = ()
    """What was said there before, which was not addressed to the bot."""
    quotes: frozenset[int] = frozenset()
    """The messages that the text quotes, which need not be in the background too."""
    attachments: tuple[AttachedFile, ...] = ()
    """What the model is shown besides the text."""

    @property
    def words(self) -> str:
        """The text, with the text files beside it: what filters look at."""
        beside = (each.data or b"" for each in self.attachments if each.media_type == "text/plain")
        return "\n\n".join((self.text, *(data.decode(errors="replace") for data in beside)))

    def check(self, conversation: Conversation | None) -> None:
        """Accepts it or raises the reason; see `policy.admission.admit`."""
        admit(conversation, self.text, unread=self.unread)


class TurnQueue:
    """Begins the turns of waiting messages when one has ended; `start` begins any other.

    Args:
        context: Settings, store, clock, ids and events.
        xai_deletion: Deletes at xAI.
        budgets: What each turn reserves.
        terms: The terms of an answer.
        admission: Who may begin one.
        sampler: Samples answers.
    """

    def __init__(
        self,
        context: Context,
        xai_deletion: XaiDeletion,
        budgets: Budgets,
        terms: TurnTerms,
        admission: Admission,
        sampler: Sampler,
    ) -> None:
        self._store = context.store
        self.terms = terms
        self.admission = admission
        self.budgets = budgets
        self._events = context.events
        self.runner = TurnRunner(context, xai_deletion, sampler, self.begin_waiting)
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
        background: tuple[Overheard, ...] = (),
        attachments: tuple[AttachedFile, ...] = (),
    ) -> Response:
        """Makes the response for a person's message, before its turn begins.

        Args:
            conversation_id: Where.
            author: Whose.
            message: The text.
            manual: True: a button's text, nobody wrote it.
            quoted_id: Whose message it quotes; None: nobody's.
            background: What was said before it.
            attachments: Its pictures and files.
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
            background=background,
            attachments=attachments,
        )

    async def begin_waiting(self, lock: ConversationLock) -> None:
        """Begins one turn for all waiting messages, if any. The lock is held, and nothing runs.

        Messages of a person who may not ask now are dropped, and `WaitingRefused` is published; the others continue.

        Raises:
            StoreError: They could not be read, or the turn not be saved; they go on waiting.
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
        """Begins a turn in which some messages waited; a limit drops its person's messages, and they hear of it.

        Returns:
            None if none are left.

        Raises:
            What `TurnStart.begin` does, if it is not about waiting messages.
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
        """The messages that are still allowed after their wait; the writers of the others hear of it."""
        for human in waiting:
            if human not in waiting:  # dropped with the writer's others
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
        """Drops all messages of this one's writer, or this one alone. Returns the others."""
        author = whose.author
        alone = isinstance(error, FilteredError)  # only these words are at fault
        theirs = [each for each in waiting if each is whose or (not alone and asker_of([each]) == asker_of([whose]))]
        refs = [ref for human in theirs for ref in await self._store.messages.of(human.id)]
        for ref in refs:
            await self._store.queue.drop(ref.message_id)
        log.info("turn.waiting_refused conversation=%s messages=%d", conversation.id, len(theirs))
        self._events.publish(WaitingRefused(conversation, author, tuple(refs), error))
        return [human for human in waiting if human not in theirs]

    async def waiting(self, lock: ConversationLock) -> Sequence[Response]:
        """The waiting messages in order of arrival: ids keep it, even if the clock is set back."""
        return sorted(await self._store.queue.of(lock.key), key=lambda human: human.id)
