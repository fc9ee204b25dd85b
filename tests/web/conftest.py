"""A real server on a free port, with transcripts given by hand; and one headless Chromium for a module's tests."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest_asyncio

from grokbot.documents.as_html import policy_html
from grokbot.settings import WebSettings
from grokbot.web.share_site import serving_share_site
from tests.chromium import open_chromium
from tests.documents.test_privacy_policy import settings as settings_with

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

    from grokbot.documents.transcript import Transcript


POLICY_OF = settings_with(privacy={"contact": "The Tea Society, tea@example.org"}, store={"retention_days": 90})


@dataclass
class Shelf:
    """What is shared, by token, and what was asked for."""

    shown: dict[str, Transcript] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""
    trouble: Exception | None = None

    async def shared(self, token: str) -> Transcript | None:
        self.asked.append(token)
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble
        return self.shown.get(token)


@asynccontextmanager
async def open_shelf() -> AsyncIterator[Shelf]:
    shelf = Shelf()
    settings = WebSettings(listen="127.0.0.1:0", public_url="https://grok.example.org")
    policy = policy_html(POLICY_OF)
    async with serving_share_site(settings, shelf.shared, lambda: policy) as where:
        shelf.url = f"http://{where}"
        yield shelf


@pytest_asyncio.fixture
async def shelf() -> AsyncIterator[Shelf]:
    async with open_shelf() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def lasting_shelf() -> AsyncIterator[Shelf]:
    async with open_shelf() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with open_chromium() as browser:
        yield browser
