"""An answer as it stands now, for those who may act on it, and only when they may.

Not here: what they do (`variants.stop_and_retry`, `variants.variants`, `variants.edits`), who may (`policy`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UNKNOWN_RESPONSE, BusyError, NotFoundError, RestartingError
from grokbot.conversation.forest import asked_last, asker_for
from grokbot.conversation.response import Sender
from grokbot.conversation.text.sentences import Sentence
from grokbot.policy.rights import may_steer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import Conversation, Response
    from grokbot.engine.admission import Access
    from grokbot.engine.context import Context
    from grokbot.engine.turns.conversation_lock import ConversationLock
    from grokbot.engine.turns.runner import TurnRunner
    from grokbot.policy.actor import Actor
    from grokbot.store import Store

STILL_ANSWERING = Sentence("I am still answering in this conversation. Try again when I am done.")
RESTARTING = Sentence("I am restarting. Try again in a moment.")


@dataclass(frozen=True, slots=True)
class Found:
    """An answer, its conversation, and what it answers."""

    answer: Response
    conversation: Conversation
    humans: Sequence[Response]
    actor: Actor
    """Who wants to act on it, with their rights in its place."""


class AnswerLookup:
    """Finds answers.

    Args:
        context: Settings, store, clock, ids and events.
        runner: The answers under way.
        access: Who may see them.
    """

    def __init__(self, context: Context, runner: TurnRunner, access: Access) -> None:
        self._store = context.store
        self._runner = runner
        self.access = access
        self._context = context

    async def answer(self, response_id: str) -> Response:
        """An answer of this id.

        Raises:
            NotFoundError: There is none.
        """
        return await answer_of(self._store, response_id)

    async def found(self, response_id: str, actor: Actor) -> Found:
        """An answer with its conversation and what it answers.

        Raises:
            NotFoundError: It is gone, or not for them.
            NotAllowedError: They may not act on it.
        """
        answer, conversation, actor = await self.access.seen_response(response_id, actor)
        if answer.sender is not Sender.MODEL:
            raise NotFoundError(UNKNOWN_RESPONSE)
        humans = await answered_by(self._store, answer)
        self.check(humans, conversation, actor)
        return Found(answer, conversation, humans, actor)

    def check(self, humans: Sequence[Response], conversation: Conversation, actor: Actor) -> None:
        """Requires that somebody may steer the answer to these messages: stop it, retry it and the like.

        Args:
            humans: The messages that it answers.
            conversation: Where.
            actor: Who wants it.

        Raises:
            NotAllowedError: They may not.
        """
        may_steer(
            actor,
            asker_for(humans, actor.id),
            conversation.owner_id,
            everyone=self._context.settings.conversation.steering == "everyone",
        )

    def check_free(self, lock: ConversationLock) -> None:
        """Requires that a turn may begin in a conversation now.

        Raises:
            BusyError: An answer runs in it.
            RestartingError: The bot is going down.
        """
        if lock.running is not None:
            raise BusyError(STILL_ANSWERING)
        if self._runner.draining:
            raise RestartingError(RESTARTING)


async def answer_of(store: Store, response_id: str) -> Response:
    """An answer of this id.

    Raises:
        NotFoundError: There is none.
    """
    response = await store.responses.get(response_id)
    if response is None or response.sender is not Sender.MODEL:
        raise NotFoundError(UNKNOWN_RESPONSE)
    return response


async def answered_by(store: Store, answer: Response) -> Sequence[Response]:
    """The human messages right above an answer, in order: what it answers."""
    return asked_last(await store.responses.path(answer.parent_id))
