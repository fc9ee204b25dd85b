"""Draws charts in a separate process, one at a time, which ends after each drawing.

The plotting library takes 80 MB and half a second to load: the daemon would keep the memory and stall for the time.
Not here: what a chart shows (`documents.charts`), what the process does (`documents.chart_process`).
"""

from __future__ import annotations

import asyncio
import json
import logging
from importlib.util import cache_from_source, find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
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
_PROCESS = "grokbot.documents.chart_process"


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
        self._folder: TemporaryDirectory[str] | None = None

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

    def close(self) -> None:
        """Removes the library's files for the next drawing. Nothing may be under way."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    async def _drawn(self, values: bytes) -> bytes:
        if self._folder is None:
            # The library keeps its list of fonts there, so it looks for them only once.
            self._folder = TemporaryDirectory(prefix="grokbot-charts-", ignore_cleanup_errors=True)
        folder = self._folder.name
        try:
            run = await run_module(_PROCESS, values, self._seconds, folder, _environment(folder))
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


def _environment(folder: str) -> dict[str, str]:
    its = {
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": folder,
        "MPL_IGNORE_SYSTEM_FONTS": "1",  # looking through them takes a second; it brings the one that is used
        "OPENBLAS_NUM_THREADS": "1",  # there is nothing to compute
    }
    if not _is_compiled():
        its["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")  # or each drawing would take seconds to compile it
    return its


def _is_compiled() -> bool:
    """Whether the library was compiled at its installation: pip does so, uv only on request."""
    found = find_spec("matplotlib")  # which does not load it
    return found is None or found.origin is None or Path(cache_from_source(found.origin)).exists()
