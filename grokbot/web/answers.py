"""What every answer of the web server has: which headers, and the pages that only say something. PURE but for aiohttp.

Not here: which request gets which answer (`server`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from grokbot.documents.as_html import content_policy, nothing_html

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING = "Nothing is shared here"
NOTHING_WORDS = "This address does not lead to a conversation, or what it led to is no longer shared."
LATER = "This page cannot be shown right now"
LATER_WORDS = "Please try again in a moment."
METHODS = ("GET", "HEAD")


def safe_headers() -> Mapping[str, str]:
    """Headers of every answer: a page runs nothing, loads nothing, is framed, indexed and kept by nobody."""
    return {
        "Content-Security-Policy": f"{content_policy()}; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow, noarchive",
        "Cache-Control": "private, no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def document(content: bytes, content_type: str, file_name: str = "") -> web.Response:
    """A reply with something to read.

    Args:
        content: The body, as UTF-8.
        content_type: Its media type.
        file_name: What a browser calls it when it is saved, in plain ASCII; empty: no name.
    """
    headers = {"Content-Disposition": f'inline; filename="{file_name}"'} if file_name else None
    return web.Response(body=content, content_type=content_type, charset="utf-8", headers=headers)


def nothing() -> web.Response:
    """The one answer for whatever is not there, was never there, or is there no longer."""
    return _saying(404, NOTHING, NOTHING_WORDS)


def later() -> web.Response:
    """For what would be there, if it could be had now."""
    answer = _saying(503, LATER, LATER_WORDS)
    answer.headers["Retry-After"] = "5"
    return answer


def not_that_way() -> web.Response:
    """For any method but GET and HEAD, wherever it is tried."""
    return web.Response(status=405, headers={"Allow": ", ".join(METHODS)})


def _saying(status: int, title: str, words: str) -> web.Response:
    return web.Response(status=status, text=nothing_html(title, words), content_type="text/html")
