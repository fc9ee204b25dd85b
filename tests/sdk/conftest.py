"""A served engine, and clients of it as programs have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from grokbot.sdk import Client
from tests.api.service import ServedHouse, serving_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

PUBLIC_URL = "https://grok.example.org"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[ServedHouse]:
    """One for each test."""
    async with serving_house(tmp_path, public_url=PUBLIC_URL) as here:
        yield here


@pytest.fixture
async def client(served: ServedHouse) -> AsyncIterator[Client]:
    async with Client(served.target) as connected:
        yield connected


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServedHouse]:
    """One for all tests of a module, each of which begins conversations of its own."""
    async with serving_house(tmp_path_factory.mktemp("served"), public_url=PUBLIC_URL) as here:
        yield here


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_client(one_served: ServedHouse) -> AsyncIterator[Client]:
    async with Client(one_served.target) as connected:
        yield connected


@pytest.fixture
def own_scripts(one_served: ServedHouse) -> Iterator[None]:
    """No test answers another one's questions."""
    yield
    one_served.grok.forget_scripts()
