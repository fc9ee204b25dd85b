"""Where Discord is. discord.py keeps its addresses in two class attributes; this is the only place that sets them.

Not here: anything else about a connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

if TYPE_CHECKING:
    from grokbot.settings import DiscordSettings


def point_at(settings: DiscordSettings) -> None:
    """Points every connection of this process at the addresses that are set; also for a proxy or the sandbox."""
    Route.BASE = settings.api_url.rstrip("/")
    if settings.gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway_url)
