"""Metrics of the process and its machine: health, database, event loop, servers, backups."""

from __future__ import annotations

from prometheus_client import Info

from grokbot.process.metrics.registry import MOMENTS, OPEN, REGISTRY, counter, gauge, histogram

BUILD = Info("grokbot_build", "The program's version, Python's, and the revision of the database.", registry=REGISTRY)
HEALTH = gauge("grokbot_health", "Whether a part of the daemon is well (1) or not (0).", part=OPEN)
LOOP_LAG = histogram(
    "grokbot_loop_lag_seconds", "How late the event loop was, looked at about 20 times a second.", MOMENTS
)

DATABASE_SECONDS = histogram(
    "grokbot_database_duration_seconds",
    "How long transactions took, with the wait for a connection, by kind; several writes may share one transaction.",
    MOMENTS,
    kind=("read", "write"),
)
DATABASE_ERRORS = counter("grokbot_database_errors", "Transactions that the machine or the database failed.")
DATABASE_BYTES = gauge("grokbot_database_bytes", "Size of the database file.")
WAL_BYTES = gauge("grokbot_database_wal_bytes", "Size of the database's write-ahead log.")
DISK_FREE = gauge("grokbot_disk_free_bytes", "Free room on the disk of the database, for this user.")

API_CALLS = counter("grokbot_api_calls", "Calls of the API, by method and gRPC's code.", method=OPEN, code=OPEN)
WEB_REQUESTS = counter(
    "grokbot_web_requests",
    "Requests to the web server, by site (share: share pages; operator: this page and its neighbours) and status.",
    site=("share", "operator"),
    status=("200", "404", "405", "503"),
)

BACKUPS = counter("grokbot_backups", "Backups of the database, by outcome.", outcome=("done", "failed"))
BACKUP_SECONDS = histogram("grokbot_backup_duration_seconds", "How long backups took.", (0.1, 0.5, 1, 5, 15, 60, 300))
LAST_BACKUP = gauge(
    "grokbot_last_backup_timestamp_seconds", "When the newest good backup was made, as Unix time; 0: none is known."
)
RELOADS = counter(
    "grokbot_configuration_reloads", "Reloads of the configuration, by outcome.", outcome=("done", "failed")
)
