"""Live updates of a conversation for its watchers.

Each watcher reads the newest state whenever something may have changed, at their own pace: nothing is queued for slow
readers, and nothing waits for them. Not here: what changes a conversation, Discord's updates (`context.events`).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from grokbot.conversation.response import Sender
from grokbot.engine.library import TitleChanged
from grokbot.engine.programs.conversations import Read
from grokbot.engine.turns import ConversationTouched

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine, Iterator, Sequence
    from typing import Any

    from grokbot.conversation.response import Conversation, Response
    from grokbot.engine.admission import Access
    from grokbot.engine.context import Context
    from grokbot.engine.programs.conversations import ProgramConversations
    from grokbot.engine.turns import RunningAnswer, TurnRunner
    from grokbot.policy.actor import Actor
    from grokbot.store import Store

GROWTH_SECONDS = 0.1
"""Between two looks at a growing answer: each holds all of its text."""


@dataclass(frozen=True, slots=True)
class Said:
    """A person's message, anywhere in the forest."""

    response: Response


@dataclass(frozen=True, slots=True)
class Answering:
    """An answer has begun or grown: its snapshot says how far it is."""

    running: RunningAnswer


@dataclass(frozen=True, slots=True)
class Ended:
    """An answer in its final form: it has ended, or somebody wrote it."""

    response: Response


@dataclass(frozen=True, slots=True)
class LeafMoved:
    """The new end of the path; None at its very beginning."""

    leaf_id: str | None


@dataclass(frozen=True, slots=True)
class Titled:
    """The new title; "" if it was removed."""

    title: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """The conversation is gone; nothing more follows."""


Happening: TypeAlias = Read | Said | Answering | Ended | LeafMoved | Titled | Deleted


class ConversationWatch:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        runner: The answers under way.
        program_conversations: Reads a conversation for a caller.
        access: Who may see what.
    """

    def __init__(
        self,
        context: Context,
        runner: TurnRunner,
        program_conversations: ProgramConversations,
        access: Access,
    ) -> None:
        self._store = context.store
        self._access = access
        self._runner = runner
        self._program_conversations = program_conversations
        self._watching: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        context.events.subscribe(ConversationTouched, lambda event: self._may_have_changed(event.key))
        context.events.subscribe(TitleChanged, lambda event: self._may_have_changed(event.conversation.id))

    async def watch(self, conversation_id: str, caller: Actor) -> AsyncGenerator[Happening, None]:
        """First a `Read`, then updates, until the conversation is deleted or the generator is closed.

        A slow reader gets fewer updates of a growing answer, and only the newest title and leaf; but all messages, and
        all answers that end.

        Raises:
            NotFoundError: It is gone, or they have no access (now).
            DiscordError: Discord did not say whether they still have access.
            StoreError: It could not be read (now).
        """
        with self._noticing(conversation_id) as changed:
            seen = set((await self._store.placement.get(conversation_id)).nodes)
            read = await self._program_conversations.read(conversation_id, caller)
            yield read
            watched = _Watched(self._store, self._runner, read, seen)
            while not watched.over:
                news = await watched.news()
                await self._access.check_still(read.conversation, caller)
                for happening in news:
                    yield happening
                if not watched.over:
                    await watched.wait(changed)

    @contextmanager
    def _noticing(self, conversation_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the conversation may have changed; set at first."""
        changed = asyncio.Event()
        changed.set()
        self._watching[conversation_id].add(changed)
        try:
            yield changed
        finally:
            self._watching[conversation_id].discard(changed)
            if not self._watching[conversation_id]:
                del self._watching[conversation_id]

    def _may_have_changed(self, conversation_id: str) -> None:
        for changed in self._watching.get(conversation_id, ()):
            changed.set()


class _Watched:
    """What one watcher has received of a conversation, and what is new to them.

    Args:
        store: Where it is.
        runner: The answers under way.
        read: What they received first.
        seen: What was there before that, whether sent or left out.
    """

    def __init__(self, store: Store, runner: TurnRunner, read: Read, seen: set[str]) -> None:
        self._store = store
        self._runner = runner
        self._id = read.conversation.id
        self._title, self._leaf_id = read.conversation.title, read.conversation.leaf_id
        self._open = {response.id for response in read.responses if not response.state.ended}
        self._seen = seen | {response.id for response in read.responses}
        self._running: RunningAnswer | None = None
        self._revision = -1
        self.over = False
        """Whether the conversation is gone."""

    async def wait(self, changed: asyncio.Event) -> None:
        """Waits until there may be news."""
        running = self._running
        if running is None:
            await changed.wait()
        else:
            await _first_of(changed.wait(), asyncio.sleep(GROWTH_SECONDS))
            await _first_of(changed.wait(), running.news(self._revision))
        changed.clear()

    async def news(self) -> Sequence[Happening]:
        """New messages, oldest first, then the progress of an answer, then path and title."""
        conversation = await self._store.conversations.get(self._id)
        if conversation is None:
            self.over = True
            return [Deleted()]
        told = [self._told(response) for response in await self._changed_responses()]
        news = [*told, self._growth(), *self._path_and_title(conversation)]
        return [happening for happening in news if happening is not None]

    async def _changed_responses(self) -> Sequence[Response]:
        """Those that are new and those that were open, oldest first."""
        nodes = (await self._store.placement.get(self._id)).nodes
        new = [each for each in nodes if each not in self._seen]
        ended = [each for each in self._open if each in nodes and not nodes[each].open]
        found = await self._store.responses.some([*new, *ended]) if new or ended else ()
        return sorted(found, key=lambda response: response.id)

    def _told(self, response: Response) -> Happening | None:
        self._seen.add(response.id)
        if response.sender is Sender.HUMAN:
            return Said(response)
        if response.state.ended:
            self._open.discard(response.id)
            return Ended(response)
        self._open.add(response.id)
        return None  # `_growth` reports its beginning

    def _growth(self) -> Answering | Ended | None:
        """The progress of a running answer, or its end, even if that could not be saved yet."""
        running = self._under_way()
        if running is None:
            return None
        snapshot = running.snapshot()
        if snapshot.ended is not None:
            self._open.discard(running.id)
            self._running = None
            return Ended(snapshot.ended)
        if snapshot.revision == self._revision:
            return None
        self._revision = snapshot.revision
        return Answering(running)

    def _under_way(self) -> RunningAnswer | None:
        if self._running is not None and self._running.id in self._open:
            return self._running
        self._running, self._revision = None, -1
        for running in self._runner.running:
            if running.id in self._open:
                self._running = running
        return self._running

    def _path_and_title(self, conversation: Conversation) -> Iterator[Happening]:
        if conversation.leaf_id != self._leaf_id:
            self._leaf_id = conversation.leaf_id
            yield LeafMoved(conversation.leaf_id)
        if conversation.title != self._title:
            self._title = conversation.title
            yield Titled(conversation.title)


async def _first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Waits for the first of them and cancels the rest."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
