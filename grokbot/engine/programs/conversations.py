"""Conversations for programs: whole forests, by their ids, for a caller who may see them.

`library.library`, `library.shares` and `library.titles` do what people in Discord do with whole conversations; here
callers from outside of Discord do the same. Not here: what adds responses (`add`), live updates (`watch`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from grokbot.conversation.errors import ClosedError, NotFoundError
from grokbot.conversation.response import Sender, State
from grokbot.conversation.titles import LONGEST_OF_PERSON, cut_at_word, one_line
from grokbot.engine.admission import nowhere, opened
from grokbot.store import NotStoredError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from grokbot.conversation.records import Page
    from grokbot.conversation.response import Conversation, Response
    from grokbot.engine.admission import Access
    from grokbot.engine.context import Context
    from grokbot.engine.library import Library
    from grokbot.engine.turns import RunningAnswer, TurnRunner
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)

NO_ANSWER = "There is no such answer."
NO_PAGES = "This bot serves no share pages: its operator has to set web.listen and web.public_url."


@dataclass(frozen=True, slots=True)
class Read:
    """A conversation with all its contents, for one caller."""

    conversation: Conversation
    starred: bool
    """By the caller."""
    responses: tuple[Response, ...]
    """In the order they were made, every parent before its children. A branch's begin with the path that it continues,
    and its own roots hang under the last one of that. A running answer is included as far as it has come. Waiting
    messages and empty ended answers are left out.
    """
    shared: frozenset[str]
    """Those that are the end of an open share."""


class ProgramConversations:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        runner: The answers under way.
        access: Who may see what.
        library: Actions on whole conversations.
    """

    def __init__(
        self,
        context: Context,
        runner: TurnRunner,
        access: Access,
        library: Library,
    ) -> None:
        self._context = context
        self._store = context.store
        self._access = access
        self._runner = runner
        self._library = library
        self._now = context.now
        self._new_id = context.new_id

    async def begin(self, caller: Actor) -> Conversation:
        """Begins an empty conversation for the caller, with no place in Discord.

        Raises:
            StoreError: It could not be kept.
        """
        conversation = opened(nowhere(caller.id), self._context.settings, self._new_id(), self._now())
        await self._store.conversations.add(conversation)
        log.info("conversation.begun conversation=%s owner=%d", conversation.id, caller.id)
        return conversation

    async def read(self, conversation_id: str, caller: Actor) -> Read:
        """All contents of a conversation.

        Raises:
            NotFoundError: It is gone, or not for them.
            StoreError: It could not be read.
        """
        conversation, _ = await self._access.seen(conversation_id, caller)
        # Before the rows: an answer that ends in between has its end in one or the other.
        running = {each.id: each for each in self._runner.running if each.conversation.id == conversation_id}
        own = await self._store.responses.forest(conversation_id)
        above = await self._above(conversation)
        return Read(
            conversation=conversation,
            starred=await self._store.stars.has(caller.id, conversation_id),
            responses=(*above, *_shown(own, running, conversation.branched_from if above else None)),
            shared=await self._store.shares.of(conversation_id),
        )

    async def answer(self, response_id: str, caller: Actor) -> Response:
        """An answer that has ended.

        Raises:
            NotFoundError: There is none that they may see.
            StoreError: It could not be read.
        """
        response, _, _ = await self._access.seen_response(response_id, caller)
        if response.sender is not Sender.MODEL or not response.state.ended:
            raise NotFoundError(NO_ANSWER)
        return response

    async def listed(
        self, caller: Actor, *, search: str = "", starred: bool = False, offset: int = 0, limit: int = 100
    ) -> Page:
        """The conversations that a caller may see, last changed first. A star alone gives no access.

        Args:
            caller: The operator sees everybody's.
            search: As in the store's `listing.page`, like the rest.
            starred: Only those that the caller starred.
            offset: How many to leave out.
            limit: How many at most.

        Raises:
            StoreError: They could not be read.
        """
        wanted: dict[str, Any] = {"search": search, "starred": starred, "offset": offset, "limit": limit}
        if caller.operator:
            return await self._store.listing.page(caller.id, everybodys=True, only_own=True, **wanted)
        return await self._library.listed_of(caller.id, only_own=True, **wanted)

    async def count(self) -> int:
        """How many conversations there are in all."""
        return await self._store.listing.count()

    async def update(self, conversation_id: str, caller: Actor, *, title: str, starred: bool) -> Conversation:
        """Sets title and star.

        Args:
            conversation_id: Which.
            caller: Who calls.
            title: "", or the present one: title and its author stay.
            starred: Whether the caller stars it.

        Raises:
            NotFoundError: It is gone, or not for them.
            NotAllowedError: They may not set the title; nothing has changed.
            StoreError: It could not be kept.
        """
        conversation, _ = await self._access.seen(conversation_id, caller)
        wanted = cut_at_word(one_line(title), LONGEST_OF_PERSON)
        if wanted and wanted != conversation.title:
            conversation = await self._library.title(conversation_id, title, caller)
        change = self._library.stars.add if starred else self._library.stars.remove
        await change(conversation_id, caller.id)
        return conversation

    async def share(self, conversation_id: str, response_id: str, caller: Actor) -> str:
        """Opens a share page of the path up to an answer, without people's names. Returns its token.

        Args:
            conversation_id: The conversation of the answer.
            response_id: The last answer on the page.
            caller: Who calls.

        Raises:
            ClosedError: This bot serves no pages.
            NotFoundError: It is gone, or not for them.
            UserError: It is no answer with text.
            NotAllowedError: The person may not.
            StoreError: It could not be kept.
        """
        conversation, _ = await self._access.seen(conversation_id, caller)
        await self._access.check_in(conversation, response_id, caller)
        if self._context.settings.web.public_url is None:
            raise ClosedError(NO_PAGES)
        return await self._library.shares.add(response_id, caller, names=False)

    async def _above(self, conversation: Conversation) -> Sequence[Response]:
        try:
            return await self._store.responses.path(conversation.branched_from)
        except NotStoredError:  # it was deleted just now, and is gone for the branch too
            return ()


def _shown(own: Iterable[Response], running: Mapping[str, RunningAnswer], above: str | None) -> Iterator[Response]:
    """A conversation's own responses that can be seen; roots hang under `above`."""
    for response in own:
        now = so_far(running[response.id]) if response.id in running else response
        if now.sender is Sender.HUMAN or now.answered or not now.state.ended:
            yield now if now.parent_id is not None or above is None else replace(now, parent_id=above)


def so_far(running: RunningAnswer) -> Response:
    """A running answer as a response, as far as it has come; its final form if it has ended."""
    snapshot = running.snapshot()
    if snapshot.ended is not None:
        return snapshot.ended
    return replace(running.response, state=State.STREAMING, message=snapshot.text, queries=snapshot.queries)
