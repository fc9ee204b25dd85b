"""One headless Chromium: the machine's own, since Playwright's build cannot be had everywhere.

Not here: what is looked at with it.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from playwright.async_api import async_playwright

from tests.installed import installed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser


@asynccontextmanager
async def open_chromium() -> AsyncIterator[Browser]:
    """A browser for as long as it is needed; without one the test is skipped, or fails where CI is set."""
    program = installed("chromium", "chromium-browser", "google-chrome", debian="chromium")
    async with async_playwright() as playwright:
        # Tests run as root in CI, where Chromium's own sandbox does not start.
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()
