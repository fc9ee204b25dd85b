"""Waits until a request may be sent: the clock and the sleeping around the pure `pacing` and `scheduler`.

Not here: who goes first and how long to wait (`scheduler`, `pacing`), what is sent (`answers.live_answer`), reading
headers (`http_trace`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from grokbot.discord_bot.rate_limits.bot_budget import Allowance, BotBudget
from grokbot.discord_bot.rate_limits.bucket_rule import LearnedRule
from grokbot.discord_bot.rate_limits.pacing import ChannelPacer, Kind, Rank
from grokbot.discord_bot.rate_limits.scheduler import Scheduler

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from grokbot.discord_bot.rate_limits.scheduler import Ticket

_ALLOWANCE: ContextVar[Allowance | None] = ContextVar("allowance", default=None)
"""The allowance of the current task's next request, set by its turn. A request's task inherits it."""


class Traffic:
    """Everything that the bot sends: one scheduler and one budget for the whole bot, one pacer per channel."""

    IDLE_SECONDS = 60.0
    """Seconds without requests after which a channel is dropped: its buckets are full again."""
    SWEEP_SECONDS = 10.0
    """Seconds between two searches for idle channels."""

    def __init__(self) -> None:
        self._budget = BotBudget()
        self._scheduler = Scheduler(self._budget)
        self._rule = LearnedRule()
        self._buckets: dict[Kind, str] = {}
        """Discord's latest names of the buckets."""
        self._channels: dict[int, ChannelTraffic] = {}
        self._waiting: dict[Ticket, asyncio.Future[float]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._swept = float("-inf")

    def channel(self, channel_id: int) -> ChannelTraffic:
        """The requests of one channel."""
        now = asyncio.get_running_loop().time()
        if now - self._swept > self.SWEEP_SECONDS:
            self._swept = now
            for idle in [i for i, c in self._channels.items() if now - c.last_used > self.IDLE_SECONDS]:
                del self._channels[idle]
        if channel_id not in self._channels:
            self._channels[channel_id] = ChannelTraffic(self, ChannelPacer(self._rule), now)
        return self._channels[channel_id]

    async def urgent(self, channel_id: int, kind: Kind) -> None:
        """Waits until something outside of answers may be sent that a person waits for: a thread, a sentence."""
        await self.channel(channel_id).turn(kind, rank=lambda: Rank.FIRST)

    def told(
        self, channel_id: int, kind: Kind, *, remaining: int, reset_after: float, bucket: str | None = None
    ) -> None:
        """Takes in the rate-limit headers of a response. A channel that is not in use is ignored.

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
        """Waits until a request that counts for the whole bot may leave. Returns the argument of `answered`.

        Every request passes here at the last moment, also those that discord.py sends or repeats by itself, and those
        that it held back longer than their turn lasts. One without a valid turn gets one here.

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

    def waiting(self) -> Mapping[Rank, int]:
        """How many requests of each rank wait for their turn."""
        ranks = Counter(ticket.rank for ticket in self._waiting)
        return {rank: ranks[rank] for rank in Rank}

    def answered(self, request: float) -> None:
        """Marks a sent request as answered."""
        self._budget.answered(request, asyncio.get_running_loop().time())
        self._pump()

    def refused(self, seconds: float) -> None:
        """Discord refused a request for the whole bot and asks for a pause of `seconds`."""
        self._budget.stalled(asyncio.get_running_loop().time(), seconds)
        self._pump()

    def queue(self, pacer: ChannelPacer, kind: Kind, rank: Rank, since: float) -> tuple[Ticket, asyncio.Future[float]]:
        """Waits in line. The future's result is the time of its turn: from then on the request counts as sent.

        Args:
            pacer: The channel's.
            kind: What the request does.
            rank: How much it matters now; the ticket's can change.
            since: Since when it waits, on the loop's clock.
        """
        loop = asyncio.get_running_loop()
        ticket = self._scheduler.offer(pacer, kind, rank, since, loop.time())
        granted = self._waiting[ticket] = loop.create_future()
        self._pump()
        return ticket, granted

    def leave(self, ticket: Ticket) -> None:
        """Leaves the line. Harmless after its turn."""
        if self._waiting.pop(ticket, None) is not None:
            self._scheduler.withdraw(ticket)
            self._pump()

    def spare(self, pacer: ChannelPacer, kind: Kind) -> bool:
        """Whether an optional request may go at once; it is then counted as sent."""
        allowance = self._scheduler.take_spare(pacer, kind, asyncio.get_running_loop().time())
        _ALLOWANCE.set(allowance)
        return allowance is not None

    def _pump(self) -> None:
        """Gives out the turns that are due, and sets a timer for the next ones."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        while (ticket := self._scheduler.take(now)) is not None:
            granted = self._waiting.pop(ticket)
            if not granted.done():  # cancelled at this very moment: the turn is lost, which harms nobody
                granted.set_result(now)
        if self._timer is not None:
            self._timer.cancel()
        look = self._scheduler.look_again(now)
        self._timer = None if look is None else loop.call_at(look, self._pump)


class ChannelTraffic:
    """The requests of one channel, in the order of their turns."""

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
            rank: How much it matters; asked again when `sooner` is done.
            since: Since when its content waits to be seen, on the loop's clock; default: now.
            sooner: Something that changes `rank` when it is done.

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
        """Whether an optional request, such as typing, may go now. If not, leave it out."""
        return self._traffic.spare(self.pacer, kind)

    def returned(self, kind: Kind, sent: float) -> None:
        """A request that `turn` allowed at `sent` has succeeded."""
        self.last_used = asyncio.get_running_loop().time()
        self.pacer.returned(kind, sent, self.last_used)

    def stalled(self, seconds: float) -> None:
        """A request was refused: pauses this channel for `seconds`, and slows it down for a while."""
        self.pacer.stalled(asyncio.get_running_loop().time(), seconds)


async def _first_of(granted: asyncio.Future[float], sooner: Callable[[], Awaitable[object]]) -> None:
    change: asyncio.Future[object] = asyncio.ensure_future(sooner())
    either: list[asyncio.Future[Any]] = [granted, change]
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    finally:
        change.cancel()
