"""One request to Discord, made again while what hinders it passes by itself, or may not be true.

For what people wait for outside of an answer: a thread, a sentence. Not here: answers (`answers.live_answer` has its
own way, for it takes the newest text each time), what an error means (`error_kinds`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeVar

import discord

from grokbot.discord_bot.rate_limits.error_kinds import SEND_ERRORS, Fate, doubtful, fate_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

log = logging.getLogger(__name__)

TRIES = 5
FIRST_PAUSE = 0.5
"""Seconds before the second try; each further pause is twice as long, up to a limit."""
LONGEST_PAUSE = 10.0
PATIENCE = 900.0
"""Seconds for which a request may be made again that somebody's words depend on. Outages are mostly shorter."""

DOUBTS = 2
"""So often a refusal that may be wrong is not believed."""


async def believed(request: Callable[[], Awaitable[T]], what: str) -> T:
    """What the request gives. Where Discord forbids it or does not find what it is about, it is asked again.

    Args:
        request: Makes it. One that is refused has done nothing, so making it again does no more.
        what: Its name in the log.

    Raises:
        discord.DiscordException, aiohttp.ClientError, OSError: It does not go through.
    """
    for doubt in range(DOUBTS):
        try:
            return await request()
        except SEND_ERRORS as error:
            if not doubtful(error):
                raise
            log.info("discord.doubted request=%s error=%s", what, error)
        await asyncio.sleep(FIRST_PAUSE * 2.0**doubt)
    return await request()


async def insisted(request: Callable[[], Awaitable[T]], what: str, *, seconds: float = 0.0) -> T:
    """What the request gives, once it goes through.

    Args:
        request: Makes it. Making it twice must do no more than making it once: a message needs a nonce.
        what: Its name in the log.
        seconds: How long it is made again at least.

    Raises:
        discord.DiscordException, aiohttp.ClientError, OSError: It does not go through, or not in this many tries.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    attempt = 0
    while True:
        attempt += 1
        try:
            return await believed(request, what)
        except SEND_ERRORS as error:
            if fate_of(error) is not Fate.AGAIN or (attempt >= TRIES and clock() >= until):
                raise
            log.info("discord.again request=%s attempt=%d error=%s", what, attempt, type(error).__name__)
            limit = error.retry_after if isinstance(error, discord.RateLimited) else 0.0
        await asyncio.sleep(max(limit, min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempt - 1))))
