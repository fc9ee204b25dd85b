"""Sets the metrics that nobody counts as they happen: figures that are read when somebody asks for the metrics.

Not here: declaring metrics (`process.metrics`), serving them (`web`).
"""

from __future__ import annotations

import math
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from grokbot.conversation.response import TICKS_A_DOLLAR
from grokbot.policy.budgets import LimitUnit
from grokbot.process import metrics
from grokbot.store.migrations import HEAD

if TYPE_CHECKING:
    from grokbot.discord_bot.bot import DiscordLink
    from grokbot.engine.engine import Engine
    from grokbot.process.health import Health


class Figures:
    """Reads the figures of one daemon.

    Args:
        health: How its parts are.
        discord: Its connection.
    """

    def __init__(self, health: Health, discord: DiscordLink) -> None:
        self._health = health
        self._discord = discord
        self.engine: Engine | None = None
        """Set once the database is open."""
        metrics.BUILD.info({"version": version("grokbot"), "python": platform.python_version(), "revision": HEAD})

    async def measure(self) -> None:
        """Sets them all; what cannot be read keeps its value. What waits for the database comes last.

        Raises:
            StoreError: The database could not be read.
            OSError: Nor its file.
        """
        for part in self._health.parts():
            metrics.HEALTH.labels(part.part.name.lower()).set(part.well)
        self._measure_discord()
        if self.engine is not None:
            await self._measure_store(self.engine)

    def _measure_discord(self) -> None:
        bot = self._discord.bot
        if bot is None:
            return
        bot.presenter.look()
        metrics.SERVERS.set(len(bot.guilds))
        metrics.HEARTBEAT_AGE.set(bot.heartbeat_age)
        metrics.LATENCY.set(max((each for _, each in bot.latencies if math.isfinite(each)), default=math.nan))
        for rank, waiting in bot.traffic.waiting().items():
            metrics.QUEUE.labels(rank.name.lower()).set(waiting)

    async def _measure_store(self, engine: Engine) -> None:
        store = engine.context.store
        size, log, free = await store.file.sizes()
        metrics.DATABASE_BYTES.set(size)
        metrics.WAL_BYTES.set(log)
        metrics.DISK_FREE.set(free)
        metrics.WAITING.set(await store.queue.number())
        metrics.UNSHOWN.set(await store.messages.number_unshown())
        against = await engine.spending.against_limits()
        metrics.SPENT.clear()  # a reload may have taken a limit away
        metrics.LIMIT.clear()
        for used in against:
            counted = used.limit.counted
            if counted.unit is LimitUnit.COST:
                metrics.SPENT.labels(counted.period).set(used.used / TICKS_A_DOLLAR)
                metrics.LIMIT.labels(counted.period).set(used.limit.amount / TICKS_A_DOLLAR)
