"""Content of a prompt's message that is not its words, and the attachments of responses that it comes from.

Not here: preparing pictures and files (`documents.uploads`), fetching them (`discord_bot.content`), keeping them
(`store`), xAI's messages (`xai.requests`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence


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


LONGEST_NAME = 80
"""Characters of an image's name that come from its prompt."""

DRAWN_TOKENS = 1_792
"""Of an image that the model made: the most that a picture takes."""

Part: TypeAlias = TextPart | ImagePart | FilePart


class AttachmentKind(StrEnum):
    """What the model is shown of an attachment."""

    PICTURE = "picture"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    """A picture or a file that came with a person's message, as the model is shown it. Text files are in the text."""

    kind: AttachmentKind
    name: str
    media_type: str = ""
    size: int = 0
    """Bytes of the prepared data."""
    width: int | None = None
    """Of a picture, in pixels, as prepared; the height likewise."""
    height: int | None = None
    detail: Detail = Detail.AUTO
    tokens: int = 0
    """How many tokens it is expected to take."""
    author_id: int | None = None
    """Whose it is, if it came with another person's message that this one replies to or forwards."""
    channel_id: int | None = None
    message_id: int | None = None
    """The Discord message that it came with."""
    attachment_id: int | None = None
    """Discord's id; None for the picture of an embed."""
    response_id: str = ""
    """Under which response it is stored; "": not yet."""
    number: int = 0
    """Which of that response's attachments it is."""
    data: bytes | None = field(default=None, repr=False)
    """None: not loaded, or not stored."""

    @property
    def sent_bytes(self) -> int:
        """Bytes of it in a request, about: a picture is sent as base64."""
        return -(-self.size // 3) * 4 if self.kind is AttachmentKind.PICTURE else self.size

    def part(self, data: bytes) -> ImagePart | FilePart:
        """What a request holds of it."""
        if self.kind is AttachmentKind.PICTURE:
            return ImagePart(data, self.media_type, self.detail)
        return FilePart(self.name, self.media_type, data)


def drawn(image: ImagePart, prompt: str, number: int) -> AttachedFile:
    """An image that the model made in an answer.

    Args:
        image: The image.
        prompt: What the model asked for; its words become the name.
        number: How many the answer had before.
    """
    words = "-".join(re.findall(r"\w+", prompt))[:LONGEST_NAME].strip("-_") or "image"
    ending = image.media_type.removeprefix("image/").replace("jpeg", "jpg")
    return AttachedFile(
        kind=AttachmentKind.PICTURE,
        name=f"{words}-{number + 1}.{ending}",
        media_type=image.media_type,
        size=len(image.data),
        detail=image.detail,
        tokens=DRAWN_TOKENS,
        data=image.data,
    )


def identities(attachments: Sequence[AttachedFile]) -> Sequence[object]:
    """What tells whether two messages have the same attachments."""
    return [each.attachment_id or (each.name, each.size) for each in attachments]
