"""discord.py's client, made to survive Discord being away: requests, reconnecting, closing.

The only place that reaches into discord.py's shards. Not here: what the bot does with events (`bot`), the first login
and what it tells an operator (`startup`).
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import Route
from discord.webhook.async_ import async_context

from grokbot.discord_bot.connection.backoff import HEALTHY_SECONDS, LONGEST_SECONDS, ReconnectPauses
from grokbot.discord_bot.connection.heartbeat import HeartbeatWatch, ShardBeat
from grokbot.discord_bot.connection.prompt_state import PromptState
from grokbot.discord_bot.connection.request_tasks import RequestTasks, TaskHTTPClient, TaskWebhookAdapter
from grokbot.discord_bot.rate_limits import in_short
from grokbot.process import metrics
from grokbot.process.health import HealthPart

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.process.health import Health
    from grokbot.settings import DiscordSettings

log = logging.getLogger(__name__)

CONNECT_SECONDS = 30.0
"""Seconds for a gateway to let a shard in, before the next try."""

HASTY_SECONDS = 5.0
"""A shard that is sent away again this soon after coming back waits before it returns."""

RESUMES = 10
"""Tries in a row to resume the session before a new one begins."""

IDENTIFY_SECONDS = 5.0
"""Discord lets one shard identify in this time (its documentation)."""

LIBRARY_PAUSE = 5.0
"""Seconds that discord.py itself waits after a failed first connection."""

FAREWELL_SECONDS = 2.0
"""Seconds for a gateway to confirm the close. aiohttp waits for 30, longer than a stop may take."""

AWAY = (discord.HTTPException, discord.GatewayNotFound, discord.RateLimited, aiohttp.ClientError, OSError, TimeoutError)
"""What the library raises while Discord does not answer."""


class _LaunchError(Exception):
    """A shard could not be connected."""


class ResilientClient(discord.AutoShardedClient):
    """Reconnects within about half a minute of Discord's return, however long it was away.

    Args:
        health: Learns how Discord's answers and heartbeats are.
        options: discord.py's.
    """

    def __init__(self, *, health: Health, **options: Any) -> None:
        self._rest = health.pulse(HealthPart.REST)
        self._heartbeats = HeartbeatWatch(health.pulse(HealthPart.GATEWAY))
        self._requests = RequestTasks()
        self._launching: set[int] = set()
        self._identified = float("-inf")
        super().__init__(shard_connect_timeout=CONNECT_SECONDS, **options)

    def _get_state(self, **options: Any) -> Any:
        """discord.py calls this after it made an HTTP client and before it hands it out: ours replaces it here."""
        self.http = TaskHTTPClient(self.http, self._requests, self._rest)
        return PromptState(
            dispatch=self.dispatch, handlers=self._handlers, hooks=self._hooks, http=self.http, **options
        )

    async def connect(self, *, reconnect: bool = True) -> None:
        """Listens until the connection ends for good. Tasks of events and interactions start in here."""
        async_context.set(TaskWebhookAdapter(self._requests))
        pauses = ReconnectPauses()
        while True:
            try:
                await super().connect(reconnect=reconnect)
            except AWAY as error:
                if self.shards or self.is_closed():
                    raise
                pause = pauses.delay()
                log.warning("discord.gateway_unknown error=%s again_in=%.1f", in_short(error), pause)
                await asyncio.sleep(pause)
            else:
                return

    async def probe(self) -> None:
        """Asks Discord for something cheap. Its answer, or that there is none, goes to the client's health."""
        if isinstance(self.http, TaskHTTPClient):
            await self.http.probe()

    def look_at_heartbeats(self) -> None:
        """Notes in the client's health how the gateway answers. Call it every second or so once the bot is ready."""
        shards: Any = [shard._parent for shard in self.shards.values()]  # noqa: SLF001 - discord.py gives no other way
        self._heartbeats.look([_beat(shard.ws) for shard in shards])

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Connects a shard for the first time, however long it takes.

        discord.py retries recursively until Python's stack is full: so each try is one of ours.
        """
        if shard_id in self._launching:
            raise _LaunchError
        pauses = ReconnectPauses(LONGEST_SECONDS - LIBRARY_PAUSE)
        while not self.is_closed():
            self._launching.add(shard_id)
            try:
                await super().launch_shard(gateway, shard_id, initial=initial)
            except _LaunchError:
                await asyncio.sleep(pauses.delay())
            else:
                self._steady(shard_id)
                return
            finally:
                self._launching.discard(shard_id)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:  # noqa: ARG002 - discord.py's
        """Waits before a shard identifies. discord.py always waits here, even if the last identify was long ago."""
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(max(0.0, self._identified + IDENTIFY_SECONDS - clock()))
        self._identified = clock()

    @property
    def heartbeat_age(self) -> float:
        """Seconds since the gateway last answered a shard, of the one where that is longest; NaN: nobody has asked."""
        shards: Any = [shard._parent for shard in self.shards.values()]  # noqa: SLF001 - discord.py gives no other way
        acked = [shard.ws._keep_alive._last_ack for shard in shards if shard.ws._keep_alive]  # noqa: SLF001 - the same
        return max((time.perf_counter() - each for each in acked), default=math.nan)

    async def close(self) -> None:
        """Closes the connection, even if the other end does not respond."""
        cutting = asyncio.create_task(self._cut_off())
        try:
            await super().close()
        finally:
            cutting.cancel()
            await asyncio.wait([cutting])

    async def _cut_off(self) -> None:
        await asyncio.sleep(FAREWELL_SECONDS)
        connector = self.http.connector
        if isinstance(connector, aiohttp.BaseConnector):
            log.warning("discord.no_farewell")
            await connector.close()

    def _steady(self, shard_id: int) -> None:
        """Gives a shard our pauses. A pausing shard holds the others up, so all together wait no longer than one."""
        info = self.get_shard(shard_id)
        if info is None:
            raise RuntimeError("a shard that was launched is known")
        shard: Any = info._parent  # noqa: SLF001 - discord.py gives no other way to its pauses
        pauses = ReconnectPauses(LONGEST_SECONDS / max(1, self.shard_count or 1))
        shard._backoff = pauses  # noqa: SLF001 - the same
        coming_back = _Return(shard, pauses, self._heartbeats.tried)
        shard.reidentify, shard.reconnect = coming_back.after_a_word, coming_back.after_trouble


class _Return:
    """How one shard comes back.

    discord.py resumes a session only if told to, and so misses what is said in an outage; and it comes back at once
    when sent away, endlessly if that happens each time.
    """

    def __init__(self, shard: Any, pauses: ReconnectPauses, tried: Callable[[], None]) -> None:
        self._shard = shard
        self._pauses = pauses
        self._tried = tried
        self._clock = asyncio.get_running_loop().time
        self._reidentify, self._reconnect = shard.reidentify, shard.reconnect
        self._word = self._trouble = float("-inf")
        self._tries = 0
        self._resume = True

    async def after_a_word(self, why: ReconnectWebSocket) -> None:
        """The gateway has sent the shard away, or ended its session; since it is up, reconnects at once."""
        metrics.RECONNECTS.labels("sent_away").inc()
        hasty = self._clock() - self._word < HASTY_SECONDS
        self._resume = why.resume
        if hasty:
            await asyncio.sleep(self._pauses.delay())
        self._word = self._clock()
        self._tried()
        await self._reidentify(why)
        self._tried()

    async def after_trouble(self) -> None:
        """Reconnects once the pause after a failed connection is over."""
        metrics.RECONNECTS.labels("failed").inc()
        now = self._clock()
        self._tries = self._tries + 1 if now - self._trouble < HEALTHY_SECONDS else 1
        self._trouble = now
        self._tried()
        if self._tries <= RESUMES:
            await self._reidentify(ReconnectWebSocket(self._shard.id, resume=self._resume))
        else:  # the address of this session may be gone for good
            await self._reconnect()
        self._tried()


def _beat(ws: Any) -> ShardBeat:
    """A shard's heartbeats; it has none before Discord's hello."""
    keeper = ws._keep_alive  # noqa: SLF001 - discord.py gives no other way to its heartbeats
    if keeper is None or not ws.open:
        return ShardBeat(is_open=False)
    return ShardBeat(is_open=True, sent=keeper._last_send, acked=keeper._last_ack)  # noqa: SLF001 - the same


def point_at(settings: DiscordSettings) -> None:
    """Points every connection of this process at the configured addresses; also for a proxy or the sandbox."""
    Route.BASE = settings.api_url.rstrip("/")
    if settings.gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway_url)
