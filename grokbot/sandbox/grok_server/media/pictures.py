"""Pictures as bytes: what kind and how large one is, and making one. Pure.

Here: the headers of PNG, JPEG and WebP, a PNG painted from a text. Not here: where pictures come from.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from grokbot.wire.xai.chat_pb2 import ImageUrlContent

#: What xAI reads; anything else is refused.
MEDIA_TYPES: Final = frozenset({"image/png", "image/jpeg", "image/jpg", "image/webp"})

#: The largest picture that is read, in bytes.
LARGEST: Final = 10 << 20

_DATA: Final = re.compile(r"data:(?P<type>[^;,]*)(?P<more>(?:;[^,;]*)*),")
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_BAND: Final = 16

#: In a JPEG: what begins every segment, and the segments that hold the size.
_MARKER: Final = 0xFF
_STARTS_OF_FRAME: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that could be read; width and height in pixels."""

    media_type: str
    width: int
    height: int


def opened(data: bytes) -> Picture | None:
    """The picture in `data`, or None if it is none of the kinds in `MEDIA_TYPES` or ends too early."""
    try:
        if data.startswith(_PNG) and data[12:16] == b"IHDR":
            found = _png(data)
        elif data.startswith(b"\xff\xd8\xff"):
            found = _jpeg(data)
        elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            found = _webp(data)
        else:
            return None
    except (struct.error, IndexError):
        return None
    return found if found is not None and found.width and found.height else None


def of_address(address: str) -> tuple[str, bytes] | None:
    """Media type and bytes of a data: address; None if it is not one, or not in base64."""
    found = _DATA.match(address)
    if found is None or ";base64" not in found["more"]:
        return None
    try:
        return found["type"].lower(), base64.b64decode(address[found.end() :], validate=True)
    except (binascii.Error, ValueError):
        return None


def of_content(image: ImageUrlContent) -> Picture | None:
    """The picture of a message; None if it lies elsewhere or cannot be read."""
    found = of_address(image.image_url)
    return None if found is None else opened(found[1])


def address_of(media_type: str, data: bytes) -> str:
    """The data: address of a picture."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def painted(text: str, width: int, height: int) -> bytes:
    """A PNG of diagonal bands; the same text gives the same bytes.

    Args:
        text: The colours depend on it.
        width: Pixels.
        height: Pixels.
    """
    digest = hashlib.blake2b(text.encode(errors="replace"), digest_size=12).digest()
    period = 4 * _BAND
    line = bytes((x // _BAND) % 4 for x in range(width + period))
    rows = b"".join(b"\0" + line[(y % period) : (y % period) + width] for y in range(height))
    return b"".join(
        (
            _PNG,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", digest),
            _chunk(b"IDAT", zlib.compress(rows, 6)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(data: bytes) -> Picture | None:
    width, height = struct.unpack(">II", data[16:24])
    return Picture("image/png", width, height) if b"IDAT" in data else None


def _jpeg(data: bytes) -> Picture | None:
    at = 2
    while data[at] == _MARKER:
        marker, size = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        if marker in _STARTS_OF_FRAME:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return Picture("image/jpeg", width, height)
        at += 2 + size
    return None


def _webp(data: bytes) -> Picture | None:
    match data[12:16]:
        case b"VP8 ":
            width, height = struct.unpack("<HH", data[26:30])
            return Picture("image/webp", width & 0x3FFF, height & 0x3FFF)
        case b"VP8L":
            bits = struct.unpack("<I", data[21:25])[0]
            return Picture("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case b"VP8X":
            sizes = struct.unpack("<I", data[24:27] + b"\0")[0], struct.unpack("<I", data[27:30] + b"\0")[0]
            return Picture("image/webp", sizes[0] + 1, sizes[1] + 1)
        case _:
            return None
