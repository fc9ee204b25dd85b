"""The operator's site: whether the daemon is of use, whether it is ready, and its metrics.

Here: which path has which page. Not here: what is well (`process.health`), what is counted (`process.metrics`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from grokbot.process.listen_addresses import SHARED_WITH_GROUP
from grokbot.web import answers
from grokbot.web.listener import Address, serving
from grokbot.web.metrics_page import MetricsPage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from aiohttp import web

    from grokbot.process.health import Health, PartHealth
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
            return answers.of_use(mute=self._health.mute is not None)
        if request.path == "/readyz":
            parts = self._health.parts()
            as_json = request.query.get("format") == "json" or "application/json" in request.headers.get("Accept", "")
            answer = answers.document(*(readiness_json(parts) if as_json else readiness_text(parts)))
            answer.set_status(200 if all(each.well for each in parts) else 503)
            return answer
        return answers.nothing()


def readiness_text(parts: Sequence[PartHealth]) -> tuple[bytes, str]:
    """A line for each part, with its trouble if it has one, and the media type. PURE."""
    lines = (f"{each.part}: {each.trouble or 'ok'}, for {each.seconds:.0f} s\n" for each in parts)
    return "".join(lines).encode(), "text/plain"


def readiness_json(parts: Sequence[PartHealth]) -> tuple[bytes, str]:
    """The same for programs. PURE."""
    found = {
        each.part.name.lower(): {"well": each.well, "trouble": each.trouble or None, "seconds": round(each.seconds, 1)}
        for each in parts
    }
    ready = all(each.well for each in parts)
    return f"{json.dumps({'ready': ready, 'parts': found}, indent=2)}\n".encode(), "application/json"
