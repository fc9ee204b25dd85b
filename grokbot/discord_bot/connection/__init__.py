"""Staying connected to Discord: requests that nothing can cancel, reconnecting with backoff.

Not here: the first login (`startup`), what events mean (`bot`).
"""

from __future__ import annotations

from grokbot.discord_bot.connection.backoff import ReconnectPauses
from grokbot.discord_bot.connection.resilient_client import AWAY, ResilientClient, point_at

__all__ = ["AWAY", "ReconnectPauses", "ResilientClient", "point_at"]
