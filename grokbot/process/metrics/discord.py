"""Metrics of Discord: requests, what waits to be sent, the gateway."""

from __future__ import annotations

from grokbot.process.metrics.registry import MOMENTS, OPEN, counter, gauge, histogram

REQUESTS = counter(
    "grokbot_discord_requests",
    "Requests to Discord's REST API, by method, route (without ids) and status; error: there was no response.",
    method=OPEN,
    route=OPEN,
    status=OPEN,
)
REQUEST_SECONDS = histogram(
    "grokbot_discord_request_duration_seconds",
    "From when a request leaves until Discord's response begins, by method.",
    MOMENTS,
    method=("GET", "POST", "PATCH", "PUT", "DELETE"),
)
RATE_LIMITS = counter(
    "grokbot_discord_rate_limits",
    "Responses with status 429, by whose limit it was: the bot's in one place, the whole bot's, or everybody's.",
    scope=("user", "global", "shared", "unknown"),
)
QUEUE = gauge(
    "grokbot_discord_queue",
    "Requests to Discord that wait for their turn, by rank.",
    rank=("end", "opening", "first", "text", "other"),
)
LATENCY = gauge(
    "grokbot_gateway_latency_seconds", "How long the gateway took to answer the last heartbeat, of the slowest shard."
)
HEARTBEAT_AGE = gauge(
    "grokbot_gateway_heartbeat_age_seconds",
    "How long ago the gateway answered a heartbeat, of the shard where that is longest.",
)
RECONNECTS = counter(
    "grokbot_gateway_reconnects",
    "How often a shard came back, by cause: the gateway sent it away, or the connection failed.",
    cause=("sent_away", "failed"),
)
SERVERS = gauge("grokbot_servers", "Servers that the bot is in.")
