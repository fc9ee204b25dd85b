"""Splits text into tokens and counts them.

Here: one documented rule, the same for streaming, counting and billing. Not here: prices, or xAI's real tokenizer,
which is not public; its tokens are also about four characters of English.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

#: One token is: a space or nothing with up to six Latin letters or three digits after it, a run of line breaks or of
#: spaces, up to two letters of another script, or one character of any other kind.
_TOKEN: Final = re.compile(r" ?[A-Za-z]{1,6}| ?[0-9]{1,3}|\n+| +|[^\W\d_]{1,2}|.", re.DOTALL)

#: Tokens per message in addition to its text: its role and delimiters.
PER_MESSAGE: Final = 4

#: Tokens of an image. The documentation says that it is cut into at most six tiles of 448 pixels and 256 tokens, and
#: that one more is added; a low resolution is one tile. An image whose size is not known counts as the largest.
IMAGE_LOW: Final = 256
IMAGE_HIGH: Final = 1792
_TILE: Final = 448
_TILES: Final = 6

#: Up to this edge, in pixels, "auto" is the low resolution: an image of 597 x 566 was seen to cost 256 tokens.
AUTO_LOW: Final = 640


def split(text: str) -> list[str]:
    """The tokens of `text`, in order; joined they give the text again."""
    return _TOKEN.findall(text)


def count(text: str) -> int:
    """How many tokens `text` has."""
    return sum(1 for _ in _TOKEN.finditer(text))


def token_id(token: str) -> int:
    """The same number for the same token everywhere, below 2^17 like a real vocabulary."""
    return zlib.crc32(token.encode("utf-8", "surrogatepass")) % (1 << 17)


def image(width: int, height: int, *, low: bool = False, auto: bool = False) -> int:
    """Tokens of an image.

    Args:
        width: Pixels.
        height: Pixels.
        low: Low resolution was asked for.
        auto: The resolution was left to the server.
    """
    if low or (auto and max(width, height) <= AUTO_LOW):
        return IMAGE_LOW
    tiles = min(-(-width // _TILE) * -(-height // _TILE), _TILES)
    return (tiles + 1) * IMAGE_LOW
