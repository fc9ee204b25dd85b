"""The short form: one small round of each kind, with the same counters. The long one is `python -m tests.faults`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .ground import ground
from .weather import KINDS

if TYPE_CHECKING:
    from pathlib import Path

ONE_EACH = ("outages", "models", "restores", "backups", "cuts", "limits", "disks", "clocks", "reload", "update")
FAULTS = {"kills": 2, **dict.fromkeys(ONE_EACH, 1)}
FAULTS |= {"watchdog": 1}  # Discord is silent; the long form stops the loop too


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.timeout(240)  # what goes wrong is waited for
async def test_nothing_is_lost_doubled_hanging_or_mismatched(name: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    async with ground(name, kind.wishes(seed=0, members=3, tempo=0.3), tmp_path) as here:
        here.excuse = kind.excuse
        await kind.cause(here, FAULTS[name])
        count = await here.judged()
    assert list(count.sentences()) == []
    assert not kind.ended_wrongly(here.daemon)
