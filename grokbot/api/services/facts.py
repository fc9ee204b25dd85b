"""What the daemon tells of itself.

Not here: what changes with every call (answers under way, pauses), which the engine knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One daemon at one moment."""

    version: str
    started_at: datetime
    model: str
    """With which conversations begin; as is `mode`."""
    mode: str
    discord_connected: bool = False
    """Whether the connection stands. False too where there is none to be had."""
    discord_name: str = ""
    servers: int = 0
    public_url: str = ""
    """Where share pages are reached; empty where none are."""
