"""Pages made of transcripts: in a thread, one at a time, and kept for a while.

Here: who makes pages when, and how many wait. Not here: what a page looks like (`documents`), requests (`server`).
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from grokbot.documents.as_html import PageLinks, to_html
from grokbot.documents.as_json import to_json
from grokbot.documents.as_markdown import to_markdown
from grokbot.documents.transcript import public

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.documents.transcript import Transcript

MOST_WAITING = 50
"""Pages that are being made or wait for it; there is one processor for them."""
KEPT_BYTES = 8 * 1024 * 1024
"""Of pages that are kept, so that a page that many people open at once is made once."""


class TooBusy(Exception):
    """So many pages are being made that another would wait too long."""


class Pages:
    """Makes pages. A thread of its own, so that neither the event loop nor the store's threads are held up.

    What is kept is found by the whole transcript: a page is never shown for another one, or for one that has changed.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pages")
        self._kept: OrderedDict[tuple[Transcript, str], bytes] = OrderedDict()
        self._kept_bytes = 0
        self._waiting = 0

    def close(self) -> None:
        """Makes no more of them; one that is being made is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def html(self, transcript: Transcript, url: str) -> bytes:
        """The page that is read at `url`.

        Raises:
            TooBusy: Too many others wait.
        """
        return await self._made(lambda: self._page(transcript, url))

    async def markdown(self, transcript: Transcript) -> bytes:
        """The same as Markdown. Raises as `html` does."""
        return await self._made(lambda: to_markdown(public(transcript)).encode())

    async def json(self, transcript: Transcript) -> bytes:
        """The same as JSON. Raises as `html` does."""
        return await self._made(lambda: to_json(public(transcript)).encode())

    async def _made(self, make: Callable[[], bytes]) -> bytes:
        if self._waiting >= MOST_WAITING:
            raise TooBusy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, make)
        finally:
            self._waiting -= 1

    def _page(self, transcript: Transcript, url: str) -> bytes:
        """In the thread, which alone touches what is kept."""
        key = (transcript, url)
        page = self._kept.get(key)
        if page is None:
            page = to_html(public(transcript), page=PageLinks(url) if url else None, clock=time.monotonic).encode()
            self._keep(key, page)
        else:
            self._kept.move_to_end(key)
        return page

    def _keep(self, key: tuple[Transcript, str], page: bytes) -> None:
        if len(page) > KEPT_BYTES:
            return
        self._kept[key] = page
        self._kept_bytes += len(page)
        while self._kept_bytes > KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest)
