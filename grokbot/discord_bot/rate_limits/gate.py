"""Waits until a request may be sent: the clock and the sleeping around the pure `pacing` and `scheduler`.

Not here: who goes first and how long to wait (`scheduler`, `pacing`), what is sent (`answers.live_answer`), reading
headers (`http_trace`).
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from grokbot.discord_bot.rate_limits.bot_budget import Allowance, BotBudget
from grokbot.discord_bot.rate_limits.bucket_rule import LearnedRule
from grokbot.discord_bot.rate_limits.pacing import ChannelPacer, Kind, Rank
from grokbot.discord_bot.rate_limits.scheduler import Scheduler

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.discord_bot.rate_limits.scheduler import Ticket

_ALLOWANCE: ContextVar[Allowance | None] = ContextVar("allowance", default=None)
"""With what the next request of whoever had a turn may leave. A request runs in a task that is begun in there."""


class Traffic:
    """All that the bot sends: one scheduler and one budget for the whole bot, one pacer a channel."""

    IDLE_SECONDS = 60.0
    """A channel in which nothing was sent for this long has full buckets again and is forgotten."""
    SWEEP_SECONDS = 10.0
    """How often that is looked for."""

    def __init__(self) -> None:
        self._budget = BotBudget()
        self._scheduler = Scheduler(self._budget)
        self._rule = LearnedRule()
        self._buckets: dict[Kind, str] = {}
        """Discord's names of them, as it said last."""
        self._channels: dict[int, ChannelTraffic] = {}
        self._waiting: dict[Ticket, asyncio.Future[float]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._swept = float("-inf")

    def channel(self, channel_id: int) -> ChannelTraffic:
        """What is sent in one channel."""
        now = asyncio.get_running_loop().time()
        if now - self._swept > self.SWEEP_SECONDS:
            self._swept = now
            for idle in [i for i, c in self._channels.items() if now - c.last_used > self.IDLE_SECONDS]:
                del self._channels[idle]
        if channel_id not in self._channels:
            self._channels[channel_id] = ChannelTraffic(self, ChannelPacer(self._rule), now)
        return self._channels[channel_id]

    async def urgent(self, channel_id: int, kind: Kind) -> None:
        """Waits until something may be sent that a person waits for outside of an answer: a thread, a sentence."""
        await self.channel(channel_id).turn(kind, rank=lambda: Rank.FIRST)

    def told(
        self, channel_id: int, kind: Kind, *, remaining: int, reset_after: float, bucket: str | None = None
    ) -> None:
        """Takes in the rate-limit headers of an answer. A channel that is not in use is ignored.

        Args:
            channel_id: Discord's.
            kind: What the request did.
            remaining: Requests left, as X-RateLimit-Remaining says.
            reset_after: Seconds, as X-RateLimit-Reset-After says.
            bucket: The hash of X-RateLimit-Bucket; None: it was not sent.
        """
        if bucket is not None:
            self._buckets[kind] = bucket
            self._rule.shared = self._buckets.get(Kind.SEND) == self._buckets.get(Kind.EDIT)
        if channel_id in self._channels:
            now = asyncio.get_running_loop().time()
            self._channels[channel_id].pacer.told(kind, now, remaining=remaining, reset_after=reset_after)
            self._pump()

    async def leaving(self, *, opening: bool) -> float:
        """Waits until a request may leave that counts for the whole bot. What is returned is for `answered`.

        Every request comes by here in its last moment, also what discord.py sends by itself or sends again, and what it
        held back longer than its turn lasts. What has no turn (any more) gets one here.

        Args:
            opening: Whether it opens a thread.
        """
        loop = asyncio.get_running_loop()
        allowance, rank = _ALLOWANCE.get(), Rank.OPENING if opening else Rank.FIRST
        while True:
            request = self._budget.left(loop.time(), allowance) if allowance is not None else None
            if request is not None:
                return request
            ticket, granted = self.queue(ChannelPacer(self._rule), Kind.OTHER, rank, loop.time())
            try:
                await granted
            finally:
                self.leave(ticket)
            allowance = ticket.allowance

    def answered(self, request: float) -> None:
        """The answer of one that left has come."""
        self._budget.answered(request, asyncio.get_running_loop().time())
        self._pump()

    def refused(self, seconds: float) -> None:
        """Discord refused a request for the whole bot and asks for so long a silence."""
        self._budget.stalled(asyncio.get_running_loop().time(), seconds)
        self._pump()

    def queue(self, pacer: ChannelPacer, kind: Kind, rank: Rank, since: float) -> tuple[Ticket, asyncio.Future[float]]:
        """Waits in line. The future's result is the time of its turn: from then on the request counts as sent.

        Args:
            pacer: The channel's.
            kind: What the request does.
            rank: How much it matters now; the ticket's can change.
            since: How long it has waited already: since when, on the loop's clock.
        """
        loop = asyncio.get_running_loop()
        ticket = self._scheduler.offer(pacer, kind, rank, since, loop.time())
        granted = self._waiting[ticket] = loop.create_future()
        self._pump()
        return ticket, granted

    def leave(self, ticket: Ticket) -> None:
        """Waits no more. Harmless after its turn."""
        if self._waiting.pop(ticket, None) is not None:
            self._scheduler.withdraw(ticket)
            self._pump()

    def spare(self, pacer: ChannelPacer, kind: Kind) -> bool:
        """Whether something that nobody would miss may go at once; it is counted as sent then."""
        allowance = self._scheduler.take_spare(pacer, kind, asyncio.get_running_loop().time())
        _ALLOWANCE.set(allowance)
        return allowance is not None

    def _pump(self) -> None:
        """Gives out the turns of this moment and comes back when there may be another."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        while (ticket := self._scheduler.take(now)) is not None:
            granted = self._waiting.pop(ticket)
            if not granted.done():  # cancelled in this very moment: the turn is lost, which harms nobody
                granted.set_result(now)
        if self._timer is not None:
            self._timer.cancel()
        look = self._scheduler.look_again(now)
        self._timer = None if look is None else loop.call_at(look, self._pump)


class ChannelTraffic:
    """The requests of one channel, in the order in which they are allowed."""

    def __init__(self, traffic: Traffic, pacer: ChannelPacer, now: float) -> None:
        self._traffic = traffic
        self.pacer = pacer
        self.last_used = now

    async def turn(
        self,
        kind: Kind,
        *,
        rank: Callable[[], Rank],
        since: float | None = None,
        sooner: Callable[[], Awaitable[object]] | None = None,
    ) -> float:
        """Waits until a request may be sent, and counts it as sent.

        Args:
            kind: Which of the channel's buckets it takes from.
            rank: How much it matters; asked again when `sooner` came.
            since: Since when what it shows waits to be seen, on the loop's clock; now, if left out.
            sooner: Something to wait for beside the turn: when it comes, `rank` has changed.

        Returns:
            When it was allowed, for `returned`.
        """
        since = asyncio.get_running_loop().time() if since is None else since
        while True:
            wanted = rank()
            ticket, granted = self._traffic.queue(self.pacer, kind, wanted, since)
            try:
                if sooner is None or wanted is Rank.END:
                    await granted
                else:
                    await _first_of(granted, sooner)
            finally:
                self._traffic.leave(ticket)
            if granted.done():
                _ALLOWANCE.set(ticket.allowance)
                self.last_used = granted.result()
                return granted.result()

    def spare(self, kind: Kind) -> bool:
        """Whether something that nobody would miss, such as typing, may go now. If not it is to be left out."""
        return self._traffic.spare(self.pacer, kind)

    def returned(self, kind: Kind, sent: float) -> None:
        """A request that `turn` allowed at `sent` came back well."""
        self.last_used = asyncio.get_running_loop().time()
        self.pacer.returned(kind, sent, self.last_used)

    def stalled(self, seconds: float) -> None:
        """A request was refused: this channel is left alone for so long, and goes slower for a while."""
        self.pacer.stalled(asyncio.get_running_loop().time(), seconds)


async def _first_of(granted: asyncio.Future[float], sooner: Callable[[], Awaitable[object]]) -> None:
    change: asyncio.Future[object] = asyncio.ensure_future(sooner())
    either: list[asyncio.Future[Any]] = [granted, change]
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    finally:
        change.cancel()
