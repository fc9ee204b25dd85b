"""Decides whether a file is text, and reads it, by its bytes and its declared charset. Pure.

Not here: fetching files (`discord_bot.content`), how they are shown to a model (`conversation.text.quotations`).
"""

from __future__ import annotations

import codecs
import re
from email.message import Message
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = 4096
"""Bytes that decide whether a file may be text at all."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""The longer ones first: one is the beginning of another."""
_WIDE = {"utf-16": 2, "utf-32": 4}
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined", "mbcs", "oem"}
)
"""Python's codecs that are not file charsets, or that are slow."""
_CONTROLS = re.compile("[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROLS = 0.02
_LEAST_PLAIN = 0.7
"""The share of ASCII that a file in an undeclared old Western charset must have."""


def text_of(data: bytes, content_type: str | None) -> str | None:
    """The text of a file, with line breaks as here; None if it is not text.

    Args:
        data: The whole file.
        content_type: As Discord names it, perhaps with a charset; None if it does not.
    """
    for charset in _charsets(data, content_type):
        try:
            text = data.decode(charset).removeprefix("\ufeff")
        except (UnicodeError, ValueError):
            continue
        if _is_text(text):
            return text.replace("\r\n", "\n").replace("\r", "\n")
    return None


def is_media(content_type: str | None) -> bool:
    """Whether a file is declared as a picture, a sound or the like. Some of them are text all the same."""
    return _named(content_type)[0].partition("/")[0] in ("image", "audio", "video", "font")


def may_be_text(head: bytes, content_type: str | None) -> bool:
    """Whether a file with this beginning may be text; only the whole file is certain.

    Args:
        head: Its first `HEAD` bytes, or all of a shorter one.
        content_type: See `text_of`.
    """
    cut = head[: len(head) - len(head) % 4] if len(head) >= HEAD else head
    # The head may end inside a character.
    return any(text_of(cut[: len(cut) - lost], content_type) is not None for lost in range(4))


def _charsets(data: bytes, content_type: str | None) -> Iterator[str]:
    """The charsets that the file may have, the likeliest first."""
    for mark, charset in _MARKS:
        if data.startswith(mark):
            yield charset
            return
    kind, named = _named(content_type)
    if named is not None:
        yield _ordered(data, named)
    yield "utf-8"
    for wide in ("utf-16", "utf-32"):
        if _has_gaps(data, _WIDE[wide]):
            yield _ordered(data, wide)
    if is_media(content_type):
        return
    plain = sum(32 <= byte < 127 or byte in b"\t\r\n" for byte in data[:HEAD])  # noqa: PLR2004 - ASCII's printable ones
    if kind.startswith("text/") or plain >= _LEAST_PLAIN * min(len(data), HEAD):
        yield "cp1252"
    if kind.startswith("text/"):
        yield "latin-1"


def _named(content_type: str | None) -> tuple[str, str | None]:
    """The declared kind of file and charset, the latter under Python's name."""
    header = Message()
    header["content-type"] = content_type or ""
    try:
        named = codecs.lookup(str(header.get_param("charset", "")).strip("'\" ")).name
    except (LookupError, ValueError):
        named = ""
    is_text = named != "" and getattr(codecs.lookup(named), "_is_text_encoding", False)
    return header.get_content_type(), named if is_text and named.replace("_", "-") not in _NO_CHARSETS else None


def _ordered(data: bytes, charset: str) -> str:
    """The charset with its byte order, if it has two and no mark decides."""
    width = _WIDE.get(charset)
    if width is None:
        return charset
    first, last = data[:HEAD:width].count(0), data[width - 1 : HEAD : width].count(0)
    if first == last:  # nothing Western in it: spaces and line breaks decide
        big = data.count(b"\x00 ") + data.count(b"\x00\n") + data.count(b"\x30\x02")
        little = data.count(b" \x00") + data.count(b"\n\x00") + data.count(b"\x02\x30")
        return f"{charset}-be" if big > little else f"{charset}-le"
    return f"{charset}-be" if first > last else f"{charset}-le"


def _has_gaps(data: bytes, width: int) -> bool:
    """Whether most characters have a zero byte in the same place, as in wide charsets."""
    if len(data) % width or not data:
        return False
    most = max(data[place:HEAD:width].count(0) for place in (0, width - 1))
    return most * width >= 0.5 * min(len(data), HEAD)


def _is_text(text: str) -> bool:
    return "\x00" not in text and len(_CONTROLS.findall(text)) <= _MOST_CONTROLS * len(text)
