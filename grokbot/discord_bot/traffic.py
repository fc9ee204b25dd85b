"""Waits until a request may be sent: the clock and the sleeping around the pure arithmetic of `pacing`.

Not here: how long to wait (`pacing`), what is sent (`live`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from grokbot.discord_bot.pacing import BotBudget, ChannelPacer, Kind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Traffic:
    """All that the bot sends. One budget for the whole bot, one pacer a channel."""

    IDLE_SECONDS = 60.0
    """A channel in which nothing was sent for this long has full buckets again and is forgotten."""

    def __init__(self) -> None:
        self._budget = BotBudget()
        self._channels: dict[int, ChannelTraffic] = {}

    def channel(self, channel_id: int) -> ChannelTraffic:
        """What is sent in one channel."""
        now = asyncio.get_running_loop().time()
        for idle in [i for i, c in self._channels.items() if now - c.last_used > self.IDLE_SECONDS]:
            del self._channels[idle]
        return self._channels.setdefault(channel_id, ChannelTraffic(self._budget, now))


class ChannelTraffic:
    """The requests of one channel, in the order in which they are allowed."""

    def __init__(self, budget: BotBudget, now: float) -> None:
        self._budget = budget
        self._pacer = ChannelPacer()
        self.last_used = now

    async def turn(
        self, kind: Kind, *, final: Callable[[], bool], sooner: Callable[[], Awaitable[object]] | None = None
    ) -> None:
        """Waits until a request may be sent, and counts it as sent.

        Args:
            kind: Which of the channel's buckets it takes from.
            final: Whether it brings the end, which may use what is kept in reserve; asked again after each wait.
            sooner: Something to wait for beside the time: when it comes, `final` may have changed.
        """
        loop = asyncio.get_running_loop()
        while True:
            last = final()
            now = loop.time()
            wait = max(self._pacer.wait(kind, now, final=last), self._budget.wait(now, final=last or kind is Kind.SEND))
            if wait <= 0:
                self._pacer.note(kind, now)
                self._budget.note(now)
                self.last_used = now
                return
            if sooner is None or last:
                await asyncio.sleep(wait)
                continue
            try:
                async with asyncio.timeout(wait):
                    await sooner()
            except TimeoutError:
                pass

    def stalled(self, seconds: float) -> None:
        """A request was refused or stuck: this channel goes slower for a while."""
        self._pacer.stalled(asyncio.get_running_loop().time(), seconds)
