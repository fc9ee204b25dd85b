from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import pytest

from grokbot.sandbox.grok_server import GrokRules, GrokSandbox

from .asking import client_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from grokbot.xai.client import GrokClient


@pytest.fixture
async def grok() -> AsyncIterator[GrokSandbox]:
    async with GrokSandbox(GrokRules(tokens_per_second=math.inf, query_seconds=0.0)) as sandbox:
        yield sandbox


@pytest.fixture
async def client(grok: GrokSandbox) -> AsyncIterator[GrokClient]:
    """A client of the sandbox. After the test no task of it may be left, nor a stream at the sandbox."""
    before = asyncio.all_tasks()
    async with client_of(grok.target, grok.api_key) as made:
        yield made
        await grok.until(lambda: grok.running == 0)
    ours = {task for task in asyncio.all_tasks() - before if "AioServer" not in repr(task)} - {asyncio.current_task()}
    _, left = await asyncio.wait(ours, timeout=5) if ours else (set(), set())
    assert not left
