"""Downloads from Discord's own file servers, within limits of time and size.

A message, and an embed above all, may name any address: only Discord's hosts are asked, without following redirects. An
address that has expired is renewed once. Not here: what is in a file (`attachments`).
"""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import yarl
from discord.http import Route

from grokbot.discord_bot.rate_limits import SEND_ERRORS, in_short

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import TypeAlias

    from grokbot.discord_bot.client import Client

    Refresh: TypeAlias = Callable[[str], Awaitable[str | None]]

log = logging.getLogger(__name__)

SECONDS = 12.0
"""For each try, in seconds: connecting, and reading to the end."""

PAUSE = 0.5
"""Seconds before the second try."""

AT_ONCE = 8
"""Files that are fetched and read at the same time, over all messages."""

HOSTS = re.compile(r"(?:cdn|media)\.discordapp\.(?:com|net)|images-ext-\d{1,2}\.discordapp\.net")
"""Discord's file servers, and those through which it shows pictures from elsewhere."""

EXPIRED = (403, 404)


class DownloadError(Exception):
    """A file could not be fetched."""


class Downloads:
    """Fetches files; one per bot.

    Args:
        origin: A further server, as the sandbox's; None: Discord's alone.
        refresh: Renews an expired address; None if it cannot.
    """

    def __init__(self, origin: yarl.URL | None = None, refresh: Refresh | None = None) -> None:
        self._origin = origin
        self._refresh = refresh
        self._gate = asyncio.Semaphore(AT_ONCE)

    def allows(self, address: str) -> bool:
        """Whether files are fetched from an address."""
        try:
            url = yarl.URL(address)
            there = url.origin()
        except ValueError:
            return False
        if self._origin is not None and there == self._origin:
            return True
        return url.scheme == "https" and url.port in (443, None) and HOSTS.fullmatch(url.host or "") is not None

    @asynccontextmanager
    async def opened(self, address: str) -> AsyncIterator[aiohttp.StreamReader]:
        """One file, to be read piece by piece. Its own errors are those of aiohttp; the caller may try again.

        Raises:
            DownloadError: No such address is asked, or the file is gone.
        """
        if not self.allows(address):
            raise DownloadError("host")
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        async with self._gate, aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session:
            for url in (address, None):
                if (asked := url or await self._renewed(address)) is None:
                    raise DownloadError("expired")
                plain = {"Accept-Encoding": "identity"}
                async with session.get(asked, allow_redirects=False, headers=plain) as response:
                    if response.status in EXPIRED and url is not None:
                        continue
                    if response.status != 200:  # noqa: PLR2004 - a redirect is no file either
                        response.raise_for_status()
                        raise DownloadError(f"status {response.status}")
                    yield response.content
                    return

    async def _renewed(self, address: str) -> str | None:
        renewed = await self._refresh(address) if self._refresh is not None else None
        return renewed if renewed is not None and self.allows(renewed) else None


def downloads_of(bot: Client) -> Downloads:
    """The downloads of a bot. A server that stands in for Discord's API holds its files too."""

    async def refresh(address: str) -> str | None:
        try:
            answer = await bot.http.request(
                Route("POST", "/attachments/refresh-urls"), json={"attachment_urls": [address]}
            )
            return str(answer["refreshed_urls"][0]["refreshed"])
        except (*SEND_ERRORS, KeyError, IndexError, TypeError) as error:
            log.info("discord.address_not_renewed error=%s", in_short(error))
            return None

    api = yarl.URL(bot.settings.api_url)
    return Downloads(api.origin() if api.host in ("127.0.0.1", "localhost", "::1") else None, refresh)
