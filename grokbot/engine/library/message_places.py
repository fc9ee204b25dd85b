"""The part of the Engine about messages and channels in Discord: where answers stand, and what was deleted there.

Not here: what people ask for (`engine`), what stands where by rights (`conversation.placement`), Discord itself.
"""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.conversation.response import Sender, State

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from grokbot.conversation.records.opening import Wanted
    from grokbot.conversation.response import Conversation, MessageRef, Response
    from grokbot.engine.library.library import Library
    from grokbot.engine.library.withdraw import Withdrawal
    from grokbot.engine.turns import ConversationLocks, RunningAnswer, TurnRunner
    from grokbot.store import Store

log = logging.getLogger(__name__)


class MessagePlaces:
    """What the Engine gives it is named here; see `Engine`."""

    library: Library
    _store: Store
    _runner: TurnRunner
    _locks: ConversationLocks
    _withdrawal: Withdrawal

    async def conversation_in(self, channel_id: int) -> Conversation | None:
        """The conversation that is held in a channel; the newest, where several were."""
        return await self._store.conversations.newest_in(channel_id)

    async def shown(self, message: MessageRef) -> None:
        """Notes where a part of an answer stands in Discord. If that cannot be kept yet, the answer still goes on."""
        await self._runner.unsaved_facts.keep(lambda: self._store.messages.put(message))

    async def places_of(self, response_id: str) -> Sequence[MessageRef]:
        """Where an answer stands in Discord, as far as is known.

        Raises:
            StoreError: It could not be read.
        """
        return await self._store.messages.of(response_id)

    async def response_at(self, message_id: int) -> Response | None:
        """What a message in Discord holds a part of: an answer, or a person's words. None for one that we do not know.

        Raises:
            StoreError: It could not be read.
        """
        return await self._store.messages.response(message_id)

    async def place_of(self, message_id: int) -> MessageRef | None:
        """Where a message that was taken in, or is ours, belongs; None for one that we do not know.

        Raises:
            StoreError: It could not be read.
        """
        return await self._store.messages.get(message_id)

    async def now_says(self, message_id: int, wording: str) -> None:
        """Notes what a person's message says now, whatever has become of its edit."""
        try:
            await self._store.messages.note_wording(message_id, wording)
        except StoreError:
            log.exception("message.wording_unsaved message=%d", message_id)

    async def hidden(self, message_id: int) -> None:
        """Notes that a message of an answer is no longer there."""
        await self._runner.unsaved_facts.keep(lambda: self._store.messages.drop(message_id))

    async def shown_whole(self, response_id: str) -> None:
        """Notes that an answer stands in Discord to its end, or never will. What is not noted so, `recover` gives."""
        if self._runner.display.was_last(response_id):
            await self._runner.unsaved_facts.keep(lambda: self._runner.display.note_whole(response_id))

    def not_shown(self, response_id: str) -> None:
        """Whoever was given an answer could not show it to its end, and gives it up: `recover` gives it again."""
        self._runner.display.not_shown(response_id)

    async def knows(self, response_id: str) -> bool:
        """Whether a response is kept: what stands in Discord may be of a database that was lost.

        Raises:
            StoreError: It could not be read.
        """
        return await self._store.responses.get(response_id) is not None

    async def dealt_with(self, channel_id: int) -> int:
        """Up to which message of a channel all was dealt with, and is deleted; 0 where nothing was."""
        return await self._store.watermarks.of_channel(channel_id) or 0

    async def held_lately(self, since: datetime, limit: int) -> Sequence[tuple[int | None, int]]:
        """Server and channel of conversations in which something has happened since; the latest first."""
        return await self._store.watermarks.active_channels(since, limit)

    async def served(self) -> Mapping[tuple[int, int], int]:
        """Up to where everything was dealt with. See `Store.served`."""
        return await self._store.watermarks.served()

    async def note_served(self, marks: Mapping[int, int], shards: int) -> None:
        """Notes that. See `Store.note_served`."""
        await self._store.watermarks.note_served(marks, shards)

    @asynccontextmanager
    async def kept(self, wanted: Wanted) -> AsyncIterator[None]:
        """What is done inside gives a place to what somebody wants. It is kept until that has ended, well or not.

        Only what a stop cuts off is still there at the next start.

        Raises:
            StoreError: It could not be kept; nothing was done.
        """
        await self._store.openings.put(wanted)
        try:
            yield
        except Exception:
            await self._ended(wanted)
            raise
        await self._ended(wanted)

    async def keep(self, wanted: Wanted) -> None:
        """Notes how far something has come that `kept` keeps."""
        await self._store.openings.put(wanted)

    async def openings(self) -> Sequence[Wanted]:
        """What was wanted and has no place yet, oldest first."""
        return await self._store.openings.all()

    async def _ended(self, wanted: Wanted) -> None:
        try:
            await self._store.openings.end(wanted)
        except StoreError:  # the next start finds that it has begun, or that it is over
            log.exception("opening.end_unsaved opening=%d", wanted.id)

    async def message_deleted(self, message_id: int) -> None:
        """A person's message is gone: if it waits it is dropped, if it alone is being answered the answer is stopped.

        Otherwise its text is erased, with all that it said before it was edited; what was answered stays. An answer to
        several messages goes on as long as one of them is there: somebody still waits for it.

        Raises:
            StoreError: It could not be erased.
        """
        asked = await self._store.messages.response(message_id)
        if asked is None or asked.sender is not Sender.HUMAN:
            return
        async with self._locks.held(asked.conversation_id) as lock:
            if await self._store.queue.drop(message_id):
                return
            stopped = self._withdrawn(lock.running, message_id)
            await self._withdrawal.take_back(message_id, asked.conversation_id)
        if stopped is not None:
            await stopped.end()

    async def message_replaced(self, message_id: int, by_id: int) -> bool:
        """A person's message is gone, and another one that says the same stands for it. Whether it was taken in.

        Raises:
            StoreError: It could not be written down.
        """
        asked = await self._store.messages.response(message_id)
        if asked is None or asked.sender is not Sender.HUMAN:
            return False
        async with self._locks.held(asked.conversation_id) as lock:
            await self._store.messages.replace(message_id, by_id)
            if lock.running is not None:
                lock.running.answers = tuple(
                    replace(ref, message_id=by_id) if ref.message_id == message_id else ref
                    for ref in lock.running.answers
                )
        log.info("message.replaced message=%d by=%d", message_id, by_id)
        return True

    async def channel_deleted(self, channel_id: int) -> None:
        """A thread or channel is gone, and what was held in it with it, here and at xAI; what runs in it is stopped.

        Raises:
            StoreError: It could not be deleted; some of it may still be there.
        """
        await self.library.places_gone(channel_id=channel_id)

    async def left_guild(self, guild_id: int) -> None:
        """The bot is in a server no longer: as if all its channels were deleted. What its moderators set stays."""
        await self.library.places_gone(guild_id=guild_id)

    async def guilds(self) -> frozenset[int]:
        """Servers of which there are conversations: some may have been left while nobody listened."""
        return await self._store.listing.guilds()

    def _withdrawn(self, running: RunningAnswer | None, message_id: int) -> RunningAnswer | None:
        """Ends an answer for which nobody waits any more, without this message."""
        if running is None:
            return None
        running.withdrawn.add(message_id)
        if not running.unasked:
            return None
        self._runner.end_early(running, State.STOPPED)
        return running
