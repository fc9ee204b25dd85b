"""Draws charts in a separate process, one at a time, which ends after each drawing.

A drawing would stall the daemon, and has no bound of its own. Not here: what a chart shows (`documents.charts`), what
the process does (`documents.charts.process`).
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokbotError
from grokbot.conversation.text.sentences import Sentence
from grokbot.documents.charts import to_values
from grokbot.process.module_run import run_module

if TYPE_CHECKING:
    from grokbot.documents.charts import Chart

log = logging.getLogger(__name__)

SECONDS = 10.0
"""The longest drawing; normally it takes less than one."""
MOST_WAITING = 10
"""Charts that are drawn or wait at the same time."""

_NOT_DRAWN = Sentence("The chart could not be drawn; the numbers are correct. The bot's log has the cause.")
_TOO_BUSY = Sentence("Too many charts are being drawn right now. Try again in a minute.")
_PNG = b"\x89PNG\r\n\x1a\n"
_PROCESS = "grokbot.documents.charts.process"


class ChartError(GrokbotError):
    """No picture; the sentence says whether another try may help."""


class ChartRenderer:
    """Draws charts.

    Args:
        seconds: How long one may take.
    """

    def __init__(self, *, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._one_at_a_time = asyncio.Semaphore(1)
        self._waiting = 0

    async def drawn(self, chart: Chart) -> bytes:
        """The chart as a PNG. Cancelling kills the process.

        Raises:
            ChartError: It took too long, the library is missing, or too many others wait.
        """
        if self._waiting >= MOST_WAITING:
            raise ChartError(_TOO_BUSY)
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                return await self._drawn(json.dumps(to_values(chart)).encode())
        finally:
            self._waiting -= 1

    async def _drawn(self, values: bytes) -> bytes:
        try:
            run = await run_module(_PROCESS, values, self._seconds)
        except TimeoutError:
            log.warning("chart.took_too_long seconds=%g", self._seconds)
            raise ChartError(_NOT_DRAWN) from None
        except OSError as error:
            log.warning("chart.not_started error=%s", type(error).__name__)
            raise ChartError(_NOT_DRAWN) from error
        if run.code or not run.output.startswith(_PNG):
            log.warning("chart.failed code=%s error=%s", run.code, run.error)
            raise ChartError(_NOT_DRAWN)
        return run.output
