"""A pause: nothing is answered until somebody ends it.

Not here: beginning and ending one (`engine.turns.pause`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when, who wanted it, and what they said of it."""

    since: datetime
    by: int
    """Discord's id; 0 for the operator at the machine."""
    reason: str = ""
