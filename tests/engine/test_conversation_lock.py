"""What `conversation_lock` promises of decisions: carried out to their end, and no failure that nobody hears of."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from grokbot.engine.context import Events
from grokbot.engine.turns import ConversationLocks

if TYPE_CHECKING:
    from collections.abc import Coroutine


async def test_a_decision_is_carried_out_though_whoever_waits_for_it_is_cancelled() -> None:
    locks, go_on, done = ConversationLocks(Events()), asyncio.Event(), asyncio.Event()

    async def decision() -> None:
        await go_on.wait()
        done.set()

    await _cancelled(locks, decision())
    go_on.set()
    await locks.decided()
    assert done.is_set()


async def test_a_decision_that_fails_when_nobody_waits_any_more_is_told_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    locks, go_on = ConversationLocks(Events()), asyncio.Event()

    async def decision() -> None:
        await go_on.wait()
        raise ValueError("secret words")

    await _cancelled(locks, decision())
    go_on.set()
    await locks.decided()
    await asyncio.sleep(0)
    assert "decision.failed decision=decide decision error=ValueError" in caplog.text
    assert "secret words" not in caplog.text


async def _cancelled(locks: ConversationLocks, decision: Coroutine[None, None, None]) -> None:
    waiting = asyncio.create_task(locks.decide(decision))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
