"""Pure: which message on a chat platform shows what of a conversation. No clock, no I/O, no library that does either.

`placed_forest` the forest with its messages, `placement` what each message should show. Not here: the responses' text
(`conversation`), writing messages (`discord_bot`).
"""

from __future__ import annotations

from grokbot.display.placed_forest import Node, Standing, VariantNumber
from grokbot.display.placement import (
    ABOVE_CHANGED,
    Rearranged,
    Shown,
    arranged,
    belongs,
    may_come_back,
    may_grow,
    rearranged,
    settled,
    shown,
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
    "may_come_back",
    "may_grow",
    "rearranged",
    "settled",
    "shown",
    "stands",
]
