"""Conversations as programs see them: whole forests, by their ids, for a caller who may see them.

What people do in Discord with a conversation as a whole `library.library`, `library.sharing` and `library.titles` do;
here callers from outside of Discord do the same. Not here: what adds responses (`add`), what is told as it happens
(`watch`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from grokbot.conversation.errors import UNKNOWN_RESPONSE, ClosedError, NotFoundError, UserError
from grokbot.conversation.response import Sender, State
from grokbot.conversation.titles import LONGEST_OF_PERSON, one_line, shortened
from grokbot.engine.admission import GONE, Opening, opened
from grokbot.store import NotStoredError, RowRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from grokbot.conversation.records import Info, Page
    from grokbot.conversation.response import Conversation, Response
    from grokbot.documents.transcript import Transcript
    from grokbot.engine.context import Context
    from grokbot.engine.library import Library, Titles
    from grokbot.engine.turns import RunningAnswer, TurnRunner
    from grokbot.engine.variants import Variants
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)

NO_PAGES = "This bot serves no share pages: its operator has to set web.listen and web.public_url."


@dataclass(frozen=True, slots=True)
class Read:
    """A conversation with all that is in it, for one caller."""

    conversation: Conversation
    starred: bool
    """By the caller."""
    responses: tuple[Response, ...]
    """As they were made, every parent before its children. A branch's begin with the path that it goes on from, and its
    own roots hang under the last one of that. An answer under way is there as far as it has come. Left out are messages
    that wait for their turn, and answers that ended with nothing in them."""
    shared: frozenset[str]
    """Up to which of them a page shows the conversation now."""


class ProgramConversations:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        runner: The answers under way.
        library: What is done with conversations as a whole.
        titling: Has Grok write titles.
        variants: Branches off.
    """

    def __init__(
        self,
        context: Context,
        runner: TurnRunner,
        library: Library,
        titles: Titles,
        variants: Variants,
    ) -> None:
        self._settings = context.settings
        self._store = context.store
        self._access = library.access
        self._runner = runner
        self._library = library
        self._titles = titles
        self._variants = variants
        self._now = context.now
        self._new_id = context.new_id

    async def begin(self, caller: Actor) -> Conversation:
        """Begins an empty conversation of the caller's that is nowhere in Discord.

        Raises:
            StoreError: It could not be kept.
        """
        conversation = opened(_nowhere(caller), self._settings, self._new_id(), self._now())
        await self._store.conversations.add(conversation)
        log.info("conversation.begun conversation=%s owner=%d", conversation.id, caller.id)
        return conversation

    async def read(self, conversation_id: str, caller: Actor) -> Read:
        """All that is in a conversation.

        Raises:
            NotFoundError: It is gone, or not for them.
            StoreError: It could not be read.
        """
        conversation = await self._access.seen_by(conversation_id, caller)
        # Before the rows: what ends in between has its end in one or the other.
        running = {each.id: each for each in self._runner.running if each.conversation.id == conversation_id}
        own = await self._store.responses.forest(conversation_id)
        above = await self._above(conversation)
        return Read(
            conversation=conversation,
            starred=await self._store.stars.has(caller.id, conversation_id),
            responses=(*above, *_shown(own, running, conversation.branched_from if above else None)),
            shared=await self._store.shares.of(conversation_id),
        )

    async def listed(
        self, caller: Actor, *, search: str = "", starred: bool = False, offset: int = 0, limit: int = 100
    ) -> Page:
        """The conversations that a caller may see, changed last first. See `store.listed`. A star alone is no way in.

        Raises:
            StoreError: They could not be read.
        """
        wanted: dict[str, Any] = {"search": search, "starred": starred, "offset": offset, "limit": limit}
        if caller.operator:
            return await self._store.listing.page(caller.id, everybodys=True, only_own=True, **wanted)
        return await self._library.listed_of(caller.id, only_own=True, **wanted)

    async def count(self) -> int:
        """How many conversations there are, everybody's."""
        return await self._store.listing.count()

    async def info(self, conversation_id: str, caller: Actor) -> Info:
        """What a conversation is and has taken.

        Raises:
            NotFoundError: It is gone, or not for them.
            StoreError: It could not be read.
        """
        await self._access.seen_by(conversation_id, caller)
        info = await self._store.listing.info(conversation_id, caller.id)
        if info is None:
            raise NotFoundError(GONE)
        return info

    async def update(self, conversation_id: str, caller: Actor, *, title: str, starred: bool) -> Conversation:
        """Title and star as sent. An empty title, or the one that it has, leaves the title and who gave it as they are.

        Raises:
            NotFoundError: It is gone, or not for them.
            NotAllowedError: The title is not theirs to give; nothing has changed.
            StoreError: It could not be kept.
        """
        conversation = await self._access.seen_by(conversation_id, caller)
        wanted = shortened(one_line(title), LONGEST_OF_PERSON)
        if wanted and wanted != conversation.title:
            actor = await self._access.there(caller, conversation)
            conversation = await self._library.title(conversation_id, title, actor)
        change = self._library.star if starred else self._library.unstar
        await change(conversation_id, caller.id)
        return conversation

    async def write_title(self, conversation_id: str, caller: Actor, leaf_id: str | None = None) -> str:
        """Has Grok write a title for the path to a response; None: to the one that is shown.

        Raises:
            NotFoundError: It is gone, or not for them.
            UserError: There is nothing in it yet, or the response is not in it.
            NotAllowedError: The person may not, or answers are paused.
            GrokError: Grok wrote none.
            StoreError: It could not be kept.
        """
        conversation = await self._access.seen_by(conversation_id, caller)
        if leaf_id is not None:
            await self._in(conversation, leaf_id, caller)
        actor = await self._access.there(caller, conversation)
        return await self._titles.write(conversation_id, actor, leaf_id=leaf_id)

    async def share(self, conversation_id: str, response_id: str, caller: Actor) -> str:
        """Shares the path up to an answer, without people's names, for whoever has the token that this returns.

        Raises:
            ClosedError: No pages are served that could show it.
            NotFoundError: It is gone, or not for them.
            UserError: It is no answer with something in it.
            NotAllowedError: The person may not.
            StoreError: It could not be kept.
        """
        conversation = await self._access.seen_by(conversation_id, caller)
        await self._in(conversation, response_id, caller)
        if self._settings.web.public_url is None:
            raise ClosedError(NO_PAGES)
        actor = await self._access.there(caller, conversation)
        return await self._library.share(response_id, actor, names=False)

    async def unshare(self, conversation_id: str, caller: Actor) -> int:
        """Closes what was shared of a conversation: all of it for its owner, else what the caller shared themselves.

        Returns:
            How many shares were open.

        Raises:
            NotFoundError: It is gone, or not for them.
            StoreError: It could not be kept; everything is still open.
        """
        await self._access.seen_by(conversation_id, caller)
        return await self._library.unshare(conversation_id, caller)

    async def delete(self, conversation_id: str, caller: Actor) -> None:
        """Takes a conversation away for good. Its messages in Discord stay.

        Raises:
            NotFoundError: It is gone, or not for them.
            NotAllowedError: The person is not its owner.
            StoreError: It could not be deleted; it is still there.
        """
        await self._access.seen_by(conversation_id, caller)
        await self._library.delete(conversation_id, caller)

    async def branch(self, response_id: str, caller: Actor) -> Conversation:
        """Begins a conversation of the caller's that goes on from an answer, and is nowhere in Discord.

        Raises:
            NotFoundError: It is gone, or not for them.
            UserError: There is nothing in it to go on from.
            NotAllowedError: The person may not, or the conversation is locked.
            StoreError: It could not be kept.
        """
        _, conversation = await self._access.response_seen_by(response_id, caller)
        actor = await self._access.there(caller, conversation)
        try:
            return await self._variants.branch(response_id, actor, _nowhere(caller))
        except RowRefusedError:  # it was deleted just now
            raise NotFoundError(UNKNOWN_RESPONSE) from None

    async def transcript(
        self, conversation_id: str, response_id: str | None, caller: Actor, *, names: bool
    ) -> Transcript:
        """The path up to a response, or to the one that is shown for None: for exports.

        Raises:
            NotFoundError: It is gone, or not for them.
            UserError: The response is not in it, or there is nothing in it.
            StoreError: It could not be read.
        """
        conversation = await self._access.seen_by(conversation_id, caller)
        if response_id is not None:
            await self._in(conversation, response_id, caller)
        return await self._library.transcript_of(conversation, response_id, names=names)

    async def imported(self, transcript: Transcript, caller: Actor) -> Conversation:
        """Keeps a conversation that was exported once, as the caller's, nowhere in Discord.

        Raises:
            UserError: There is nothing in it.
            NotAllowedError: As `Library.imported`.
            StoreError: It could not be kept.
        """
        return await self._library.imported(transcript, _nowhere(caller), caller)

    async def _in(self, conversation: Conversation, response_id: str, caller: Actor) -> None:
        """Whether the conversation holds such a response: its own, or one that a branch goes on from.

        Raises:
            NotFoundError: There is none that they may see.
            UserError: It is of another conversation that they may see.
        """
        response = await self._store.responses.get(response_id)
        if response is None:
            raise NotFoundError(UNKNOWN_RESPONSE)
        try:
            await self._library.check_in(conversation, response)
        except UserError:  # to those who may not see it, it is not there at all
            await self._access.response_seen_by(response_id, caller)
            raise

    async def _above(self, conversation: Conversation) -> Sequence[Response]:
        try:
            return await self._store.responses.path(conversation.branched_from)
        except NotStoredError:  # it was deleted just now, and is gone for the branch too
            return ()


def _nowhere(caller: Actor) -> Opening:
    return Opening(guild_id=None, channel_id=None, owner_id=caller.id)


def _shown(own: Iterable[Response], running: Mapping[str, RunningAnswer], above: str | None) -> Iterator[Response]:
    """What of a conversation's own there is to see; roots hang under `above`."""
    for response in own:
        now = so_far(running[response.id]) if response.id in running else response
        if now.sender is Sender.HUMAN or now.answered or not now.state.ended:
            yield now if now.parent_id is not None or above is None else replace(now, parent_id=above)


def so_far(running: RunningAnswer) -> Response:
    """An answer under way as a response, as far as it has come; as it ended, if it has."""
    snapshot = running.snapshot()
    if snapshot.ended is not None:
        return snapshot.ended
    return replace(running.response, state=State.STREAMING, message=snapshot.text, queries=snapshot.queries)
