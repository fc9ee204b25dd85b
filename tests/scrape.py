"""One scrape of a daemon's metrics, by the official parser."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import aiohttp
from prometheus_client.openmetrics.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCEPT = "application/openmetrics-text; version=1.0.0"


class Scrape:
    """All samples."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families = list(text_string_to_metric_families(text))  # type: ignore[no-untyped-call]
        self.samples = [sample for family in self.families for sample in family.samples]

    @classmethod
    async def of(cls, listen: str) -> Scrape:
        """Scrapes the socket that `monitoring.listen` names."""
        connector = aiohttp.UnixConnector(listen.removeprefix("unix:"))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.get("http://localhost/metrics", headers={"Accept": ACCEPT}) as answer,
        ):
            assert answer.status == 200
            return cls(await answer.text())

    def by(self, name: str, *labels: str) -> Mapping[tuple[str, ...], float]:
        """The values of a metric that are not 0, by some of its labels."""
        found: Counter[tuple[str, ...]] = Counter()
        for sample in self.samples:
            if sample.name == name:
                found[tuple(sample.labels[label] for label in labels)] += sample.value
        return {key: value for key, value in found.items() if value}

    def since(self, before: Scrape, name: str, *labels: str) -> Mapping[tuple[str, ...], float]:
        """How much its values have grown."""
        then = before.by(name, *labels)
        grown = {key: value - then.get(key, 0.0) for key, value in self.by(name, *labels).items()}
        return {key: value for key, value in grown.items() if abs(value) > 1e-12}

    def mean(self, name: str) -> float:
        """The mean of a histogram."""
        return self.by(f"{name}_sum")[()] / self.by(f"{name}_count")[()]
