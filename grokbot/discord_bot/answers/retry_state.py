"""Failing requests of one answer: how long to wait, and when to give up.

Not here: what an error means (`rate_limits.error_kinds`), what is sent (`live_answer`, `relay`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import discord

from grokbot.discord_bot.rate_limits import SEND_ERRORS, TOO_MANY, Fate, doubtful, fate_of, in_short
from grokbot.process.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from grokbot.discord_bot.rate_limits import ChannelTraffic

log = logging.getLogger(__name__)

GIVE_UP_SECONDS = 900.0
"""Seconds of failures in a row before an answer is given up."""

DOUBTS = 4
"""Refusals that are not believed, for they may be wrong; with growing pauses (7.5 s in all)."""

DOUBTS_OF_NOBODY = 6
"""The same (31.5 s) for a refusal without one of Discord's codes: something in front of Discord is in trouble."""

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0


WHY: Mapping[Fate, str] = {
    Fate.AGAIN: "Discord refuses requests or cannot be reached",
    Fate.ARCHIVED: "the thread is archived, and the bot may not open it again",
    Fate.MESSAGE_GONE: "its messages were deleted in Discord",
    Fate.CHANNEL_GONE: "its channel or thread is gone",
    Fate.BARRED: "the bot may not write there",
    Fate.REFUSED: "Discord does not accept its text",
}
"""What hinders an answer, for the operator."""


class BarredError(Exception):
    """The answer cannot be shown to its end. `fate` says why."""

    def __init__(self, fate: Fate) -> None:
        super().__init__(fate.name)
        self.fate = fate


class Setbacks:
    """Failures of an answer's requests since the last success.

    Args:
        response_id: The answer, for the log.
        reopen: Reopens the thread if it was archived.
        traffic: What may be sent there; a refusal slows it down.
    """

    def __init__(self, response_id: str, reopen: Callable[[], Awaitable[None]], traffic: ChannelTraffic) -> None:
        self._response_id = response_id
        self._reopen = reopen
        self._traffic = traffic
        self._backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        self._failures = 0
        self._doubts = 0
        self._since = 0.0

    @property
    def failing(self) -> bool:
        """Whether the last request failed."""
        return self._failures > 0

    def over(self) -> None:
        """A request went well."""
        self._failures = self._doubts = 0
        self._backoff.reset()

    async def after(self, error: BaseException) -> Fate:
        """Handles what passes with time or can be repaired here: then the same request may be sent again.

        Returns:
            What the failure means. `AGAIN` and `ARCHIVED` are handled; the others are certain, and left to the caller.

        Raises:
            BarredError: It has gone on for too long, or the thread cannot be reopened.
        """
        fate, now = fate_of(error), asyncio.get_running_loop().time()
        self._since = self._since if self._failures else now
        self._failures += 1
        log.warning(
            "discord.write_failed turn=%s fate=%s attempt=%d error=%s",
            self._response_id,
            fate.name,
            self._failures,
            in_short(error),
        )
        if now - self._since > GIVE_UP_SECONDS:
            raise BarredError(fate) from error
        if self._doubted(error):
            await self._pause(error)
            return Fate.AGAIN
        if fate is Fate.AGAIN:
            await self._pause(error)
        elif fate is Fate.ARCHIVED:
            await self._open_again(error)
        return fate

    def _doubted(self, error: BaseException) -> bool:
        """Whether it is not believed yet."""
        most = DOUBTS if getattr(error, "code", 0) else DOUBTS_OF_NOBODY
        if not doubtful(error) or self._doubts >= most:
            return False
        self._doubts += 1
        return True

    async def _pause(self, error: BaseException) -> None:
        """Waits before the next try, longer each time. A stated limit is believed, and slows the channel down."""
        if isinstance(error, discord.RateLimited):
            self._traffic.stalled(error.retry_after)
        elif isinstance(error, discord.HTTPException) and error.status == TOO_MANY:
            self._traffic.stalled(FIRST_PAUSE)
        await asyncio.sleep(self._backoff.pause())

    async def _open_again(self, error: BaseException) -> None:
        try:
            await self._reopen()
        except SEND_ERRORS as why:
            if fate_of(why) is not Fate.AGAIN and not self._doubted(why):
                raise BarredError(Fate.ARCHIVED) from why
        if self._failures > 1:
            await self._pause(error)
