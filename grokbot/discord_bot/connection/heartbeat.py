"""What the heartbeats of all shards say about the gateway. PURE.

Discord answers a heartbeat every 40 seconds or so; after a minute of silence the library reconnects by itself. Not
here: reading the library's shards (`resilient_client`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.process.health import Pulse

RECONNECTING = "the connection to Discord's gateway is lost, trying again"


@dataclass(frozen=True, slots=True)
class ShardBeat:
    """One shard's heartbeats, by the library's clock."""

    is_open: bool
    sent: float = 0.0
    """When the last one was sent."""
    acked: float = 0.0
    """When Discord last answered one, or let the shard in."""


class HeartbeatWatch:
    """Notes in the gateway's pulse what has changed since the last look.

    Args:
        pulse: The gateway's.
    """

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._acked = 0.0
        self._complete = False

    def tried(self) -> None:
        """A shard begins a try to reconnect, or ends one."""
        self._pulse.alive()

    def look(self, beats: Sequence[ShardBeat]) -> None:
        """Takes in how all shards are. The one that was answered longest ago counts."""
        if not beats or not all(beat.is_open for beat in beats):
            self._complete = False
            self._pulse.failed(RECONNECTING)
            return
        acked = min(beat.acked for beat in beats)
        if acked != self._acked or not self._complete:
            self._acked, self._complete = acked, True
            self._pulse.answered()
        if any(beat.sent > beat.acked for beat in beats):
            self._pulse.asked()
