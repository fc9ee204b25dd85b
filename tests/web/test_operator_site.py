"""The operator's site: what is alive, what is ready, and metrics that neither hang nor cost much."""

from __future__ import annotations

import asyncio
import gzip
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families

from grokbot.conversation.errors import ConfigurationError
from grokbot.process.health import Health, HealthPart
from grokbot.process.metrics import REGISTRY, TURNS
from grokbot.settings import MonitoringSettings
from grokbot.web import metrics_page
from grokbot.web.operator_site import serving_operator_site
from tests.web.test_server import get, same

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

OPENMETRICS = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5"


@dataclass
class Watched:
    """A daemon that is watched, and how often its figures were read."""

    health: Health
    measured: int = 0
    hangs: asyncio.Event | None = None
    trouble: Exception | None = None
    url: str = ""

    async def measure(self) -> None:
        self.measured += 1
        if self.hangs:
            await self.hangs.wait()
        if self.trouble:
            raise self.trouble


@asynccontextmanager
async def watched(health: Health | None = None) -> AsyncIterator[Watched]:
    daemon = Watched(health or Health())
    async with serving_operator_site(MonitoringSettings(listen="127.0.0.1:0"), daemon.health, daemon.measure) as where:
        daemon.url = f"http://{where}"
        yield daemon


async def scrape(url: str, **headers: str) -> tuple[dict[str, str], bytes]:
    async with (
        aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=("Accept-Encoding", "Accept")) as session,
        session.get(url, headers=headers) as answer,
    ):
        assert answer.status == 200
        return dict(answer.headers), await answer.read()


async def test_metrics_come_as_text_or_openmetrics_and_compressed_for_those_who_ask() -> None:
    async with watched() as daemon:
        headers, text = await scrape(f"{daemon.url}/metrics")
        assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert "Content-Encoding" not in headers
        names = {family.name for family in text_string_to_metric_families(text.decode())}
        assert names >= {metric.name for metric in REGISTRY.collect() if metric.type in ("gauge", "counter")}

        headers, opened = await scrape(f"{daemon.url}/metrics", Accept=OPENMETRICS)
        assert headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0; charset=utf-8")
        assert [family.name for family in openmetrics_families(opened.decode())]  # type: ignore[no-untyped-call]

        headers, packed = await scrape(f"{daemon.url}/metrics", **{"Accept-Encoding": "gzip, br"})
        assert headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed).splitlines()[0].startswith(b"# HELP")
        assert headers["Vary"] == "Accept, Accept-Encoding"


async def test_many_who_scrape_at_once_get_one_rendering(monkeypatch: pytest.MonkeyPatch) -> None:
    async with watched() as daemon:
        pages = await asyncio.gather(*(scrape(f"{daemon.url}/metrics") for _ in range(20)))
        assert len({page for _, page in pages}) == 1
        assert daemon.measured == 1
        monkeypatch.setattr(metrics_page, "FRESH_SECONDS", 0.0)
        await scrape(f"{daemon.url}/metrics")
        assert daemon.measured == 2


async def test_figures_that_hang_or_fail_hide_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_page, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(metrics_page, "MEASURE_SECONDS", 0.05)
    async with watched() as daemon:
        daemon.hangs = asyncio.Event()
        for _ in range(3):
            TURNS.labels(outcome="done").inc()
            value = REGISTRY.get_sample_value("grokbot_turns_total", {"outcome": "done"})
            _, text = await scrape(f"{daemon.url}/metrics")
            assert f'grokbot_turns_total{{outcome="done"}} {value}' in text.decode()
        assert daemon.measured == 1, "what hangs is not begun again"
        daemon.trouble = RuntimeError("a secret")
        daemon.hangs.set()
        await scrape(f"{daemon.url}/metrics")
        await scrape(f"{daemon.url}/metrics")
        assert daemon.measured >= 2


async def test_readiness_names_each_part_and_is_503_until_all_are_well() -> None:
    async with watched() as daemon:
        for part in tuple(HealthPart)[1:]:
            daemon.health.pulse(part).answered()
        status, _, body = await get(f"{daemon.url}/readyz")
        assert status == 503
        assert f"{HealthPart.LOOP}: the event loop does not run yet" in body.decode()
        status, headers, body = await get(f"{daemon.url}/readyz?format=json")
        assert (status, headers["Content-Type"]) == (503, "application/json; charset=utf-8")
        found = json.loads(body)
        assert found["ready"] is False
        assert found["parts"]["loop"]["trouble"] == "the event loop does not run yet"
        assert found["parts"]["rest"] == {"well": True, "trouble": None, "seconds": 0.0}
        daemon.health.pulse(HealthPart.LOOP).answered()
        status, headers, body = await get(f"{daemon.url}/readyz")
        assert (status, headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
        assert len(body.splitlines()) == len(HealthPart)
        assert (await get(f"{daemon.url}/healthz"))[0] == 200


async def test_healthz_is_503_exactly_while_the_watchdog_would_not_hear_of_the_daemon() -> None:
    now = 0.0
    health = Health(lambda: now, patience=30.0)
    async with watched(health) as daemon:
        health.pulse(HealthPart.REST).asked()
        assert (await get(f"{daemon.url}/healthz"))[::2] == (200, b"ok\n")
        now, health.in_service = 60.0, False
        assert (await get(f"{daemon.url}/healthz"))[::2] == (200, b"ok\n"), "a start and an end take their time"
        health.in_service = True
        assert (await get(f"{daemon.url}/healthz"))[::2] == (503, b"mute\n")
        health.pulse(HealthPart.REST).answered()
        assert (await get(f"{daemon.url}/healthz"))[::2] == (200, b"ok\n")


async def test_it_has_the_manners_of_the_other_site() -> None:
    async with watched() as daemon:
        for path in ("/healthz", "/readyz", "/metrics", "/", "/s/x", "/metrics/", "/admin"):
            _, headers, _ = await get(daemon.url + path)
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "Server" not in headers
            assert (await get(daemon.url + path, "POST"))[0] == 405
        unknown = await get(daemon.url + "/")
        assert unknown[0] == 404
        assert same((await get(daemon.url + "/s/x"))[1]) == same(unknown[1])


async def test_its_socket_is_for_owner_and_group_and_a_taken_one_is_the_operators_to_mend(tmp_path: Path) -> None:
    path = tmp_path / "monitoring.sock"
    settings = MonitoringSettings(listen=f"unix:{path}")
    daemon = Watched(Health())
    async with serving_operator_site(settings, daemon.health, daemon.measure):
        assert path.stat().st_mode & 0o777 == 0o660
        with pytest.raises(ConfigurationError, match=r"^monitoring\.listen: the monitoring server cannot listen at "):
            async with serving_operator_site(settings, daemon.health, daemon.measure):
                pass
    assert not path.exists()
    async with serving_operator_site(MonitoringSettings(listen=""), daemon.health, daemon.measure) as where:
        assert where == ""
