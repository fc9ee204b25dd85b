"""One answer that is being sampled: what has arrived, and a way to wait for more.

Not here: where the events come from (`sampling`), who may begin one (`engine`), how it is shown.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.draft import Draft, Phase

if TYPE_CHECKING:
    from grokbot.conversation.draft import Events
    from grokbot.conversation.errors import GrokbotError
    from grokbot.conversation.response import Conversation, MessageRef, Query, Response, State


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


class RunningAnswer:
    """The engine's one writer applies events; any number of readers look at snapshots, each at its own pace.

    Args:
        conversation: As it was when the turn began.
        response: The model response as it was begun.
        answers: Where in Discord the messages stand that this answers; empty for a turn from elsewhere.
        asker_id: Who asked, by Discord's id.
        shown_in: Messages that already show an earlier form of this answer, to be written over.
    """

    def __init__(
        self,
        conversation: Conversation,
        response: Response,
        *,
        answers: tuple[MessageRef, ...] = (),
        asker_id: int | None = None,
        shown_in: tuple[MessageRef, ...] = (),
    ) -> None:
        self.conversation = conversation
        self.response = response
        self.answers = answers
        self.asker_id = asker_id
        self.shown_in = shown_in
        self.stop_as: State | None = None
        """Set once by whoever ends it early: the state in which it is then kept."""
        self.withdrawn: set[int] = set()
        """Those of the answered messages that were deleted since, by their ids."""
        self.draft = Draft()
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

    def snapshot(self) -> Snapshot:
        """The newest state."""
        text = self._ended.message if self._ended is not None else self.draft.text
        return Snapshot(
            revision=self._revision,
            text=text,
            phase=self.draft.phase,
            queries=self.draft.queries,
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

    def apply(self, events: Events) -> None:
        """Takes in what has arrived at once, as one revision, and wakes the readers once."""
        for event in events:
            self.draft.apply(event)
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
