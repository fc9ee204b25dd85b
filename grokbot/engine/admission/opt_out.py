"""Who does not want to be read: asked before anything that somebody wrote is looked at.

Answered from memory after the first time. Not here: what becomes of what is kept already (`privacy.privacy`,
`privacy.erase_person`).
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotAllowedError

if TYPE_CHECKING:
    from datetime import datetime

    from grokbot.conversation.records import OptOut
    from grokbot.engine.context import Context

log = logging.getLogger(__name__)

NOT_READ = "You have opted out, so I do not read what you write. `/privacy optin` changes that."

REMEMBERED = timedelta(days=2)
"""For so long the end of an opt-out is known: longer than what a start reads back (`discord_bot.inbound.backlog`)."""


class OptOuts:
    """One for the process."""

    def __init__(self, context: Context) -> None:
        self._store = context.store
        self._now = context.now
        self._known: dict[int, OptOut] | None = None
        self._reading = asyncio.Lock()

    async def opted_out(self, user_id: int, at: datetime | None = None) -> bool:
        """Whether a person's messages are not to be read; with `at`, one that they wrote then.

        Raises:
            StoreError: It could not be looked up: then nothing of theirs may be read.
        """
        opt_out = (await self._all()).get(user_id)
        return opt_out is not None and (
            opt_out.until is None or (at is not None and opt_out.since <= at < opt_out.until)
        )

    async def check(self, user_id: int) -> None:
        """Lets what somebody says now pass.

        Raises:
            NotAllowedError: They have opted out.
            StoreError: It could not be looked up.
        """
        if await self.opted_out(user_id):
            raise NotAllowedError(NOT_READ)

    async def begin(self, user_id: int, at: datetime | None = None) -> bool:
        """See `Privacy.opt_out`."""
        new = await self._store.privacy.opt_out(user_id, at or self._now())
        await self._changed()
        log.info("privacy.opted_out user=%d new=%s", user_id, new)
        return new

    async def end(self, user_id: int, at: datetime | None = None) -> bool:
        """See `Privacy.opt_in`."""
        new = await self._store.privacy.opt_in(user_id, at or self._now())
        await self._changed()
        log.info("privacy.opted_in user=%d new=%s", user_id, new)
        return new

    async def look(self) -> None:
        """Forgets opt-outs that ended so long ago that nothing from then is read any more.

        Raises:
            StoreError: Not yet.
        """
        await self._store.privacy.forget_opt_outs(self._now() - REMEMBERED)
        await self._changed()

    async def _changed(self) -> None:
        async with self._reading:  # who reads now may have read it as it was
            self._known = None

    async def _all(self) -> dict[int, OptOut]:
        async with self._reading:
            if self._known is None:
                self._known = {each.user_id: each for each in await self._store.privacy.opt_outs()}
            return self._known
