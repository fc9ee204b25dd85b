"""The registry of all metrics, and how they are declared: a metric with known label values shows all of them from 0.

Not here: any metric of the daemon's own (the modules beside this one).
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

REGISTRY = CollectorRegistry()
"""Of all metrics. One for the process, as is usual with Prometheus; tests compare before and after."""

disable_created_metrics()  # type: ignore[no-untyped-call] # a second number for each counter, which is when the process started
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

OPEN: Sequence[str] = ()
"""Values of a label that are not known before: few all the same, like routes without ids, or xAI's models."""

WAITS = (0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 30, 60, 120, 300)
"""Buckets for what people wait for, in seconds."""
MOMENTS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Buckets for what should be over at once, in seconds."""

M = TypeVar("M", Counter, Gauge, Histogram)


def counter(name: str, about: str, **labels: Sequence[str]) -> Counter:
    """A number that only grows, since the start. Prometheus adds `_total` to its name.

    Args:
        name: Without `_total`.
        about: What is counted.
        labels: The known values of each label, or `OPEN`.
    """
    return _filled(Counter(name, about, tuple(labels), registry=REGISTRY), labels.values())


def gauge(name: str, about: str, **labels: Sequence[str]) -> Gauge:
    """A number that comes and goes.

    Args:
        name: With its unit at the end.
        about: What it says.
        labels: The known values of each label, or `OPEN`.
    """
    return _filled(Gauge(name, about, tuple(labels), registry=REGISTRY), labels.values())


def histogram(name: str, about: str, buckets: Sequence[float], **labels: Sequence[str]) -> Histogram:
    """A distribution.

    Args:
        name: With its unit at the end.
        about: What is measured.
        buckets: Their upper bounds, in that unit.
        labels: The known values of each label, or `OPEN`.
    """
    return _filled(Histogram(name, about, tuple(labels), buckets=buckets, registry=REGISTRY), labels.values())


def _filled(metric: M, values: Collection[Sequence[str]]) -> M:
    if values and all(values):
        for each in product(*values):
            metric.labels(*each)
    return metric
