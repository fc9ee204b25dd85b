"""Is a file text, and what does it say: told by its bytes, and by the charset that was named with it. Pure.

Not here: fetching files (`attachments`), how they are put to a model (`conversation.text.quotations`).
"""

from __future__ import annotations

import codecs
import re
from email.message import Message
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = 4096
"""Bytes by which it is told whether a file may be text at all."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""The longer ones first: one begins with another."""
_WIDE = {"utf-16": 2, "utf-32": 4}
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined", "mbcs", "oem"}
)
"""Python's codecs that are no charset of files, or that are slow."""
_CONTROLS = re.compile("[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROLS = 0.02
_LEAST_PLAIN = 0.7
"""Of a file in one of the old Western charsets that nobody named, the share that is ASCII."""


def text_of(data: bytes, content_type: str | None) -> str | None:
    """What a file says, with line breaks as here; None where it is no text.

    Args:
        data: All of the file.
        content_type: As Discord names it, perhaps with a charset; None where it does not.
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
    """Whether a file is named a picture, a sound or the like. Some that are so named are texts all the same."""
    return _named(content_type)[0].partition("/")[0] in ("image", "audio", "video", "font")


def may_be_text(head: bytes, content_type: str | None) -> bool:
    """Whether a file that begins so may be text; what it says is told by all of it.

    Args:
        head: Its first `HEAD` bytes, or all of a shorter one.
        content_type: See `text_of`.
    """
    cut = head[: len(head) - len(head) % 4] if len(head) >= HEAD else head
    # The head may end within a character.
    return any(text_of(cut[: len(cut) - lost], content_type) is not None for lost in range(4))


def _charsets(data: bytes, content_type: str | None) -> Iterator[str]:
    """Those that the file may be in, the likeliest first."""
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
    """The kind of file and the charset that are named, the latter as Python calls it."""
    header = Message()
    header["content-type"] = content_type or ""
    try:
        named = codecs.lookup(str(header.get_param("charset", "")).strip("'\" ")).name
    except (LookupError, ValueError):
        named = ""
    is_text = named != "" and getattr(codecs.lookup(named), "_is_text_encoding", False)
    return header.get_content_type(), named if is_text and named.replace("_", "-") not in _NO_CHARSETS else None


def _ordered(data: bytes, charset: str) -> str:
    """The charset with its order of bytes, where it has two and no mark tells which."""
    width = _WIDE.get(charset)
    if width is None:
        return charset
    first, last = data[:HEAD:width].count(0), data[width - 1 : HEAD : width].count(0)
    if first == last:  # nothing Western in it: spaces and line breaks tell
        big = data.count(b"\x00 ") + data.count(b"\x00\n") + data.count(b"\x30\x02")
        little = data.count(b" \x00") + data.count(b"\n\x00") + data.count(b"\x02\x30")
        return f"{charset}-be" if big > little else f"{charset}-le"
    return f"{charset}-be" if first > last else f"{charset}-le"


def _has_gaps(data: bytes, width: int) -> bool:
    """Whether there are zero bytes at the same place of most characters, as in wide charsets."""
    if len(data) % width or not data:
        return False
    most = max(data[place:HEAD:width].count(0) for place in (0, width - 1))
    return most * width >= 0.5 * min(len(data), HEAD)


def _is_text(text: str) -> bool:
    return "\x00" not in text and len(_CONTROLS.findall(text)) <= _MOST_CONTROLS * len(text)
