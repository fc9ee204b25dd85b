"""How many objects of a kind are in memory: what people leave behind is counted, not weighed."""

from __future__ import annotations

import gc


def alive(kind: type) -> int:
    """Their number, once all garbage is gone."""
    gc.collect()
    return sum(type(each) is kind for each in gc.get_objects())
