from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from grokbot.sandbox.grok_server import GrokRules, GrokSandbox

from .asking import Client, client_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class WallClock:
    """A wall clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def wall_clock() -> WallClock:
    return WallClock()


@pytest.fixture
async def grok(wall_clock: WallClock) -> AsyncIterator[GrokSandbox]:
    rules = GrokRules(tokens_per_second=math.inf, query_seconds=0.0)
    async with GrokSandbox(rules, now=wall_clock) as sandbox:
        yield sandbox


@pytest.fixture
async def client(grok: GrokSandbox) -> AsyncIterator[Client]:
    async with client_of(grok) as made:
        yield made
