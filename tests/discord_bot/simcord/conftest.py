"""One house for a test: the bot at work, nothing going wrong unless a test wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.discord_bot.simcord.house import House, open_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened
