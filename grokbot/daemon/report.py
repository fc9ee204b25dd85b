"""Tells the service manager, from the first moment to the last, what the daemon does and that it is of use.

Ready is what is wholly well for the first time. The watchdog hears of it for as long as it is not mute: 30 seconds
(WatchdogSec) after the last word the manager kills it and starts a new one; a minute, if it never was ready. Not here:
what is well (`process.health`), how a part is asked (`probes`), the words (`status_line`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from grokbot.daemon.rhythm import PingRhythm
from grokbot.daemon.status_line import Activity, LifePhase, status_line
from grokbot.daemon.waits import beside
from grokbot.process.health import HealthPart

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from grokbot.process.health import Health
    from grokbot.process.sd_notify import Notifier

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0
"""Between two looks, or less where the watchdog is quicker; so a status changes no more often."""

STARTING_TICK_SECONDS = 0.05
"""The same until it is ready, which users wait for."""

PATIENCE_SECONDS = 60.0
"""How long the service manager waits for the next sign of life during a slow start or stop."""

LATE_SECONDS = 2.0
"""A look that comes so much too late shows that the event loop was held up."""


class Report:
    """One per daemon.

    Args:
        notifier: Passes it on.
        health: What of the daemon is well.
    """

    def __init__(self, notifier: Notifier, health: Health) -> None:
        self._notifier = notifier
        self._health = health
        self._phase = LifePhase.STARTING
        health.in_service = False
        self._activity: Callable[[], Activity] = Activity
        self._connected = self._mute = False
        self._line = ""
        self._said = float("-inf")
        self._pings = PingRhythm(notifier.watchdog_seconds, TICK_SECONDS)

    @property
    def phase(self) -> LifePhase:
        """How far the daemon is."""
        return self._phase

    @property
    def tick(self) -> float:
        """Seconds until the next look is due."""
        return STARTING_TICK_SECONDS if self._phase is LifePhase.STARTING else self._pings.tick

    def serving(self, activity: Callable[[], Activity]) -> None:
        """The bot hears and answers; ready it is once all of its parts are well."""
        self._activity = activity
        self._connected = self._health.in_service = True
        self.look()

    def reloading(self) -> None:
        """The settings are being read again; `reloaded` follows."""
        self._notifier.reloading()

    def reloaded(self) -> None:
        """The settings were read again."""
        self._line = status_line(self._phase, self._health.troubles, self._activity())
        self._notifier.reloaded(self._line)

    def stopping(self) -> None:
        """The daemon ends."""
        self._phase = LifePhase.STOPPING
        self._health.in_service = False
        self._said = float("-inf")
        self.look()

    def look(self) -> None:
        """Says what is due now."""
        now = asyncio.get_running_loop().time()
        self._see_mute()
        troubles = self._health.troubles
        if self._phase is LifePhase.STARTING and self._connected and not troubles:
            self._phase = LifePhase.SERVING
            self._line = status_line(self._phase, troubles, self._activity())
            self._notifier.ready(self._line)
            log.info("daemon.ready")
        line = status_line(self._phase, troubles, self._activity())
        since = now - self._said
        repeated = since >= PATIENCE_SECONDS / 3 and self._phase is not LifePhase.SERVING
        if (line != self._line and since >= TICK_SECONDS) or repeated:
            self._said = now
            if self._say(line):
                self._line = line
        if self._pings.due(now, mute=self._mute) and self._notifier.alive():
            self._pings.said(now)

    def _say(self, line: str) -> bool:
        """Whether it went; if the manager has no room for it, a later look says it again."""
        if self._phase is LifePhase.STOPPING:
            self._notifier.stopping(line, PATIENCE_SECONDS)
        elif self._phase is LifePhase.STARTING and not self._mute:
            self._notifier.starting(line, PATIENCE_SECONDS)
        else:  # no watchdog runs during a start: one that is mute gets no more time, and is killed for that
            return self._notifier.status(line)
        return True

    def _see_mute(self) -> None:
        """Whether it is of no use."""
        mute = self._health.mute
        if mute and not self._mute:
            log.critical("daemon.mute part=%r", mute.value)
        self._mute = mute is not None


@asynccontextmanager
async def reporting(notifier: Notifier, health: Health) -> AsyncIterator[Report]:
    """The report, which looks every second within the block."""
    report = Report(notifier, health)
    loop_pulse = health.pulse(HealthPart.LOOP)
    clock = asyncio.get_running_loop().time

    async def keep_up() -> None:
        while True:
            due = clock() + report.tick
            await asyncio.sleep(report.tick)
            late = clock() - due
            if late > LATE_SECONDS:
                loop_pulse.failed(f"the event loop was held up for {late:.0f} s", passing=False)
            else:
                loop_pulse.answered()
            report.look()

    loop_pulse.answered()
    async with beside(keep_up(), "report"):
        yield report
