"""The operator's site: whether the daemon is alive, whether it is ready, and its metrics.

Here: which path has which page. Not here: what is well (`process.health`), what is counted (`process.metrics`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.process.listen_addresses import SHARED_WITH_GROUP
from grokbot.web import answers
from grokbot.web.listener import Address, serving
from grokbot.web.metrics_page import MetricsPage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from aiohttp import web

    from grokbot.process.health import Health
    from grokbot.settings import MonitoringSettings


def serving_operator_site(
    settings: MonitoringSettings, health: Health, measured: Callable[[], Awaitable[None]]
) -> AbstractAsyncContextManager[str]:
    """Serve the operator's site within the block; yields and raises as `listener.serving` does.

    Args:
        settings: Where to listen.
        health: As for `OperatorSite`, like `measured`.
        measured: Sets the metrics that are read only when somebody asks.
    """
    address = Address("operator", "monitoring.listen", "the monitoring server", settings.listen, SHARED_WITH_GROUP)
    return serving(address, lambda: OperatorSite(health, measured))


class OperatorSite:
    """Three pages of plain text, for programs that watch the daemon.

    Args:
        health: What is well.
        measured: Sets the metrics that are read only when somebody asks.
    """

    def __init__(self, health: Health, measured: Callable[[], Awaitable[None]]) -> None:
        self._health = health
        self._metrics = MetricsPage(measured)

    def close(self) -> None:
        """Stop rendering metrics."""
        self._metrics.close()

    async def page(self, request: web.BaseRequest) -> web.Response:
        """The page at a path."""
        if request.path == "/metrics":
            return await self._metrics.answer(request)
        if request.path == "/healthz":
            return answers.document(b"ok\n", "text/plain")
        if request.path == "/readyz":
            return self._ready()
        return answers.nothing()

    def _ready(self) -> web.Response:
        """A line for each part; 503 if one is not well."""
        parts = self._health.parts()
        lines = (f"{each.part}: {each.trouble or 'ok'}, for {each.seconds:.0f} s\n" for each in parts)
        answer = answers.document("".join(lines).encode(), "text/plain")
        answer.set_status(200 if all(each.well for each in parts) else 503)
        return answer
