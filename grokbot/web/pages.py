"""Renders transcripts to pages: in a thread, one at a time, with a cache.

Here: scheduling and queueing. Not here: how a page looks (`documents`), requests (`share_site`).
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from grokbot.documents.as_html import PageLinks, to_html
from grokbot.documents.as_json import to_json
from grokbot.documents.as_markdown import to_markdown
from grokbot.documents.transcript import public

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.documents.transcript import Transcript

MOST_WAITING = 50
"""Pages being rendered or waiting; one processor renders them."""
KEPT_BYTES = 8 * 1024 * 1024
"""Size of the cache, so that a page that many people open at once is rendered once."""


class TooBusyError(Exception):
    """Too many pages are waiting to be rendered."""


_Key: TypeAlias = "tuple[Transcript, str]"


@dataclass(slots=True)
class _Making:
    """A page being rendered, or waiting for it."""

    job: Future[bytes]
    page: asyncio.Future[bytes]
    """The page as a future of this loop."""
    readers: int = 0


class Pages:
    """Renders pages, in its own thread, so that neither the event loop nor the store's threads are blocked.

    The cache key is the whole transcript: a page is never shown for another or changed transcript. Requests for a page
    that is being rendered share it; a waiting page whose clients have all gone is not rendered.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pages")
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._making: dict[_Key, _Making] = {}

    def close(self) -> None:
        """Stop rendering; a page in progress is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def html(self, transcript: Transcript, url: str) -> bytes:
        """The page served at `url`.

        Raises:
            TooBusyError: Too many pages are waiting.
        """

        def page() -> str:
            return to_html(public(transcript), page=PageLinks(url) if url else None, clock=time.monotonic)

        return await self._made((transcript, f"html {url}"), page)

    async def markdown(self, transcript: Transcript) -> bytes:
        """The same as Markdown. Raises as `html` does."""
        return await self._made((transcript, "markdown"), lambda: to_markdown(public(transcript)))

    async def json(self, transcript: Transcript) -> bytes:
        """The same as JSON. Raises as `html` does."""
        return await self._made((transcript, "json"), lambda: to_json(public(transcript)))

    async def _made(self, key: _Key, make: Callable[[], str]) -> bytes:
        page = self._kept.get(key)
        if page is not None:
            self._kept.move_to_end(key)
            return page
        making = self._making.get(key)
        if making is None:
            if len(self._making) >= MOST_WAITING:
                raise TooBusyError
            job = self._thread.submit(lambda: make().encode())
            making = self._making[key] = _Making(job, asyncio.wrap_future(job))
            making.page.add_done_callback(partial(self._is_made, key))
        making.readers += 1
        try:
            return await asyncio.shield(making.page)
        finally:
            making.readers -= 1
            if not making.readers and making.job.cancel():  # it had not started
                self._making.pop(key, None)

    def _is_made(self, key: _Key, page: asyncio.Future[bytes]) -> None:
        if page.cancelled():
            return
        self._making.pop(key, None)
        if page.exception() is None:
            self._keep(key, page.result())

    def _keep(self, key: _Key, page: bytes) -> None:
        if len(page) > KEPT_BYTES:
            return
        self._kept[key] = page
        self._kept_bytes += len(page)
        while self._kept_bytes > KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest)
