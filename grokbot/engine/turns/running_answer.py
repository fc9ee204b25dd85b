"""One answer that is being sampled: what has arrived, a way to wait for more, and its journal.

Not here: where the events come from (`sampler`), who may begin one (`engine`), how it is shown.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.draft import Delayed, Draft, Phase
from grokbot.engine.admission import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.conversation.draft import Events
    from grokbot.conversation.errors import GrokbotError
    from grokbot.conversation.response import Conversation, MessageRef, Query, Response, State
    from grokbot.engine.admission import Screen
    from grokbot.store import Store

log = logging.getLogger(__name__)

JOURNAL_SECONDS = 2.0
JOURNAL_CHARACTERS = 4096
"""Received text is saved after this time or this much, whichever comes first."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An answer at one moment. `revision` grows with every change; `ended` holds the final response."""

    revision: int
    text: str
    phase: Phase
    queries: tuple[Query, ...]
    ended: Response | None
    trouble: GrokbotError | None
    """Why it did not end well; None if it did."""
    cut_short: bool
    """A length or time limit ended it."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Attachments that the model was not shown, and why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an answer answers, and who asked."""

    messages: tuple[MessageRef, ...] = ()
    """Its Discord messages; empty for a turn from elsewhere."""
    asker_id: int | None = None
    """The asker's Discord id."""
    writer_ids: frozenset[int] = frozenset()
    """The writers of the messages, if those are in Discord and this is their first answer."""
    last: Response | None = None
    """The last message, by anybody; None if old messages are answered again."""


class RunningAnswer:
    """The engine's one writer applies events; any number of readers look at snapshots, each at its own pace.

    Args:
        conversation: As it was when the turn began.
        response: The model response as it was begun.
        asked: What it answers, and who asked.
        screen: What the server's filters let through of it; None if there are none.
        instead_of: The answer in whose messages it is shown, if it replaces one.
        turned_off: Whether it began off the end of the shown path. If it comes out empty, all that was set aside for it
            comes back.
    """

    def __init__(
        self,
        conversation: Conversation,
        response: Response,
        asked: Asked = Asked(),
        screen: Screen | None = None,
        *,
        instead_of: str | None = None,
        turned_off: bool = False,
    ) -> None:
        self.conversation = conversation
        self.response = response
        self.asked = asked
        self.instead_of = instead_of
        self.turned_off = turned_off
        self.payer_id = conversation.owner_id
        """To whose account it goes."""
        self.person = ""
        """The same person, as xAI may know them."""
        self.stop_as: State | None = None
        """Set once by the first call to end it early: the state to keep it in."""
        self.withdrawn: set[int] = set()
        """Ids of the answered messages deleted since."""
        self.taken_back = False
        """Whether somebody has erased a text since it began that it may have seen."""
        self.draft = Draft()
        """What has arrived. People see `text`, which leaves out what filters hide."""
        self.screen = screen
        self._revision = 0
        self._changed_at = time.monotonic()
        self.left_out: tuple[tuple[str, str], ...] = ()
        self.on_text: Callable[[int], None] | None = None
        """Called with the number of characters so far, whenever events were applied."""
        self._news: asyncio.Event | None = None
        """Made by the first reader that waits for the next revision: most revisions come while none does."""
        self._end = asyncio.Event()
        self._ended: Response | None = None
        self._trouble: GrokbotError | None = None

    @property
    def id(self) -> str:
        """The model response's id."""
        return self.response.id

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self._ended is not None

    @property
    def silent_for(self) -> float:
        """For how many seconds nothing new has come."""
        return time.monotonic() - self._changed_at

    @property
    def unasked(self) -> bool:
        """Whether all the messages that it answers were deleted: nobody waits for it."""
        messages = self.asked.messages
        return bool(messages) and all(ref.message_id in self.withdrawn for ref in messages)

    @property
    def text(self) -> str:
        """The answer so far, as it may be shown and kept."""
        return self.draft.text if self.screen is None else self.screen.text

    @property
    def length(self) -> int:
        """Characters of it that there are to show: of one that has ended no fewer than there ever were."""
        return len(self.text) if self._ended is None else max(len(self.text), len(self._ended.message))

    @property
    def reasoning(self) -> str:
        """The reasoning so far, as it may be kept: filters check it at the end."""
        return self.draft.reasoning if self.screen is None else ""

    def snapshot(self) -> Snapshot:
        """The newest state, as it may be shown."""
        text = self._ended.message if self._ended is not None else self.text
        phase, queries = self.draft.phase, self.draft.queries
        if self.screen is not None:
            queries = self.screen.queries(queries)
            if phase is Phase.WRITING and not text:  # filters still hold back all of it
                phase = Phase.THINKING
        return Snapshot(
            revision=self._revision,
            text=text,
            phase=phase,
            queries=queries,
            ended=self._ended,
            trouble=self._trouble,
            cut_short=self.draft.cut_short,
            left_out=self.left_out,
        )

    async def news(self, since: int) -> None:
        """Waits until there is a revision after `since`. Returns at once for an answer that has ended."""
        while self._revision <= since and self._ended is None:
            if self._news is None:
                self._news = asyncio.Event()
            await self._news.wait()

    async def end(self) -> Response:
        """Waits for the end only: arriving events do not wake this caller.

        Returns:
            The final response, whatever its state.
        """
        while self._ended is None:
            await self._end.wait()
        return self._ended

    def message_replaced(self, message_id: int, by_id: int) -> None:
        """Another message replaces one that it answers."""
        messages = (
            replace(ref, message_id=by_id) if ref.message_id == message_id else ref for ref in self.asked.messages
        )
        self.asked = replace(self.asked, messages=tuple(messages))

    async def apply(self, events: Events) -> None:
        """Adds events that arrived together, as one revision, and wakes the readers once. One call after the other."""
        for event in events:
            self.draft.apply(event)
        screen = self.screen
        if screen is not None and screen.light(self.draft):
            screen.take(self.draft)
        elif screen is not None:
            await in_thread(lambda: screen.take(self.draft))
        if self.on_text is not None:
            self.on_text(len(self.text))
        self._advance()

    def begin_anew(self) -> None:
        """Forgets what has arrived: it held no text, and the request is sent again. Its usage stays until then."""
        spent, self.draft = self.draft.usage, Draft()
        self.draft.apply(Delayed())
        self.draft.usage = spent
        self._advance()

    def finish(self, response: Response, trouble: GrokbotError | None) -> None:
        """Ends it, once; wakes the readers for the last time."""
        self._ended = response
        self._trouble = trouble
        self._end.set()
        self._advance()

    def _advance(self) -> None:
        self._revision += 1
        self._changed_at = time.monotonic()
        if self._news is not None:
            self._news.set()
            self._news = None


class Journal:
    """The journal of one answer: at most one write under way, and none for saved text.

    Its timer runs on its own: text from before the model fell silent is saved too.
    """

    def __init__(self, store: Store, running: RunningAnswer) -> None:
        self._store = store
        self._running = running
        self._written = 0
        self._enough = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None

    def keep_up(self) -> None:
        """Makes sure that what has arrived is saved in time. Does not wait for it."""
        behind = self._running.draft.length - self._written
        if behind >= JOURNAL_CHARACTERS:
            self._enough.set()
        if behind and (self._writing is None or self._writing.done()):
            self._writing = asyncio.create_task(self._write_in_time(), name=f"journal {self._running.id}")

    async def close(self) -> None:
        """Writes no more. The store finishes a write under way before its next task."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.wait([self._writing])

    async def _write_in_time(self) -> None:
        while self._running.draft.length > self._written:
            try:
                async with asyncio.timeout(JOURNAL_SECONDS):
                    await self._enough.wait()
            except TimeoutError:
                pass
            self._enough.clear()
            await self._write()

    async def _write(self) -> None:
        self._written = self._running.draft.length
        try:
            await self._store.turns.journal(self._running.id, self._running.text, self._running.reasoning)
        except Exception:  # the answer continues without its journal
            log.exception("turn.journal_failed turn=%s", self._running.id)
