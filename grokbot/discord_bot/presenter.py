"""Which answers are being shown, one after the other in a channel, side by side in different ones.

Not here: how one answer is shown (`live`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import discord

from grokbot.discord_bot.live import LiveAnswer
from grokbot.discord_bot.traffic import Traffic

if TYPE_CHECKING:
    from grokbot.engine.engine import Engine
    from grokbot.engine.running import RunningAnswer

log = logging.getLogger(__name__)


class Presenter:
    """Shows every answer that begins, whoever asked for it.

    Args:
        client: The connection to Discord.
        engine: Whose answers they are.
    """

    def __init__(self, client: discord.Client, engine: Engine) -> None:
        self._client = client
        self._engine = engine
        self.traffic = Traffic()
        self._newest: dict[int, asyncio.Task[None]] = {}

    def show(self, running: RunningAnswer) -> None:
        """Begins to show an answer, once the one before it in its channel stands there to its end."""
        channel_id = running.conversation.channel_id
        if channel_id is None:
            return
        before = self._newest.get(channel_id)
        task = asyncio.create_task(self._show(running, channel_id, before), name=f"show {running.id}")
        self._newest[channel_id] = task
        task.add_done_callback(lambda done: self._forget(channel_id, done))

    async def settle(self, seconds: float) -> None:
        """Waits until everything that has ended stands in Discord. Cancels nothing: an edit under way must not be."""
        if self._newest:
            _, late = await asyncio.wait(list(self._newest.values()), timeout=seconds)
            if late:
                log.warning("presenter.unsettled answers=%d", len(late))

    async def _show(self, running: RunningAnswer, channel_id: int, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        guild_id = running.conversation.guild_id
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        traffic = self.traffic.channel(channel_id)
        try:
            await LiveAnswer(running, channel, lambda: self._reopen(channel_id), traffic, self._engine).run()
        except Exception:
            log.exception("presenter.failed response=%s", running.id)

    async def _reopen(self, channel_id: int) -> None:
        channel = await self._client.fetch_channel(channel_id)
        if isinstance(channel, discord.Thread):
            await channel.edit(archived=False)

    def _forget(self, channel_id: int, task: asyncio.Task[None]) -> None:
        if self._newest.get(channel_id) is task:
            del self._newest[channel_id]
