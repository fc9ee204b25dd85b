"""One answer on its way into its channel: the only writer of its messages, one request in flight.

At every moment that a request may be sent it takes the newest text, so nothing stale is ever shown and nothing is sent
twice. Not here: when something may be sent (`rate_limits.pacing`, pure), how an answer is laid out (`layout`, pure),
its messages themselves (`message_slot`), which answers there are and what happens if one cannot be shown (`presenter`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from grokbot.discord_bot.answers.layout import Part, spread
from grokbot.discord_bot.answers.retry_state import WHY, BarredError, Setbacks
from grokbot.discord_bot.notices.texts.answer_text import NOT_TAKEN, set_aside
from grokbot.discord_bot.rate_limits import SEND_ERRORS, Fate, Kind, Rank, fate_of, in_short
from grokbot.process.traces import TRACES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from grokbot.discord_bot.answers.display_order import Given
    from grokbot.discord_bot.answers.layout import Layout
    from grokbot.discord_bot.answers.message_slot import Slot
    from grokbot.discord_bot.rate_limits import ChannelTraffic
    from grokbot.engine.turns import Snapshot

log = logging.getLogger(__name__)

TYPING_SECONDS = 0.15
"""Seconds without text before the typing indicator. A text that comes at once needs no request to announce it."""

PLACEHOLDER_SECONDS = 1.5
"""Seconds without text before a line says what the model is doing."""


class LiveAnswer:
    """Brings one answer into its channel and updates it until it is complete.

    Args:
        given: The answer. One that has ended is written into its given messages.
        slot: Its messages.
        layout: What they show.
        reopen: Reopens the thread if it was archived.
        traffic: What may be sent there, and when.
        given_up: Whether a newer answer belongs in its messages: then the current request is its last.
    """

    def __init__(
        self,
        given: Given,
        slot: Slot,
        layout: Layout,
        reopen: Callable[[], Awaitable[None]],
        traffic: ChannelTraffic,
        given_up: Callable[[], bool],
    ) -> None:
        self.slot = slot
        self._running = running = given.running
        self._shown = given.shown
        self._layout = layout
        self._traffic = traffic
        self._beside = given.beside
        self._given_up = given_up
        self._seen_at = asyncio.get_running_loop().time()
        self._text_is_there = False
        self.stands: Callable[[], None] | None = None
        """Called when a message of it is there."""
        self._freshness = given.freshness
        self._setbacks = Setbacks(running.id, reopen, traffic)
        self._deletions = 0
        self._refused: set[str] = set()
        self._gone: set[int] = set()
        """Ids of deleted messages that are still to be handled."""
        self._idle: asyncio.Future[None] | None = None
        self._left: list[int] = []
        """Ids of messages that are no longer the answer's, to delete at the end."""
        self.leaves_behind = False
        """Whether a deletion failed: that message shows outdated text and a dead button."""

    async def run(self) -> None:
        """Returns once the channel shows the whole answer.

        Raises:
            BarredError: That will never happen.
        """
        await self._begin()
        await self._follow()
        self._freshness.ended()
        while len(self.slot) > len(self._wanted()) and not self._over:  # an answer that is overwritten may need fewer
            self._left.append(self.slot.leave(len(self.slot) - 1))
        for message_id in self._left:
            await self._take_away(message_id)

    async def deleted(self, message_id: int) -> None:
        """Somebody deleted a message. If it was the answer's it is sent again at once, even if there is no new text."""
        async with self.slot.writing:  # it may be in the middle of being sent
            pass
        if self.slot.index_of(message_id) is not None:
            self._gone.add(message_id)
            if self._idle is not None:
                self._idle.cancel()

    async def _begin(self) -> None:
        """Waits a moment for the first text; shows typing if it does not come at once."""
        if len(self.slot) or self._running.has_ended:
            return
        typing = asyncio.create_task(self._type())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(PLACEHOLDER_SECONDS):
                    await self._first_text()
        finally:
            typing.cancel()  # a late indicator would come after what it announces
            await asyncio.wait([typing])

    async def _type(self) -> None:
        """The typing indicator, the least important request: its errors are only logged."""
        await asyncio.sleep(TYPING_SECONDS)
        try:
            if self._traffic.spare(Kind.OTHER):
                await self.slot.channel.typing()
        except SEND_ERRORS as error:
            log.debug("discord.typing_failed channel=%d error=%s", self.slot.channel.id, in_short(error))

    async def _first_text(self) -> None:
        await self._laid_out()
        snapshot = self._running.snapshot()
        while snapshot.ended is None and self._layout.of(snapshot) and not self._layout.shows_text:
            await self._running.news(snapshot.revision)
            await self._laid_out()
            snapshot = self._running.snapshot()

    async def _laid_out(self) -> None:
        """Lets other tasks run while a long text is laid out."""
        while self._layout.advance(self._running.snapshot()):  # noqa: ASYNC110 - it is work, not waiting
            await asyncio.sleep(0)

    async def _follow(self) -> None:
        while not self._over:
            await self._notice_deletions()
            await self._laid_out()
            snapshot = self._running.snapshot()
            index = self._first_difference()
            if index is not None:
                await self._bring(index)
            elif self._is_over(snapshot):
                return
            else:
                await self._news(snapshot.revision)

    def _is_over(self, snapshot: Snapshot) -> bool:
        """Whether what is shown now stays."""
        return snapshot.ended is not None

    def _patience(self) -> float | None:
        """Seconds to wait for more of it at most; None: no limit."""
        return None

    async def _news(self, since: int) -> None:
        """Waits for a later revision, or a deletion."""
        if self._gone:
            return
        self._idle = asyncio.ensure_future(self._running.news(since))
        try:
            await asyncio.wait([self._idle], timeout=self._patience())
        finally:
            self._idle.cancel()
            self._idle = None

    async def _notice_deletions(self) -> None:
        while self._gone:
            index = self.slot.index_of(self._gone.pop())
            if index is not None:
                await self._forget(index)

    @property
    def _over(self) -> bool:
        """Whether nothing more of it is written, whatever the channel shows."""
        return self._given_up() and self._running.has_ended

    def _wanted(self) -> Sequence[Part]:
        """What the channel should show now, with a sentence in place of content that Discord refused."""
        there = len(self.slot)
        if self._shown.aside is not None:
            return [Part(set_aside(self._shown.aside))] * there
        if self._beside and not there:
            return ()
        grows = self._shown.may_grow and not self._beside
        self._layout.keep_to(None if grows or not there else there)
        parts = self._layout.of(self._running.snapshot())
        if not self._running.has_ended:
            parts = spread(parts, there)
        if not self._refused:
            return parts
        return [replace(part, content=str(NOT_TAKEN)) if part.content in self._refused else part for part in parts]

    def _first_difference(self) -> int | None:
        """The first message that differs from what it should show.

        While a running answer replaces another, messages that still show the old one come first, the last of them
        before all: it gets the Stop button.
        """
        wanted = self._wanted()
        different = [index for index, part in enumerate(wanted) if not self.slot.shows(index, part)]
        if not different or self._running.has_ended:
            return different[0] if different else None
        old = [index for index in different if self.slot.unknown(index)]
        return old[-1] if old and old[-1] == len(wanted) - 1 else (old or different)[0]

    async def _bring(self, index: int) -> None:
        """Sends or edits one message once that is allowed, with the newest text. Never cancelled.

        A failed request is not repeated here: the next round finds the same difference and takes the newest text.
        """
        since, first = time.time_ns(), not len(self.slot)
        kind = Kind.EDIT if index < len(self.slot) else Kind.SEND
        end = None if self._running.has_ended else self._running.end
        self._traffic.pacer.may_grow = self._layout.may_grow
        sent_at = await self._traffic.turn(kind, rank=self._rank, since=self._seen_at, sooner=end)
        await self._laid_out()
        wanted, looked_at = self._wanted(), asyncio.get_running_loop().time()
        has_text, length, final = self._layout.shows_text, self._running.length, self._running.has_ended
        if self._over or index >= len(wanted) or self.slot.shows(index, wanted[index]):
            return
        try:
            await self.slot.write(index, wanted[index])
        except SEND_ERRORS as error:
            await self._after(error, index, wanted[index])
        else:
            if self._setbacks.failing:
                self.slot.hindered("")
            self._setbacks.over()
            if first:
                TRACES.note("discord.first_message", since)
            if final:
                TRACES.note("discord.final_edit", since)
            if self.stands is not None:
                self.stands()
            self._seen_at, self._text_is_there = looked_at, has_text
            if has_text and all(map(self.slot.shows, count(), wanted)):
                self._freshness.seen(length)
            self._traffic.returned(kind, sent_at)

    def _rank(self) -> Rank:
        """How much the next request matters to readers. Many answers may be restored or hidden at once."""
        if self._beside:
            return Rank.TEXT
        if self._running.has_ended:
            return Rank.END
        return Rank.TEXT if self._text_is_there else Rank.FIRST

    async def _after(self, error: BaseException, index: int, part: Part) -> None:
        """Reacts to a failed request, so that the next round can do better."""
        self.slot.hindered(WHY[fate_of(error)])
        match fate := await self._setbacks.after(error):
            case Fate.AGAIN | Fate.ARCHIVED:
                pass
            case Fate.MESSAGE_GONE if index < len(self.slot):
                self._left.append(self.slot.leave(index))  # nobody reported it as deleted, so it may still be there
            case Fate.BARRED | Fate.REFUSED if part.file is not None or part.images:
                self._layout.give_up_files()
            case Fate.REFUSED if part.content != str(NOT_TAKEN):
                self._refused.add(part.content)
            case Fate.BARRED | Fate.CHANNEL_GONE if index < len(self.slot) and not self._left and not self._beside:
                self._left.append(self.slot.leave(index))  # a new message may be accepted where an edit is not
            case _:
                raise BarredError(fate) from error

    async def _forget(self, index: int) -> None:
        """Somebody deleted a message: the answer goes on in a new one. A second deletion in one answer ends it."""
        self._deletions += await self.slot.forget(index)
        if self._deletions > 1:
            raise BarredError(Fate.MESSAGE_GONE)

    async def _take_away(self, message_id: int) -> None:
        if self._over:  # the answer that replaces this one may need the message
            return
        await self._traffic.turn(Kind.OTHER, rank=lambda: Rank.OTHER)
        try:
            await self.slot.take_away(message_id)
        except SEND_ERRORS as error:
            log.warning("discord.surplus_stays turn=%s error=%s", self._running.id, in_short(error))
            self.leaves_behind = True
