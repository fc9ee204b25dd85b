from __future__ import annotations

import asyncio

import pytest

from grokbot.conversation.errors import StoreError
from grokbot.engine.turns.unsaved_facts import UnsavedFacts
from grokbot.store import RowRefusedError

from .house import eventually


class Paper:
    """What is written on it, while it takes anything."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.full = False

    async def write(self, text: str) -> None:
        if self.full:
            raise StoreError("full")
        if text == "refused":
            raise RowRefusedError("refused")
        self.taken.append(text)

    async def keep(self, arrears: UnsavedFacts, *texts: str) -> None:
        for text in texts:
            await arrears.keep(lambda text=text: self.write(text))  # type: ignore[misc] # a default binds it


async def test_what_is_not_taken_is_written_in_its_order_once_it_is() -> None:
    paper, arrears = Paper(), UnsavedFacts()
    arrears.again_seconds = 0.01
    await paper.keep(arrears, "first")
    paper.full = True
    await paper.keep(arrears, "a", "refused", "b")
    assert len(arrears) == 3
    with pytest.raises(StoreError):
        await arrears.settle()
    await asyncio.sleep(0.05)
    paper.full = False
    await paper.keep(arrears, "c")  # not before those that came earlier
    await eventually(lambda: paper.taken == ["first", "a", "b", "c"])
    await paper.keep(arrears, "d")
    assert paper.taken[-1] == "d"
    await arrears.close()


async def test_the_end_tries_once_more_and_does_not_wait() -> None:
    paper, arrears = Paper(), UnsavedFacts()
    paper.full = True
    await paper.keep(arrears, "a")
    await arrears.close()
    assert len(arrears) == 1
    paper.full = False
    await arrears.close()
    assert (paper.taken, len(arrears)) == (["a"], 0)
