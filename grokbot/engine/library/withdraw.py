"""A person deletes their message: its text leaves the conversation, here and in what xAI keeps of it.

Not here: whether an answer to it still goes on (`engine`), deleting at xAI (`deletion.delete_at_xai`).
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.conversation.response import TitleBy
from grokbot.engine.library.titles import CHANCES
from grokbot.store import NotStoredError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from grokbot.engine.deletion import XaiDeletion
    from grokbot.engine.library.titles import Titles
    from grokbot.engine.turns import TurnRunner
    from grokbot.store import Store

log = logging.getLogger(__name__)


class Withdrawal:
    """What becomes of messages that are deleted.

    Args:
        store: Where the texts are.
        runner: The answers under way, which may have seen one.
        xai_deletion: Deletes at xAI.
        titles: Writes another title where one goes with a message.
        now: The clock, in UTC.
    """

    def __init__(
        self, store: Store, runner: TurnRunner, xai_deletion: XaiDeletion, titles: Titles, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._runner = runner
        self._xai_deletion = xai_deletion
        self._titles = titles
        self._now = now

    async def take_back(self, message_id: int, conversation_id: str) -> None:
        """Erases what a message holds and all that it held before it was edited. The conversation's lock is held.

        Answers that may have seen it, of branches too, are not built on at xAI any more; one that still runs is
        looked at again when it has ended. A title that Grok may have made of it goes too, and another one is written.

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
        except StoreError:  # the text is gone, and nothing is built on what saw it
            log.exception("message.seen_at_xai versions=%d", len(versions))

    async def _erase(self, versions: Sequence[str]) -> None:
        for response_id in versions:
            try:
                self._xai_deletion.forget(
                    await self._store.deletion.erase(response_id, self._now(), titled_within=CHANCES)
                )
            except NotStoredError:  # the conversation was deleted meanwhile
                log.info("message.gone response=%s", response_id)
