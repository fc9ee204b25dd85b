"""How often a channel is told that nothing is answered there: once an hour, whatever is written meanwhile. Pure.

Not here: why nothing is (`engine`), saying it (`send`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

AGAIN_SECONDS = 3600.0


@dataclass(slots=True)
class Throttle:
    """What was said where, and when. What is longer ago than an hour is forgotten."""

    _told: dict[tuple[int, str], float] = field(default_factory=dict)

    def due(self, channel_id: int, sentence: str, now: float) -> bool:
        """Whether the channel is to be told this now; then it counts as told. `now` is in seconds on any clock."""
        self._told = {key: at for key, at in self._told.items() if now - at < AGAIN_SECONDS}
        if (channel_id, sentence) in self._told:
            return False
        self._told[channel_id, sentence] = now
        return True

    def __len__(self) -> int:
        return len(self._told)
