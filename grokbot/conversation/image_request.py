"""Images that xAI makes of a prompt: what is asked for, and what comes. Pure.

Not here: xAI's messages (`xai.images`), who may ask and who pays (`engine.library.images`), Discord.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grokbot.conversation.parts import ImagePart
    from grokbot.conversation.response import Usage

ASPECTS = (
    "1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16", "2:1", "1:2", "19.5:9", "9:19.5", "20:9", "9:20",
)  # fmt: skip
"""Width to height, of those that xAI makes."""

MOST_IMAGES = 4
"""Images of one request or answer: xAI would make ten."""

LONGEST_PROMPT = 1_000
"""Characters. The prompt is also the image's description, of which Discord keeps 1,024."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """One request to the image model.

    Args:
        prompt: What to show; with `sources`, what to change.
        model: xAI's name of the model.
        count: How many.
        aspect: One of `ASPECTS`; None: as the model likes, or as the source.
        sources: The images to edit.
    """

    prompt: str
    model: str
    count: int = 1
    aspect: str | None = None
    sources: tuple[ImagePart, ...] = ()


@dataclass(frozen=True, slots=True)
class MadeImages:
    """What came of a request."""

    images: tuple[ImagePart, ...]
    withheld: int
    """How many xAI made and does not show, because of its usage guidelines."""
    usage: Usage
