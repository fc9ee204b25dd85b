"""Who does not want to be read: checked before the bot looks at anything they wrote.

Answered from memory after the first time. Not here: what happens to stored data (`privacy.privacy`,
`privacy.erase_person`).
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotAllowedError
from grokbot.conversation.text import Sentence

if TYPE_CHECKING:
    from datetime import datetime

    from grokbot.conversation.records import OptOut
    from grokbot.engine.context import Context

log = logging.getLogger(__name__)

NOT_READ = Sentence("You have opted out, so I do not read what you write. `/privacy optin` changes that.")

REMEMBERED = timedelta(days=2)
"""How long the end of an opt-out is known: longer than a start reads back (`discord_bot.inbound.backlog`)."""


class OptOuts:
    """One for the process."""

    def __init__(self, context: Context) -> None:
        self._store = context.store
        self._now = context.now
        self._known: dict[int, OptOut] | None = None
        self._reading = asyncio.Lock()

    async def opted_out(self, user_id: int, at: datetime | None = None) -> bool:
        """Whether a person's messages must not be read; with `at`, one from that time.

        Raises:
            StoreError: It could not be looked up: then nothing of theirs may be read.
        """
        opt_out = (await self._all()).get(user_id)
        return opt_out is not None and (
            opt_out.until is None or (at is not None and opt_out.since <= at < opt_out.until)
        )

    async def check(self, user_id: int) -> None:
        """Allows a message that somebody writes now.

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
        """Forgets opt-outs that ended so long ago that no message from then is read now.

        Raises:
            StoreError: Not yet.
        """
        await self._store.privacy.forget_opt_outs(self._now() - REMEMBERED)
        await self._changed()

    async def _changed(self) -> None:
        async with self._reading:  # a reader may have read the old state
            self._known = None

    async def _all(self) -> dict[int, OptOut]:
        async with self._reading:
            if self._known is None:
                self._known = {each.user_id: each for each in await self._store.privacy.opt_outs()}
            return self._known
