"""A served engine of its own for every test, and a channel to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest

from .raw import Raw
from .service import ServedHouse, serving_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[ServedHouse]:
    async with serving_house(tmp_path) as house:
        yield house


@pytest.fixture
async def channel(served: ServedHouse) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(served.target) as opened:
        yield opened


@pytest.fixture
def raw(channel: grpc.aio.Channel) -> Raw:
    return Raw(channel)
