"""Deletes everything of a person who leaves, one conversation after the other, even while answers run.

Not here: what goes of a conversation (`store.privacy.erase_person`), who may ask for it (`privacy`), Discord's
messages.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.conversation.records import ErasedEverything
from grokbot.conversation.response import State
from grokbot.engine.library import SHOWN_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from grokbot.conversation.records import Erased
    from grokbot.engine.context import Context
    from grokbot.engine.library import Titles
    from grokbot.engine.turns import ConversationLock, TurnRunner
    from grokbot.engine.xai_deletion import XaiDeletion

log = logging.getLogger(__name__)

REBUILT_AT_ONCE = 512 * 1024**2
"""Bytes in use. A smaller file is rebuilt at once, in some seconds; a larger one by `retention`."""


class PersonErasure:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        runner: The answers under way.
        xai_deletion: Deletes at xAI.
        titles: Writes other titles if some go.
    """

    def __init__(self, context: Context, runner: TurnRunner, xai_deletion: XaiDeletion, titles: Titles) -> None:
        self._context = context
        self._store = context.store
        self._runner = runner
        self._xai_deletion = xai_deletion
        self._titles = titles
        self._now = context.now

    async def all_of(self, user_id: int) -> ErasedEverything:
        """Deletes everything of a person. See `Privacy.delete_everything`."""
        return await self._runner.locks.decide(self._all_of(user_id))

    async def resume(self) -> None:
        """Continues after a stop. Raises nothing: the next start tries again."""
        try:
            for user_id in await self._store.erasure.under_way():
                log.info("leaving.resumes")
                await self.all_of(user_id)
        except StoreError:
            log.exception("leaving.trouble")

    async def look(self) -> None:
        """Removes the ids of people who left in an earlier month from their usage.

        Raises:
            StoreError: Not yet.
        """
        ended = await self._store.erasure.end(_month_of(self._now()))
        if ended:
            log.info("leaving.ended people=%d", ended)

    async def _all_of(self, user_id: int) -> ErasedEverything:
        wipes = self._store.file.wipes
        rest = await self._store.erasure.begin(user_id, self._now())
        erased: list[Erased] = []
        quotes = await self._unquoted(user_id)
        if quotes is not None:
            erased.append(quotes)
            self._xai_deletion.forget(quotes.xai_ids)
        for conversation_id in await self._store.listing.of_person(user_id):
            part = await self._out_of(user_id, conversation_id)
            if part is not None:
                erased.append(part)
                self._xai_deletion.forget(part.xai_ids)
        await self._store.erasure.take_rest(user_id, _month_of(self._now()))
        clean = await self._rebuilt() if self._store.file.wipes != wipes else True
        for untitled in dict.fromkeys(i for part in erased for i in part.untitled):
            self._titles.anew(untitled)
        log.info("leaving.done conversations=%d clean=%s", len(erased), clean)
        return ErasedEverything(
            messages=tuple(ref for part in erased for ref in part.messages),
            responses=sum(part.responses for part in erased),
            conversations=sum(part.whole for part in erased),
            stars=rest.stars,
            shares=rest.shares,
            keys=rest.keys,
            unnamed=tuple(part.unnamed for part in erased if part.unnamed is not None),
            clean=clean,
        )

    async def _unquoted(self, user_id: int) -> Erased | None:
        """Removes other people's quotations of the person."""
        texts: list[str] = []
        for conversation_id in await self._store.erasure.quoted_in(user_id):
            self._mark_running(conversation_id, texts)
        quotes = await self._store.erasure.take_quotes(user_id, self._now())
        if quotes is not None:
            texts += quotes.texts
        return quotes

    async def _out_of(self, user_id: int, conversation_id: str) -> Erased | None:
        """Removes the person from one conversation. Ends an answer to them first; one to somebody else continues."""
        while True:
            async with self._runner.locks.held(conversation_id) as lock:
                running = lock.running
                if running is None or running.asked.asker_id != user_id:
                    return await self._taken_out(user_id, lock)
                await self._store.erasure.drop_waiting(
                    user_id, conversation_id
                )  # or its turn would begin as this one ends
                self._runner.end_early(running, State.STOPPED)
            await running.end()
            # Else its messages in Discord would be written again after their deletion.
            await self._runner.display.all_shown(conversation_id, SHOWN_SECONDS)

    async def _taken_out(self, user_id: int, lock: ConversationLock) -> Erased | None:
        await self._runner.save(lock)
        texts: list[str] = []
        self._mark_running(lock.key, texts)
        self._titles.taking_back(lock.key)
        erased = await self._store.erasure.take_person(
            user_id, lock.key, self._now(), system_prompt=self._context.settings.conversation.system_prompt
        )
        self._titles.taking_back(lock.key)
        if erased is not None:
            texts += erased.texts
        return erased

    def _mark_running(self, conversation_id: str, texts: Sequence[str]) -> None:
        """Marks running answers that may have seen the deleted text, also in branches, for a check after their end."""
        for running in self._runner.running:
            lock = self._runner.locks.of(running)
            may_see = conversation_id == running.conversation.id or running.conversation.branched_from is not None
            if may_see and lock is not None:
                running.taken_back = True
                lock.then.append(partial(self._again, running.id, texts))

    async def _again(self, response_id: str, texts: Sequence[str]) -> None:
        try:
            self._xai_deletion.forget(await self._store.erasure.take_traces([response_id], texts, self._now()))
        except StoreError:  # no request builds on it: the mark is enough for that
            log.exception("leaving.seen response=%s", response_id)

    async def _rebuilt(self) -> bool:
        """Rebuilds the file, so that it holds nothing of what went; if that fails `retention` does it later."""
        try:
            if await self._store.file.bytes_in_use() > REBUILT_AT_ONCE:
                return False
            return await self._store.file.rebuild()
        except StoreError:
            log.warning("leaving.not_rebuilt")
            return False


def _month_of(now: datetime) -> datetime:
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
