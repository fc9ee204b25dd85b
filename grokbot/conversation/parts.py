"""Content of a prompt's message that is not its words: pictures, files, and text that must not pass for the words.

Not here: fetching and preparing it (`discord_bot.content`), keeping it (`store`), xAI's messages (`xai.requests`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias


class Detail(StrEnum):
    """The resolution at which the model looks at a picture; the names of xAI's levels."""

    AUTO = "auto"
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class TextPart:
    """A text of its own in front of the words."""

    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A picture. The same picture must have the same bytes in every request, else xAI's prompt cache misses."""

    data: bytes = field(repr=False)
    media_type: str
    """`image/jpeg` or `image/png`."""
    detail: Detail = Detail.AUTO


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file that xAI reads by itself."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


Part: TypeAlias = TextPart | ImagePart | FilePart


def size_of(part: Part) -> int:
    """Bytes of the part in a request, about: a picture is sent as base64."""
    match part:
        case TextPart():
            return len(part.text.encode(errors="replace"))
        case ImagePart():
            return -(-len(part.data) // 3) * 4
        case FilePart():
            return len(part.data)
