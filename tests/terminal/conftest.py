"""A served engine, and its client: what the commands talk to."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from grokbot.sdk import Client
from tests.api.service import serving_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.api.service import ServedHouse


@pytest.fixture(autouse=True)
def _nobodys_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("GROKBOT_API", "GROKBOT_API_KEY", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def _logging_as_before() -> Iterator[None]:
    """For tests in which a daemon begins in this process: it sets up logging, as a program of its own would."""
    loggers = [logging.getLogger(name) for name in ("", "grokbot", "alembic")]
    levels, handlers = [each.level for each in loggers], list(loggers[0].handlers)
    yield
    for each, level in zip(loggers, levels, strict=True):
        each.setLevel(level)
    loggers[0].handlers[:] = handlers


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[ServedHouse]:
    async with serving_house(tmp_path, public_url="https://grok.example.org") as house:
        yield house


@pytest.fixture
async def client(served: ServedHouse) -> AsyncIterator[Client]:
    async with Client(served.target) as reached:
        yield reached
