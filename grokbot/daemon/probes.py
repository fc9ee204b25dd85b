"""Asks the parts for a sign of life when nobody else does: an idle bot may be mute without knowing it.

Not here: what follows from an answer that does not come (`process.health`).
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokError, StoreError
from grokbot.daemon.rhythm import ProbeRhythm
from grokbot.daemon.waits import beside
from grokbot.process.health import HealthPart

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from grokbot.discord_bot.bot import DiscordLink
    from grokbot.engine.context import Provider
    from grokbot.process.health import Health, Pulse
    from grokbot.store import Store

TICKS = 30
"""Looks in the time after which a silent part is asked."""


XAI_PATIENCES = 10
"""An xAI that is well is asked after so many times the time after which the others are: it is not ours to keep busy."""


class _Probe:
    """Asks one part, once at a time; a question under way is never cancelled while the daemon lives."""

    def __init__(self, ask: Callable[[], Awaitable[None]], patience: float) -> None:
        self._ask = ask
        self._rhythm = ProbeRhythm(patience)
        self._under_way: set[asyncio.Future[None]] = set()

    def look(self, *pulses: Pulse) -> None:
        """Asks if one of the pulses was not felt for so long, and the last question is over."""
        now = asyncio.get_running_loop().time()
        if self._rhythm.begins(now, max((pulse.idle for pulse in pulses), default=0.0)):
            task = asyncio.ensure_future(self._ask())
            self._under_way.add(task)
            task.add_done_callback(self._over)

    def _over(self, task: asyncio.Future[None]) -> None:
        self._under_way.discard(task)
        self._rhythm.ended(task.get_loop().time())
        if not task.cancelled():
            task.result()  # it notes all failures that it knows; another one is a bug, and logged by the loop


@asynccontextmanager
async def probing(health: Health, store: Store, grok: Provider, discord: DiscordLink) -> AsyncIterator[None]:
    """Looks after the parts within the block.

    Args:
        health: What is known of the parts.
        store: Gets trial writes that change nothing, and reads.
        grok: Is asked for its models while it is not well, and now and then.
        discord: Is asked for the bot's own user once the bot is connected.
    """
    patience = health.patience
    rest, writes = health.pulse(HealthPart.REST), health.pulse(HealthPart.DATABASE, "writes")
    reads = health.pulse(HealthPart.DATABASE, "reads")

    async def ask_store() -> None:
        with suppress(StoreError):
            await store.file.probe(to_disk=bool(writes.trouble))

    async def ask_grok() -> None:
        with suppress(GrokError):
            await grok.models()

    database, xai, api = (_Probe(ask, patience) for ask in (ask_store, ask_grok, discord.probe))

    async def look() -> None:
        while True:
            await asyncio.sleep(patience / TICKS)
            database.look(writes, reads)
            if discord.look():
                api.look(rest)
            xai.look(*(health.troubled(HealthPart.XAI) or health.idle(HealthPart.XAI, XAI_PATIENCES * patience)))

    async with beside(look(), "probes"):
        yield
