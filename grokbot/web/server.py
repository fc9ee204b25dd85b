"""The HTTP server: share pages in three forms, and whether the daemon is there.

Here: which request gets which answer. Not here: what is shared (`engine`), how it looks (`documents`), addresses that
it listens at (`listener`). Nothing of a request is logged: whoever reads a token may read the conversation.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeAlias

from grokbot.conversation.errors import GrokbotError
from grokbot.documents.transcript import file_name
from grokbot.web import answers
from grokbot.web.pages import Pages, TooBusyError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

    from grokbot.documents.transcript import Transcript

    Shared: TypeAlias = Callable[[str], Awaitable[Transcript | None]]

log = logging.getLogger(__name__)

PREFIX = "/s/"
MARKDOWN = ".md"
JSON = ".json"


class ShareServer:
    """Answers every request.

    Args:
        shared: What a token shows; None for any that shows nothing. Raises a GrokbotError where it cannot be read.
        public_url: The setting; without it pages do not tell where they are.
    """

    def __init__(self, shared: Shared, public_url: str | None) -> None:
        self._shared = shared
        self._public_url = public_url
        self._pages = Pages()

    def close(self) -> None:
        """Makes no more pages."""
        self._pages.close()

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Any request, with any method and path."""
        if request.method not in answers.METHODS:
            return answers.not_that_way()
        try:
            return await self._read(request.path)
        except TooBusyError:
            log.warning("web.too_busy")
        except GrokbotError as error:
            log.warning("web.unanswered error=%s", type(error).__name__)
        except Exception:
            log.exception("web.failed")
        return answers.later()

    async def _read(self, path: str) -> web.Response:
        if path == "/healthz":
            return answers.document(b"ok\n", "text/plain")
        if not path.startswith(PREFIX):
            return answers.nothing()
        token, form = _split(path.removeprefix(PREFIX))
        # Whatever was asked for is looked up by its hash, so that no answer comes sooner than another.
        transcript = await self._shared(token)
        if transcript is None:
            return answers.nothing()
        if form == MARKDOWN:
            return answers.document(
                await self._pages.markdown(transcript), "text/markdown", file_name(transcript, "md")
            )
        if form == JSON:
            return answers.document(
                await self._pages.json(transcript), "application/json", file_name(transcript, "json")
            )
        url = share_url(self._public_url, token) if self._public_url else ""
        return answers.document(await self._pages.html(transcript, url), "text/html", file_name(transcript, "html"))


def _split(asked: str) -> tuple[str, str]:
    """The token and the form, which may be empty: a token has no dot in it."""
    for form in (MARKDOWN, JSON):
        if asked.endswith(form):
            return asked.removesuffix(form), form
    return asked, ""


def share_url(public_url: str, token: str) -> str:
    """Where a share is read; `public_url` is the setting, without a slash at its end."""
    return f"{public_url}{PREFIX}{token}"
