"""A Grok and an engine of its own for every test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from grokbot.sandbox.grok_server import GrokRules, GrokSandbox

from .growing_talk import Talk, begun
from .house import House, living

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "grokbot.sqlite3"


@pytest.fixture
async def grok() -> AsyncIterator[GrokSandbox]:
    async with GrokSandbox(GrokRules(tokens_per_second=math.inf, tokens_per_chunk=8, query_seconds=0.0)) as sandbox:
        yield sandbox


@pytest.fixture
async def house(grok: GrokSandbox, file: Path) -> AsyncIterator[House]:
    async with living(grok, file) as alive:
        yield alive


@pytest.fixture
async def stateful(grok: GrokSandbox, file: Path) -> AsyncIterator[House]:
    async with living(grok, file, mode="stateful") as alive:
        yield alive


@pytest.fixture
async def talk(house: House) -> Talk:
    return await begun(house)
