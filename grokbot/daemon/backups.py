"""The backups that the daemon makes by itself, and one look at its database after the start. All in a thread.

When one is due is told by the newest file, so restarts neither delay nor repeat it. Not here: which are kept
(`store.maintenance.backup_folder`), how one is made (`store.maintenance.backup`).
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.process import metrics
from grokbot.store.maintenance import BackupFolder, check_quickly

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from grokbot.engine.context import Context

log = logging.getLogger(__name__)

FIRST_SECONDS = 60.0
"""From the start to the first look: then the bot has caught up with what it missed."""

PAUSE_SECONDS = 60.0
"""Between two looks at whether a backup is due."""

AGAIN = timedelta(hours=1)
"""From a failed backup to the next try."""

MADE = "made {moment:%Y-%m-%d %H:%M} UTC"
FAILED = "{trouble} The next try is within an hour."
DAMAGED = "The database is damaged: {what}. Stop the bot, and restore a backup with grokbot store restore."


class BackupSchedule:
    """One for the process.

    Args:
        context: The settings, which may change, the clock, and the note for `grokbot status`.
        stopped: Whether the end has come; asked in the thread.
    """

    def __init__(self, context: Context, stopped: Callable[[], bool]) -> None:
        self._context = context
        self._stopped = stopped
        self._failed: datetime | None = None
        self._damage = self._trouble = ""

    async def check(self) -> None:
        """Looks once at the whole file, quickly: a damage is better known today than with the next backup."""
        began = time.monotonic()
        try:
            database = BackupFolder.of(self._context.settings.store).database
            damage = await asyncio.to_thread(check_quickly, database, self._stopped)
        except StoreError as error:
            log.warning("store.not_checked trouble=%s", error)
            return
        if damage:
            self._damage = DAMAGED.format(what=damage)
            self._context.backup_note = self._damage
            log.critical("store.damaged what=%s", damage)
        elif not self._stopped():
            log.info("store.checked seconds=%.1f", time.monotonic() - began)

    async def look(self) -> None:
        """Makes a backup if one is due. A failure is said in the log, in `grokbot status` and as a metric."""
        now, every = self._context.now(), self._context.settings.store.backup_every
        newest: datetime | None = None
        try:
            folder = BackupFolder.of(self._context.settings.store)
            newest = await asyncio.to_thread(folder.newest, now)
            waits = self._failed is not None and timedelta() <= now - self._failed < AGAIN
            if every and not waits and folder.due(timedelta(hours=every), now, newest) <= now:
                await self._make(folder, now)
                newest = now
        except StoreError as error:
            if self._stopped():
                return
            self._failed, self._trouble = now, FAILED.format(trouble=error)
            metrics.BACKUPS.labels(outcome="failed").inc()
            log.error("store.not_backed_up trouble=%s", error)  # noqa: TRY400 - the sentence says it all
        if newest is not None:
            metrics.LAST_BACKUP.set(newest.timestamp())
        made = MADE.format(moment=newest) if newest is not None else ""
        self._context.backup_note = self._damage or self._trouble or made

    async def _make(self, folder: BackupFolder, now: datetime) -> None:
        began = time.monotonic()
        made = await asyncio.to_thread(folder.make, now, stopped=self._stopped)
        seconds = time.monotonic() - began
        self._failed, self._trouble = None, ""
        metrics.BACKUPS.labels(outcome="done").inc()
        metrics.BACKUP_SECONDS.observe(seconds)
        log.info("store.backed_up bytes=%d seconds=%.1f path=%s", made.size, seconds, made.path)


@asynccontextmanager
async def scheduled_backups(context: Context) -> AsyncIterator[None]:
    """Looks after the backups within the block. A backup under way at its end is given up; the next start makes it."""
    over, end = threading.Event(), asyncio.Event()
    schedule = BackupSchedule(context, over.is_set)

    async def run() -> None:
        if await _ends(end, FIRST_SECONDS):
            return
        checked = False
        while not end.is_set():
            try:
                if not checked:
                    checked = True
                    await schedule.check()
                await schedule.look()
            except Exception:
                log.exception("store.backups_failed")
            await _ends(end, PAUSE_SECONDS)

    looking = asyncio.create_task(run(), name="backups")
    try:
        yield
    finally:
        over.set()
        end.set()
        await asyncio.wait([looking])


async def _ends(end: asyncio.Event, seconds: float) -> bool:
    """Waits; returns whether the end has come."""
    try:
        async with asyncio.timeout(seconds):
            await end.wait()
    except TimeoutError:
        return False
    return True
