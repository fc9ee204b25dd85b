"""The name of a source. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from grokbot.conversation.text.wording import shortened

LONGEST_NAME = 60
"""Characters of a source's name."""

X_HOSTS = frozenset({"x.com", "twitter.com", "mobile.twitter.com"})
_HANDLE = re.compile(r"(?!(?:i|search|home|hashtag|explore|intent|share)\Z)[A-Za-z0-9_]{1,15}")
_HOST = re.compile(r"[a-z0-9._-]+")


_UNSAFE = re.compile(r"[\\`*~|()<>\[\]\"'\s]")


def safe_address(url: str) -> str:
    """An address in which nothing is read as Markdown, to stand between `(<` and `>)`."""
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url)


def source_name(url: str) -> str:
    """How a source is called: its host, for X with the handle. "" if the address has none.

    Look-alikes of letters show as what they are: such a host is written in ASCII.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.").encode("idna").decode()
    except (ValueError, UnicodeError):
        return ""
    if host in X_HOSTS:
        handle = parts.path.split("/")[1:2]
        return f"x.com/{handle[0]}" if handle and _HANDLE.fullmatch(handle[0]) else "x.com"
    return shortened(host, LONGEST_NAME) if _HOST.fullmatch(host) else ""
