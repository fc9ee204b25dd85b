"""Pure: which message on a chat platform shows what of a conversation. No clock, no I/O, no library that does either.

`placed_forest` the forest with its messages, `visibility` which answer each message shows, `placement` what changes
when that does. Not here: the responses' text (`conversation`), writing messages (`discord_bot`).
"""

from __future__ import annotations

from grokbot.display.placed_forest import Node, Standing, VariantNumber
from grokbot.display.placement import Rearranged, Shown, may_grow, rearranged, settled, shown
from grokbot.display.visibility import (
    ABOVE_CHANGED,
    arranged,
    belongs,
    last_shown,
    may_come_back,
    seen_before,
    shown_below,
    stands,
)

__all__ = [
    "ABOVE_CHANGED",
    "Node",
    "Rearranged",
    "Shown",
    "Standing",
    "VariantNumber",
    "arranged",
    "belongs",
    "last_shown",
    "may_come_back",
    "may_grow",
    "rearranged",
    "seen_before",
    "settled",
    "shown",
    "shown_below",
    "stands",
]
