from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from grokbot.process.loop_lag import LONGEST, watched_loop

if TYPE_CHECKING:
    import pytest


def hold_up(words: str) -> int:
    begun = time.monotonic()
    while time.monotonic() - begun < 5 * LONGEST:
        pass
    return len(words)


async def test_who_holds_the_loop_up_is_counted_and_named_without_a_word_of_what_it_worked_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "grokbot.process.loop_lag")
    async with watched_loop() as lag:
        await asyncio.sleep(0.2)
        stalls = lag.stalls
        hold_up("a secret")
        await asyncio.sleep(0.3)
        assert lag.stalls > stalls
        assert lag.longest > 3 * LONGEST
        assert any("hold_up" in name for name in lag.where)
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "loop.held_up" in said
    assert "hold_up" in said
    assert "secret" not in said
    assert "loop.watched stalls=" in said


async def test_a_loop_that_waits_is_not_held_up() -> None:
    async with watched_loop() as lag:
        await asyncio.sleep(4 * LONGEST)
    assert lag.where == [] or lag.longest > LONGEST  # a busy machine may hold anything up
