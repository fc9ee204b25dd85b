"""Renders the metrics for Prometheus: in a thread, seldom, as text or OpenMetrics, compressed if asked.

Not here: the metrics (`process.metrics`).
"""

from __future__ import annotations

import asyncio
import gzip
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client.exposition import choose_encoder, gzip_accepted

from grokbot.process.metrics import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

OPENMETRICS = "application/openmetrics-text"
FRESH_SECONDS = 1.0
"""For how long a page is served again, however many ask."""
MEASURE_SECONDS = 1.0
"""How long a page waits for the figures that are read for it; then it has those of before."""
COMPRESSION = 4
"""A tenth of the size, in a millisecond."""


@dataclass(slots=True)
class _Rendering:
    """A page in one form, being rendered or rendered."""

    page: asyncio.Task[bytes]
    begun: float
    """By the loop's clock."""


class MetricsPage:
    """Renders each of the four forms at most once a second, in a thread of its own.

    Args:
        measured: Sets the metrics that are read only when somebody asks.
    """

    def __init__(self, measured: Callable[[], Awaitable[None]]) -> None:
        self._measured = measured
        self._measuring: asyncio.Future[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="metrics")
        self._renderings: dict[tuple[bool, bool], _Rendering] = {}

    def close(self) -> None:
        """Stop rendering; a page in progress is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        for each in self._renderings.values():
            each.page.cancel()
        if self._measuring is not None:
            self._measuring.cancel()

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """The metrics in the form that the request accepts."""
        # Two forms only: the client names versions freely, and each would be rendered on its own.
        openmetrics = OPENMETRICS in request.headers.get("Accept", "")
        compressed = gzip_accepted(request.headers.get("Accept-Encoding", ""))
        headers = {
            "Content-Type": choose_encoder(f"{OPENMETRICS}; version=1.0.0" if openmetrics else "")[1],
            "Vary": "Accept, Accept-Encoding",
        }
        if compressed:
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=await self._page(openmetrics, compressed), headers=headers)

    async def _page(self, openmetrics: bool, compressed: bool) -> bytes:
        now = asyncio.get_running_loop().time()
        last = self._renderings.get((openmetrics, compressed))
        if last is None or (last.page.done() and now - last.begun >= FRESH_SECONDS):
            rendering = asyncio.create_task(self._rendered(openmetrics, compressed), name="metrics")
            last = self._renderings[openmetrics, compressed] = _Rendering(rendering, now)
        return await asyncio.shield(last.page)

    async def _rendered(self, openmetrics: bool, compressed: bool) -> bytes:
        await self._measure()
        return await asyncio.get_running_loop().run_in_executor(self._thread, _render, openmetrics, compressed)

    async def _measure(self) -> None:
        """Read the figures, unless that is going on already: a database that hangs must not hide the other metrics."""
        if self._measuring is None or self._measuring.done():
            self._measuring = asyncio.ensure_future(self._measured())
            self._measuring.add_done_callback(_told)
        await asyncio.wait([self._measuring], timeout=MEASURE_SECONDS)


def _told(measuring: asyncio.Future[None]) -> None:
    if not measuring.cancelled() and (error := measuring.exception()):
        log.warning("metrics.unread error=%s", type(error).__name__)


def _render(openmetrics: bool, compressed: bool) -> bytes:
    encode, _ = choose_encoder(f"{OPENMETRICS}; version=1.0.0" if openmetrics else "")
    text = encode(REGISTRY)
    return gzip.compress(text, COMPRESSION) if compressed else text
