"""One request to Discord, repeated while its failure passes with time, or may not be true.

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
"""Seconds of retries for a request that somebody's message depends on. Most outages are shorter."""

DOUBTS = 2
"""Refusals that are not believed, for they may be wrong."""

_DOUBTING: ContextVar[bool] = ContextVar("doubting", default=False)
"""Whether something else already doubts refusals of the current request: responses to interactions do it themselves."""


async def retry_doubted(request: Callable[[], Awaitable[T]], what: str) -> T:
    """The result of the request. If Discord forbids it or does not find its target, it is repeated.

    Args:
        request: Makes it. A refused request has done nothing, so a repeat does no more.
        what: Its name in the log.

    Raises:
        discord.DiscordException, aiohttp.ClientError, OSError: All tries failed.
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
    """The result of the request, once it succeeds.

    Args:
        request: Makes it. Making it twice must do no more than making it once: a message needs a nonce.
        what: Its name in the log.
        seconds: How long to repeat it at least; 0: a few times.

    Raises:
        discord.DiscordException, aiohttp.ClientError, OSError: It does not succeed, or not in this many tries.
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
