"""What the daemon counts and measures, as Prometheus reads it. Every metric of the daemon is declared here.

A room counts where the thing happens: `TURNS.labels(outcome="done").inc()`. Labels have few values, all known: never an
id, a name or a text. Not here: serving them (`web`), figures that are read when somebody asks (their rooms).
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter

REGISTRY = CollectorRegistry()
"""Of all metrics below. One for the process, as is usual with Prometheus; tests compare before and after."""

TURNS = Counter("grokbot_turns", "Turns that ended, by outcome.", ["outcome"], registry=REGISTRY)
