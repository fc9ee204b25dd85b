"""Titles: Grok writes one of the first question, else after the first answer, or when asked to; people give their own.

A thread is named when it is opened: later, Discord puts a line there that nobody can delete. So its title is awaited
for a moment, where the model is that fast. Any other delays nobody: it runs in the background, once for an answer, with
the cheapest request there is. Not here: how a title is asked for and cleaned (`conversation.titles`), the thread's name
(`discord_bot`).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grokbot.conversation.errors import GrokbotError, GrokError, NotFoundError, UserError
from grokbot.conversation.response import Sender, State, TitleBy
from grokbot.conversation.text import Sentence
from grokbot.conversation.titles import LONGEST_OF_PERSON, cut_at_word, one_line
from grokbot.engine.admission import GONE
from grokbot.engine.library.titles.title_requests import TitleRequests
from grokbot.engine.turns import AnswerGiven
from grokbot.policy.rights import may_steer
from grokbot.store import NotStoredError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from grokbot.conversation.response import Conversation, Response
    from grokbot.engine.admission import Access, Admission, Opening, TurnTerms
    from grokbot.engine.budgets import SideRequests
    from grokbot.engine.context import Context
    from grokbot.engine.turns import Pauses, RunningAnswer
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)

CHANCES = 3
"""How many answers of a conversation may bring a title: if the first brings none, the next two try too."""

AT_ONCE = 4
"""Titles written at the same time: answers go first."""

NOTHING_TO_NAME = Sentence("There is nothing here yet to make a title from.")


@dataclass(slots=True, eq=False)
class _UnderWay:
    """A title in progress."""

    conversation: Conversation
    taken_back: bool = False
    """Whether some of its source was erased meanwhile."""


@dataclass(frozen=True, slots=True)
class TitleChanged:
    """A conversation has another title, or lost it."""

    conversation: Conversation
    renames: bool = True
    """Whether its thread takes it. Not if it comes from there, or if nobody asked for it: people would see a line of it
    for ever."""


class Titles:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        pauses: A pause stops titles too.
        admission: Who may have one written.
        side_requests: Who pays for one.
        terms: The rules of a server's moderators.
        access: Who may see what.
    """

    def __init__(
        self,
        context: Context,
        pauses: Pauses,
        admission: Admission,
        side_requests: SideRequests,
        terms: TurnTerms,
        access: Access,
    ) -> None:
        self._context = context
        self._admission = admission
        self._requests = TitleRequests(context, admission, side_requests, terms)
        self._terms = terms
        self._store = context.store
        self._access = access
        self._pauses = pauses
        self._events = context.events
        self._events.subscribe(AnswerGiven, self._follow)
        self._tasks: set[asyncio.Task[None]] = set()
        self._writing: set[str] = set()
        self._under_way: set[_UnderWay] = set()
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._closed = False

    def _follow(self, event: AnswerGiven) -> None:
        """Checks whether a title is due once this answer has ended."""
        running = event.running
        if running.conversation.title_by is None and not running.has_ended:
            self._begin(self._after(running), f"title after {running.id}")

    def taking_back(self, conversation_id: str) -> None:
        """A message of this conversation is being erased: a title in progress may use it, and is started over.

        Call it before, since the erasure itself removes a title saved by then; and after, for one that began meanwhile.
        """
        for each in self._under_way:
            if each.conversation.id == conversation_id or each.conversation.branched_from is not None:
                each.taken_back = True

    def anew(self, conversation_id: str) -> None:
        """The title went with its source: writes one for the rest, in the background."""
        self._begin(self._anew(conversation_id), f"title of {conversation_id} anew")

    async def ahead(self, question: str, opening: Opening) -> Opening:
        """The opening with a title for its thread, of the first question; without one if that would take long.

        Args:
            question: What is asked. It was admitted.
            opening: Where the conversation is about to begin: its owner pays, as for every title.

        Raises:
            StoreError: The settings of the place could not be read.
        """
        if not self._context.settings.conversation.titles or self._closed or self._pauses.state is not None:
            return opening
        return await self._requests.soon(question, opening)

    async def write(self, conversation_id: str, actor: Actor, *, leaf_id: str | None = None) -> str:
        """Has Grok write a title for a person: it counts as chosen by them, and replaces any other.

        Args:
            conversation_id: Which.
            actor: Who asks for it, and pays.
            leaf_id: The title is made of the path to this response; None: of the path that is shown.

        Raises:
            UserError: The conversation is gone, or empty.
            NotAllowedError: The person may not, or answers are paused.
            LimitReachedError: A limit is used up for them.
            GrokError: Grok wrote none.
            StoreError: It could not be kept.
        """
        conversation, actor = await self._access.seen(conversation_id, actor)
        if leaf_id is not None:
            await self._access.check_in(conversation, leaf_id, actor)
        everyone = self._context.settings.conversation.steering == "everyone"
        may_steer(actor, None, conversation.owner_id, everyone=everyone)
        await self._admission.asks(actor, conversation, None)
        try:
            title = await self._written(conversation, leaf_id or conversation.leaf_id, TitleBy.PERSON, actor)
        except NotStoredError:
            raise NotFoundError(GONE) from None
        if title is None:
            raise UserError(NOTHING_TO_NAME)
        return title

    async def named(self, channel_id: int, name: str) -> None:
        """A person renamed the thread: the name becomes its conversation's title, and Grok writes none.

        Not if the conversation is locked, or a filter would hide the name.

        Raises:
            StoreError: It could not be kept.
        """
        conversation = await self._store.conversations.newest_in(channel_id)
        title = cut_at_word(one_line(name), LONGEST_OF_PERSON)
        if conversation is None or conversation.locked or not title or conversation.title == title:
            return
        if await self._terms.hides(conversation.guild_id, title):
            return
        await self._store.conversations.set_title(conversation.id, title, TitleBy.PERSON)
        log.info("title.by_person conversation=%s", conversation.id)
        self._events.publish(TitleChanged(conversation, renames=False))

    async def opened_with(self, conversation: Conversation) -> str:
        """The first message that is a conversation's own; "" if there is none, or if one is erased.

        Raises:
            StoreError: It could not be read.
        """
        try:
            path = await self._store.responses.path(conversation.leaf_id)
        except NotStoredError:
            return ""
        own = [response for response in _own(conversation, path) if response.sender is Sender.HUMAN]
        return own[0].message if own and not any(r.erased for r in own) else ""

    async def close(self) -> None:
        """Cancels titles that no person asked for, and begins no more."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    def _begin(self, writing: Coroutine[Any, Any, None], name: str) -> None:
        """In the background, if titles are enabled at all. Errors only go to the log."""
        if not self._context.settings.conversation.titles or self._closed or self._pauses.state is not None:
            writing.close()
            return
        task = asyncio.create_task(_logged(writing, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _after(self, running: RunningAnswer) -> None:
        answer = await running.end()
        if answer.state is not State.DONE or answer.conversation_id in self._writing:
            return
        conversation = await self._untitled(answer.conversation_id)
        if (
            conversation is not None
            and _answers(_own(conversation, await self._store.responses.path(answer.id))) <= CHANCES
        ):
            await self._by_itself(conversation, answer.id, renames=False)

    async def _anew(self, conversation_id: str) -> None:
        conversation = await self._untitled(conversation_id)
        if conversation is None or conversation_id in self._writing:
            return
        try:
            await self._by_itself(conversation, conversation.leaf_id, renames=True)
        finally:
            if (untitled := await self._untitled(conversation_id)) is not None:
                self._events.publish(
                    TitleChanged(untitled)
                )  # there is none, and the thread must not keep the erased words

    async def _untitled(self, conversation_id: str) -> Conversation | None:
        """The conversation, if it is there and has no title."""
        conversation = await self._store.conversations.get(conversation_id)
        return conversation if conversation is not None and conversation.title_by is None else None

    async def _by_itself(self, conversation: Conversation, leaf_id: str | None, *, renames: bool) -> None:
        self._writing.add(conversation.id)
        try:
            async with self._gate:
                await self._written(conversation, leaf_id, TitleBy.GROK, renames=renames)
        finally:
            self._writing.discard(conversation.id)

    async def _written(
        self,
        conversation: Conversation,
        leaf_id: str | None,
        by: TitleBy,
        actor: Actor | None = None,
        *,
        renames: bool = True,
    ) -> str | None:
        """Writes and saves a title for the path to `leaf_id`; Grok's own titles use only the conversation's own part.

        `actor` pays for it; if nobody asked for it, the conversation's owner does. `renames`: see `TitleChanged`.

        Returns:
            None if the path holds no text.

        Raises:
            NotStoredError: There is no such path.
            UserError: A person wants it, and the conversation is gone.
            GrokError: There is none, or the reply holds no title.
        """
        while True:
            this = _UnderWay(conversation)
            self._under_way.add(this)
            try:
                path = await self._store.responses.path(leaf_id)
                seen = path if by is TitleBy.PERSON else _own(conversation, path)
                title = await self._requests.asked(conversation, seen, actor)
                if this.taken_back:
                    continue
                # No await from here to the store's queue: an erasure from now on comes after it there.
                kept = title is not None and await self._keep(conversation.id, title, by, renames=renames)
            finally:
                self._under_way.discard(this)
            if title is not None and not kept and by is TitleBy.PERSON:
                raise NotFoundError(GONE)
            return title

    async def _keep(self, conversation_id: str, title: str, by: TitleBy, *, renames: bool) -> bool:
        """Whether it was saved: a title that a person gave meanwhile stays, and a deleted conversation needs none."""
        if not await self._store.conversations.set_title(conversation_id, title, by):
            return False
        conversation = await self._store.conversations.get(conversation_id)
        if conversation is None:
            return False
        self._events.publish(TitleChanged(conversation, renames))
        return True


async def _logged(writing: Coroutine[Any, Any, None], name: str) -> None:
    """Nobody waits for this title."""
    try:
        await writing
    except GrokError as trouble:
        log.warning("title.trouble task=%r kind=%s code=%s", name, trouble.kind, trouble.code)
    except (GrokbotError, NotStoredError) as error:
        log.warning("title.trouble task=%r error=%s", name, type(error).__name__)
    except Exception:
        log.exception("title.failed task=%r", name)


def _own(conversation: Conversation, path: Sequence[Response]) -> list[Response]:
    """The part of a path that is the conversation's own, not what it branched from."""
    return [response for response in path if response.conversation_id == conversation.id]


def _answers(path: Sequence[Response]) -> int:
    """How many of the model's own answers a path has, without those set by hand."""
    return sum(r.sender is Sender.MODEL and r.state is State.DONE and not r.manual for r in path)
