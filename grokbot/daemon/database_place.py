"""Whether the database file is still where it was opened. Not here: how that is seen (`store.database.file_place`)."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.daemon.waits import beside

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from grokbot.store import Store

log = logging.getLogger(__name__)

IN_PLACE_SECONDS = 5.0
"""How often to check that the database file is still in its place."""


@asynccontextmanager
async def in_place(store: Store, stop: asyncio.Event) -> AsyncIterator[None]:
    """Stops the daemon cleanly when its database file is removed, then raises the StoreError."""

    async def look() -> None:
        while True:
            await asyncio.sleep(IN_PLACE_SECONDS)
            try:
                await store.file.check_in_place()
            except StoreError as trouble:
                log.critical("store.taken_away trouble=%s", trouble)
                stop.set()
                raise

    async with beside(look(), "database in place") as looking:
        yield
    if not looking.cancelled():
        looking.result()
