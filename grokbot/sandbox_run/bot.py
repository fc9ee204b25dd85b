"""The daemon beside the page: it can be stopped and started again, with the same database.

Here: its task and its state. Not here: the daemon (`daemon`), what is read from its database (forests.py).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from grokbot import daemon
from grokbot.conversation.errors import GrokbotError
from grokbot.discord_bot.bot import DiscordUnreachableError
from grokbot.process.sd_notify import Notifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.sandbox.discord_server import DiscordSandbox
    from grokbot.sandbox.discord_server.rules.protocol import Json
    from grokbot.sandbox.page import BotState
    from grokbot.sandbox_run.forests import Forests
    from grokbot.settings import Settings

log = logging.getLogger(__name__)

STOP_SECONDS = 12.0
"""How long the daemon may take to stop in good order: its last edits wait for Discord's limits."""


class Bot:
    """Runs the daemon, as the page's `Insight`.

    Args:
        settings: Of the daemon.
        discord: Where it connects.
        conversations: Of its database.
        real_grok: Whether it asks the real Grok.
    """

    def __init__(self, settings: Settings, discord: DiscordSandbox, conversations: Forests, *, real_grok: bool) -> None:
        self._settings = settings
        self._discord = discord
        self._conversations = conversations
        self._task: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()
        self._turning = asyncio.Lock()
        self._was_connected = self._has_database = False
        self.web = settings.web.public_url
        self.real_grok = real_grok
        self.watchers: list[Callable[[], None]] = []
        discord.on_change(self._look)

    @property
    def state(self) -> BotState:
        """Running once it has been connected."""
        if self._task is None or self._task.done():
            return "stopped"
        return "running" if self._was_connected else "starting"

    async def forest(self, channel_id: int) -> Json | None:
        """The conversation of a channel; before the first connection the database may still be in the making."""
        return await self._conversations.of(channel_id) if self._has_database else None

    async def start(self) -> None:
        """Begins to run it, unless it runs."""
        async with self._turning:
            if self.state == "stopped":
                self._stop = asyncio.Event()
                self._was_connected = False
                self._task = asyncio.create_task(self._run(self._stop), name="daemon")
                self._task.add_done_callback(lambda _: self._tell())
                self._tell()

    async def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ends it, and returns once it has ended.

        Args:
            seconds: After which it is ended where it stands; one that is still starting is waited for longer.
        """
        async with self._turning:
            if self._task is None:
                return
            self._stop.set()
            # Cancelled at its start, it would go on making a database where there is no folder any more.
            await asyncio.wait([self._task], timeout=STOP_SECONDS if self.state == "starting" else seconds)
            if not self._task.done():
                self._task.cancel()
                await asyncio.wait([self._task], timeout=1.0)

    async def _run(self, stop: asyncio.Event) -> None:
        try:
            await daemon.run(self._settings, Notifier(None), stop, signals=False)
        except (GrokbotError, DiscordUnreachableError) as error:  # the page goes on, and shows that it is gone
            log.error("sandbox.bot_ended trouble=%s", error)  # noqa: TRY400 -- its sentence is for whoever reads it
        except Exception:
            log.exception("sandbox.bot_ended")

    def _look(self) -> None:
        if not self._was_connected and self._task is not None and self._discord.connected:
            self._was_connected = self._has_database = True
            self._tell()

    def _tell(self) -> None:
        for watcher in self.watchers:
            watcher()
