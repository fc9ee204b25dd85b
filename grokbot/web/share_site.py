"""The public site: share pages in three formats, the privacy policy, and whether the daemon is alive.

Here: which path has which page. Not here: what is shared (`engine`), how it looks (`documents`), the listening
address (`listener`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from grokbot.documents.transcript import file_name
from grokbot.settings import POLICY_PATH
from grokbot.web import answers
from grokbot.web.listener import PUBLIC, Address, serving
from grokbot.web.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from aiohttp import web

    from grokbot.documents.transcript import Transcript
    from grokbot.settings import WebSettings

    Shared: TypeAlias = Callable[[str], Awaitable[Transcript | None]]
    Policy: TypeAlias = Callable[[], str]

PREFIX = "/s/"
MARKDOWN = ".md"
JSON = ".json"


def serving_share_site(
    settings: WebSettings, shared: Shared, policy: Policy = lambda: "", is_mute: Callable[[], bool] = bool
) -> AbstractAsyncContextManager[str]:
    """Serve share pages and the policy within the block; yields and raises as `listener.serving` does.

    Args:
        settings: Where to listen.
        shared: As for `ShareSite`, like the policy.
        policy: Writes the privacy policy as a page; empty: none.
        is_mute: Whether the daemon is of no use to anybody.
    """
    address = Address("share", "web.listen", "the web server", settings.listen, PUBLIC)
    return serving(address, lambda: ShareSite(shared, settings.public_url, policy, is_mute))


class ShareSite:
    """The pages that everybody may read who has their address.

    Args:
        shared: The transcript of a token; None for an invalid token. Raises a GrokbotError if it cannot be read.
        public_url: The setting; without it pages do not name their address.
        policy: Writes the privacy policy as a page; empty: the operator's is elsewhere.
        is_mute: Whether the daemon is of no use to anybody.
    """

    def __init__(
        self, shared: Shared, public_url: str | None, policy: Policy, is_mute: Callable[[], bool] = bool
    ) -> None:
        self._is_mute = is_mute
        self._shared = shared
        self._policy = policy
        self._public_url = public_url
        self._pages = Pages()

    def close(self) -> None:
        """Stop rendering pages."""
        self._pages.close()

    async def page(self, request: web.BaseRequest) -> web.Response:
        """The page at a path. Raises a GrokbotError or TooBusyError where it cannot be shown now."""
        return await self._read(request.path)

    async def _read(self, path: str) -> web.Response:
        if not path.startswith(PREFIX):
            return self._plain_page(path)
        token, form = _split(path.removeprefix(PREFIX))
        # Tokens are looked up by hash, so that timing reveals nothing about them.
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

    def _plain_page(self, path: str) -> web.Response:
        if path == "/healthz":  # the public learns no more than that
            return answers.of_use(mute=self._is_mute())
        if path == POLICY_PATH and (policy := self._policy()):
            return answers.document(policy.encode(), "text/html")
        return answers.nothing()


def _split(asked: str) -> tuple[str, str]:
    """The token and the format, which may be empty: a token has no dot in it."""
    for form in (MARKDOWN, JSON):
        if asked.endswith(form):
            return asked.removesuffix(form), form
    return asked, ""


def share_url(public_url: str, token: str) -> str:
    """A share's address; `public_url` is the setting, without a trailing slash."""
    return f"{public_url}{PREFIX}{token}"
