"""When a request may be sent, and what to do when Discord refuses it. Pure except the gate, the trace and the retries.

Not here: what is sent (`answers`, `notices`), the connection (`connection`).
"""

from __future__ import annotations

from grokbot.discord_bot.rate_limits.error_kinds import (
    ALREADY_ACKNOWLEDGED,
    NAMES_REFUSED,
    SEND_ERRORS,
    THREAD_EXISTS,
    THREADS_FULL,
    TOO_MANY,
    TOO_OLD_FOR_MANY,
    Fate,
    doubtful,
    fate_of,
    in_short,
    wait_of,
)
from grokbot.discord_bot.rate_limits.gate import ChannelTraffic, Traffic
from grokbot.discord_bot.rate_limits.http_trace import listening
from grokbot.discord_bot.rate_limits.pacing import Kind, Rank
from grokbot.discord_bot.rate_limits.retry import PATIENCE, retry_doubted, retry_request

__all__ = [
    "ALREADY_ACKNOWLEDGED",
    "NAMES_REFUSED",
    "PATIENCE",
    "SEND_ERRORS",
    "THREADS_FULL",
    "THREAD_EXISTS",
    "TOO_MANY",
    "TOO_OLD_FOR_MANY",
    "ChannelTraffic",
    "Fate",
    "Kind",
    "Rank",
    "Traffic",
    "doubtful",
    "fate_of",
    "in_short",
    "listening",
    "retry_doubted",
    "retry_request",
    "wait_of",
]
