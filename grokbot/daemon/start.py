"""A start that takes long: the service manager hears that it goes on, and why. Not here: what is started (`daemon`)."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from grokbot.discord_bot.bot import DiscordUnreachableError
    from grokbot.process.sd_notify import Notifier

PATIENCE_SECONDS = 60.0
"""How long the service manager waits for the next sign of life during a slow start."""


@asynccontextmanager
async def starting(notifier: Notifier) -> AsyncIterator[Callable[[DiscordUnreachableError], None]]:
    """Keeps the service manager from ending a slow start, and tells it the reason.

    Yields the function to call with each reason.
    """
    status = "Connecting to Discord"

    def away(why: DiscordUnreachableError) -> None:
        nonlocal status
        status = f"{why}. Trying again"
        notifier.starting(status, PATIENCE_SECONDS)

    async def say_again() -> None:
        while True:
            await asyncio.sleep(PATIENCE_SECONDS / 3)
            notifier.starting(status, PATIENCE_SECONDS)

    saying = asyncio.create_task(say_again())
    try:
        yield away
    finally:
        saying.cancel()
        await asyncio.wait([saying])
