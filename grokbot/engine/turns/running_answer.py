"""One answer that is being sampled: what has arrived, and a way to wait for more.

Not here: where the events come from (`sampler`), who may begin one (`engine`), how it is shown.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.draft import Delayed, Draft, Phase
from grokbot.engine.admission import in_thread

if TYPE_CHECKING:
    from grokbot.conversation.draft import Events
    from grokbot.conversation.errors import GrokbotError
    from grokbot.conversation.response import Conversation, MessageRef, Query, Response, State
    from grokbot.engine.admission import Screen


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An answer at one moment. `revision` grows with every change; `ended` holds the final response."""

    revision: int
    text: str
    phase: Phase
    queries: tuple[Query, ...]
    ended: Response | None
    trouble: GrokbotError | None
    """Why it ended as it did, where it did not end well."""
    cut_short: bool
    """A length or time limit ended it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an answer answers, and who asked."""

    messages: tuple[MessageRef, ...] = ()
    """Where in Discord it stands; empty for a turn from elsewhere."""
    asker_id: int | None = None
    """Who asked, by Discord's id."""
    writer_ids: frozenset[int] = frozenset()
    """Who wrote the messages, where those stand in Discord and it is their first answer."""
    last: Response | None = None
    """What was said last, by whoever; None where the same is answered again."""


class RunningAnswer:
    """The engine's one writer applies events; any number of readers look at snapshots, each at its own pace.

    Args:
        conversation: As it was when the turn began.
        response: The model response as it was begun.
        asked: What it answers, and who asked.
        screen: What the server's filters let through of it; None where there are none.
        instead_of: The answer in whose messages it is shown, if it replaces one.
        turned_off: Whether it was begun elsewhere than where the shown path ends. If nothing comes of it, all that was
            set aside for it comes back.
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
        self.stop_as: State | None = None
        """Set once by whoever ends it early: the state in which it is then kept."""
        self.withdrawn: set[int] = set()
        """Those of the answered messages that were deleted since, by their ids."""
        self.taken_back = False
        """Whether somebody erased a text since it began that it may have seen."""
        self.draft = Draft()
        """What has arrived. People are shown `text`, which leaves out what filters hide."""
        self.screen = screen
        self._revision = 0
        self._news: asyncio.Event | None = None
        """Made by the first who waits for the next revision: most revisions come while nobody does."""
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
    def unasked(self) -> bool:
        """Whether all the messages that it answers were deleted: nobody waits for it any more."""
        messages = self.asked.messages
        return bool(messages) and all(ref.message_id in self.withdrawn for ref in messages)

    @property
    def text(self) -> str:
        """What may be shown and kept of what has arrived of the answer."""
        return self.draft.text if self.screen is None else self.screen.text

    @property
    def reasoning(self) -> str:
        """What may be kept so far of what the model has said to itself: through filters it goes at the end."""
        return self.draft.reasoning if self.screen is None else ""

    def snapshot(self) -> Snapshot:
        """The newest state, as it may be shown."""
        text = self._ended.message if self._ended is not None else self.text
        phase, queries = self.draft.phase, self.draft.queries
        if self.screen is not None:
            queries = self.screen.queries(queries)
            if phase is Phase.WRITING and not text:  # all of it is still looked at
                phase = Phase.THINKING
        return Snapshot(
            revision=self._revision,
            text=text,
            phase=phase,
            queries=queries,
            ended=self._ended,
            trouble=self._trouble,
            cut_short=self.draft.cut_short,
        )

    async def news(self, since: int) -> None:
        """Waits until there is a revision after `since`. Returns at once for an answer that has ended."""
        while self._revision <= since and self._ended is None:
            if self._news is None:
                self._news = asyncio.Event()
            await self._news.wait()

    async def end(self) -> Response:
        """Waits for the end, and for nothing before it: what arrives does not wake who waits here.

        Returns:
            The final response, whatever its state.
        """
        while self._ended is None:
            await self._end.wait()
        return self._ended

    def message_replaced(self, message_id: int, by_id: int) -> None:
        """Another message stands for one that it answers."""
        messages = (
            replace(ref, message_id=by_id) if ref.message_id == message_id else ref for ref in self.asked.messages
        )
        self.asked = replace(self.asked, messages=tuple(messages))

    async def apply(self, events: Events) -> None:
        """Takes in what has arrived at once, as one revision, and wakes the readers once. One call after the other."""
        for event in events:
            self.draft.apply(event)
        screen = self.screen
        if screen is not None and screen.light(self.draft):
            screen.take(self.draft)
        elif screen is not None:
            await in_thread(lambda: screen.take(self.draft))
        self._advance()

    def begin_anew(self) -> None:
        """Forgets what has arrived: it held no text, and is asked for once more. What it took is told until then."""
        spent, self.draft = self.draft.usage, Draft()
        self.draft.apply(Delayed())
        self.draft.usage = spent
        self._advance()

    def finish(self, response: Response, trouble: GrokbotError | None) -> None:
        """The end, once; wakes the readers for the last time."""
        self._ended = response
        self._trouble = trouble
        self._end.set()
        self._advance()

    def _advance(self) -> None:
        self._revision += 1
        if self._news is not None:
            self._news.set()
            self._news = None
