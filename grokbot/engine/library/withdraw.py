"""A person deletes their message: its text leaves the conversation, here and at xAI.

Not here: whether an answer to it continues (`engine`), deleting at xAI (`xai_deletion`).
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.conversation.response import Sender, State, TitleBy
from grokbot.engine.library.titles import CHANCES
from grokbot.store import NotStoredError
from grokbot.store.privacy import Whose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.engine.context import Context
    from grokbot.engine.library.titles import Titles
    from grokbot.engine.turns import RunningAnswer, TurnRunner
    from grokbot.engine.xai_deletion import XaiDeletion

log = logging.getLogger(__name__)


class Withdrawal:
    """Handles deleted messages.

    Args:
        context: Settings, store, clock, ids and events.
        runner: The answers under way, which may have seen one.
        xai_deletion: Deletes at xAI.
        titles: Writes another title if one goes with a message.
    """

    def __init__(self, context: Context, runner: TurnRunner, xai_deletion: XaiDeletion, titles: Titles) -> None:
        self._store = context.store
        self._runner = runner
        self._xai_deletion = xai_deletion
        self._titles = titles
        self._now = context.now

    async def message_deleted(self, message_id: int) -> None:
        """A person deleted a message: drops it if it waits, and stops an answer to it alone.

        Erases its text otherwise, with all its earlier versions; finished answers stay. An answer to several messages
        continues while one of them is left: somebody still waits for it.

        Raises:
            StoreError: It could not be erased.
        """
        await self.unheard(message_id=message_id)
        asked = await self._store.messages.response(message_id)
        if asked is None or asked.sender is not Sender.HUMAN:
            return
        async with self._runner.locks.held(asked.conversation_id) as lock:
            if await self._store.queue.drop(message_id):
                return
            stopped = self._withdrawn(lock.running, message_id)
            await self._take_back(message_id, asked.conversation_id)
        if stopped is not None:
            await stopped.end()

    async def unheard(self, *, message_id: int | None = None, author_id: int | None = None) -> None:
        """Removes background that is no longer to be shown: of a message that is gone or changed, or of a person.

        Requests no longer build on xAI's copies of answers that may have seen it; running ones are checked again.

        Raises:
            StoreError: It could not be removed.
        """
        whose = Whose(message_id=message_id, author_id=author_id)
        seen_in = set(await self._store.background.seen_in(whose))
        if not seen_in:
            return
        for running in self._runner.running:
            lock = self._runner.locks.of(running)
            may_see = running.conversation.id in seen_in or running.conversation.branched_from is not None
            if may_see and lock is not None:
                running.taken_back = True
                lock.then.append(partial(self._xai_deletion.forget_below, running.id))
        self._xai_deletion.forget(await self._store.background.take(whose, self._now()))
        log.info("background.removed conversations=%d", len(seen_in))

    async def message_replaced(self, message_id: int, by_id: int) -> bool:
        """Another message with the same text replaces a person's deleted one. Returns whether that one was known.

        Raises:
            StoreError: It could not be written down.
        """
        asked = await self._store.messages.response(message_id)
        if asked is None or asked.sender is not Sender.HUMAN:
            return False
        async with self._runner.locks.held(asked.conversation_id) as lock:
            await self._store.messages.replace(message_id, by_id)
            if lock.running is not None:
                lock.running.message_replaced(message_id, by_id)
        log.info("message.replaced message=%d by=%d", message_id, by_id)
        return True

    async def _take_back(self, message_id: int, conversation_id: str) -> None:
        """Erases all versions of a message. The conversation's lock is held.

        Requests no longer build on xAI's copies of answers that may have seen it, also in branches; a running one is
        checked again after its end. A title that Grok may have made of it goes too, and another one is written.

        Raises:
            StoreError: It could not be erased.
        """
        versions = await self._store.placement.versions(message_id)
        for running in self._runner.running:
            lock = self._runner.locks.of(running)
            may_see = conversation_id == running.conversation.id or running.conversation.branched_from is not None
            if may_see and lock is not None:
                running.taken_back = True
                lock.then.append(partial(self._again, versions))
        titled = await self._has_groks_title(conversation_id)
        self._titles.taking_back(conversation_id)
        await self._erase(versions)
        self._titles.taking_back(conversation_id)
        if titled and not await self._has_groks_title(conversation_id):
            log.info("title.taken_back conversation=%s", conversation_id)
            self._titles.anew(conversation_id)
        log.info("message.erased conversation=%s versions=%d", conversation_id, len(versions))

    async def _has_groks_title(self, conversation_id: str) -> bool:
        conversation = await self._store.conversations.get(conversation_id)
        return conversation is not None and conversation.title_by is TitleBy.GROK

    async def _again(self, versions: Sequence[str]) -> None:
        try:
            await self._erase(versions)
        except StoreError:  # the text is gone, and no request builds on what saw it
            log.exception("message.seen_at_xai versions=%d", len(versions))

    async def _erase(self, versions: Sequence[str]) -> None:
        for response_id in versions:
            try:
                self._xai_deletion.forget(
                    await self._store.deletion.erase(response_id, self._now(), titled_within=CHANCES)
                )
            except NotStoredError:  # the conversation was deleted meanwhile
                log.info("message.gone response=%s", response_id)

    def _withdrawn(self, running: RunningAnswer | None, message_id: int) -> RunningAnswer | None:
        """Ends an answer that nobody waits for once this message is gone."""
        if running is None:
            return None
        running.withdrawn.add(message_id)
        if not running.unasked:
            return None
        self._runner.end_early(running, State.STOPPED)
        return running
