"""discord.py's state of a connection, which is ready as soon as every server is there.

Not here: what the bot does then (`bot`).
"""

from __future__ import annotations

from typing import Any

from discord.state import AutoShardedConnectionState

LAST_SECONDS = 0.01
"""After the last server. Not 0: discord.py would then drop a server that came at the same moment."""


class PromptState(AutoShardedConnectionState):
    """discord.py itself waits `guild_ready_timeout` seconds without a server, also after the last one."""

    def __init__(self, *given: Any, **options: Any) -> None:
        self._guilds = {}  # discord.py asks for the seconds before it has one
        super().__init__(*given, **options)

    @property
    def guild_ready_timeout(self) -> float:
        """Seconds; discord.py reads it after each server."""
        missing = any(guild.unavailable for guild in self._guilds.values())
        return self._quiet if missing else min(self._quiet, LAST_SECONDS)

    @guild_ready_timeout.setter
    def guild_ready_timeout(self, seconds: float) -> None:
        self._quiet = seconds
