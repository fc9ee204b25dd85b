"""One request to Discord, made again while what hinders it passes by itself, or may not be true.

For what people wait for outside of an answer: a thread, a sentence. Not here: answers (`answers.live_answer` has its
own way, for it takes the newest text each time), what an error means (`error_kinds`).
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar

import discord
from stamina import AsyncRetryingCaller

from grokbot.discord_bot.rate_limits.error_kinds import SEND_ERRORS, Fate, doubtful, fate_of, in_short

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

_DOUBTING: ContextVar[bool] = ContextVar("doubting", default=False)
"""Whether refusals of the request under way are doubted already: answers to interactions doubt them by themselves."""


async def retry_doubted(request: Callable[[], Awaitable[T]], what: str) -> T:
    """What the request gives. Where Discord forbids it or does not find what it is about, it is asked again.

    Args:
        request: Makes it. One that is refused has done nothing, so making it again does no more.
        what: Its name in the log.

    Raises:
        discord.DiscordException, aiohttp.ClientError, OSError: It does not go through.
    """

    def doubted(error: Exception) -> bool:
        if doubtful(error):
            log.info("discord.doubted request=%s error=%s", what, in_short(error))
            return True
        return False

    if _DOUBTING.get():
        return await request()
    again = AsyncRetryingCaller(DOUBTS + 1, None, wait_initial=FIRST_PAUSE, wait_jitter=FIRST_PAUSE)
    before = _DOUBTING.set(True)
    try:
        return await again(doubted, request)
    finally:
        _DOUBTING.reset(before)


async def retry_request(request: Callable[[], Awaitable[T]], what: str, *, seconds: float = 0.0) -> T:
    """What the request gives, once it goes through.

    Args:
        request: Makes it. Making it twice must do no more than making it once: a message needs a nonce.
        what: Its name in the log.
        seconds: How long it is made again at least; 0: a few times.

    Raises:
        discord.DiscordException, aiohttp.ClientError, OSError: It does not go through, or not in this many tries.
    """

    def passes(error: Exception) -> bool | float:
        if not isinstance(error, SEND_ERRORS) or fate_of(error) is not Fate.AGAIN:
            return False
        log.info("discord.again request=%s error=%s", what, in_short(error))
        return max(error.retry_after, FIRST_PAUSE) if isinstance(error, discord.RateLimited) else True

    again = AsyncRetryingCaller(
        None if seconds else TRIES,
        seconds or None,
        wait_initial=FIRST_PAUSE,
        wait_max=LONGEST_PAUSE,
        wait_jitter=FIRST_PAUSE,
    )
    return await again(passes, retry_doubted, request, what)
