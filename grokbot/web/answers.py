"""Headers common to all web answers, and the pages that only show a message. PURE but for aiohttp.

Not here: which request gets which answer (`share_site`, `operator_site`).
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
    """Headers of every answer: a page runs and loads nothing, and nobody may frame, index or cache it."""
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
    """A reply with a document.

    Args:
        content: The body, as UTF-8.
        content_type: Its media type.
        file_name: The name for saving it, in plain ASCII; empty: none.
    """
    headers = {"Content-Disposition": f'inline; filename="{file_name}"'} if file_name else None
    return web.Response(body=content, content_type=content_type, charset="utf-8", headers=headers)


def of_use(*, mute: bool) -> web.Response:
    """Whether the daemon should run on, for what starts it anew otherwise: the verdict of systemd's watchdog."""
    answer = document(b"mute\n" if mute else b"ok\n", "text/plain")
    answer.set_status(503 if mute else 200)
    return answer


def nothing() -> web.Response:
    """The one answer for everything that does not exist, never existed, or is gone."""
    return _saying(404, NOTHING, NOTHING_WORDS)


def later() -> web.Response:
    """The answer for a page that exists but is unavailable now."""
    answer = _saying(503, LATER, LATER_WORDS)
    answer.headers["Retry-After"] = "5"
    return answer


def not_that_way() -> web.Response:
    """The answer for any method but GET and HEAD, on every path."""
    return web.Response(status=405, headers={"Allow": ", ".join(METHODS)})


def _saying(status: int, title: str, words: str) -> web.Response:
    return web.Response(status=status, text=nothing_html(title, words), content_type="text/html")
