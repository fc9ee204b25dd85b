"""What the daemon counts and measures, as Prometheus reads it. Every metric of the daemon is declared here.

A room counts where the thing happens: `TURNS.labels(outcome="done").inc()`. Labels have few values, all known: never an
id, a name or a text. Not here: serving them (`web`), figures that are read when somebody asks (their rooms).
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Info, ProcessCollector, Summary

REGISTRY = CollectorRegistry()
"""Of all metrics below. One for the process, as is usual with Prometheus; tests compare before and after."""

ProcessCollector(registry=REGISTRY)

TURNS = Counter("grokbot_turns", "Turns that ended, by outcome.", ["outcome"], registry=REGISTRY)

BUILD = Info("grokbot_build", "The program's version, Python's, and the revision of the database.", registry=REGISTRY)
BACKUPS = Counter("grokbot_backups", "Backups of the database, by outcome.", ["outcome"], registry=REGISTRY)
BACKUP_SECONDS = Summary("grokbot_backup_duration_seconds", "How long backups took.", registry=REGISTRY)
LAST_BACKUP = Gauge(
    "grokbot_last_backup_timestamp_seconds",
    "When the newest good backup was made, as Unix time; 0: none is known.",
    registry=REGISTRY,
)
RELOADS = Counter(
    "grokbot_configuration_reloads", "Reloads of the configuration, by outcome.", ["outcome"], registry=REGISTRY
)
