"""A store in a file of its own for every test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grokbot.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "grokbot.sqlite3"


@pytest.fixture
def url(place: Path) -> str:
    return f"sqlite+aiosqlite:///{place}"


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    opened = await Store.open(url)
    yield opened
    await opened.close()
