"""What the daemon counts and measures, as Prometheus reads it. Every metric of the daemon is declared here.

A room counts where the thing happens: `TURNS.labels(outcome="done").inc()`. Labels have few values, all known: never an
id, a name or a text. docs/metrics.md lists them all. Not here: serving them (`web`), figures that are read when
somebody asks (`daemon.figures`).
"""

from __future__ import annotations

from grokbot.process.metrics.answers import (
    CAUGHT_UP,
    END_LAG,
    FIRST_TEXT,
    FIRST_TEXT_LAG,
    RECOVERED,
    REFUSALS,
    RUNNING,
    STALENESS,
    TROUBLES,
    TURN_SECONDS,
    TURNS,
    UNSHOWN,
    WAITING,
)
from grokbot.process.metrics.discord import (
    HEARTBEAT_AGE,
    LATENCY,
    QUEUE,
    RATE_LIMITS,
    RECONNECTS,
    REQUEST_SECONDS,
    REQUESTS,
    SERVERS,
)
from grokbot.process.metrics.machine import (
    API_CALLS,
    BACKUP_SECONDS,
    BACKUPS,
    BUILD,
    DATABASE_BYTES,
    DATABASE_ERRORS,
    DATABASE_SECONDS,
    DISK_FREE,
    HEALTH,
    LAST_BACKUP,
    LOOP_LAG,
    RELOADS,
    WAL_BYTES,
    WEB_REQUESTS,
)
from grokbot.process.metrics.registry import REGISTRY
from grokbot.process.metrics.xai import CALLS, COST, FIRST_CHUNK, IN_FLIGHT, LIMIT, SEARCHES, SPENT, TOKENS

__all__ = [
    "API_CALLS",
    "BACKUPS",
    "BACKUP_SECONDS",
    "BUILD",
    "CALLS",
    "CAUGHT_UP",
    "COST",
    "DATABASE_BYTES",
    "DATABASE_ERRORS",
    "DATABASE_SECONDS",
    "DISK_FREE",
    "END_LAG",
    "FIRST_CHUNK",
    "FIRST_TEXT",
    "FIRST_TEXT_LAG",
    "HEALTH",
    "HEARTBEAT_AGE",
    "IN_FLIGHT",
    "LAST_BACKUP",
    "LATENCY",
    "LIMIT",
    "LOOP_LAG",
    "QUEUE",
    "RATE_LIMITS",
    "RECONNECTS",
    "RECOVERED",
    "REFUSALS",
    "REGISTRY",
    "RELOADS",
    "REQUESTS",
    "REQUEST_SECONDS",
    "RUNNING",
    "SEARCHES",
    "SERVERS",
    "SPENT",
    "STALENESS",
    "TOKENS",
    "TROUBLES",
    "TURNS",
    "TURN_SECONDS",
    "UNSHOWN",
    "WAITING",
    "WAL_BYTES",
    "WEB_REQUESTS",
]
