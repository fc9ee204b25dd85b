"""Images that came inside a message of xAI's: as a `data:` address, or in what its image tool said. Pure.

Not here: the messages (`images`, `chunks`).
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode

from grokbot.conversation.parts import ImagePart

DATA_ADDRESS = re.compile(r"data:(image/[\w.+-]{1,40});base64,", re.ASCII)


def image_of_tool(content: str) -> ImagePart | None:
    """The image in what the tool `image_generation` said; None if there is none, for example if it failed."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or said.get("__type") != "image_generation_result":
        return None
    address = said.get("result")
    return image_at(address) if isinstance(address, str) else None


def image_at(address: str) -> ImagePart | None:
    """The image that a `data:` address holds; None if it is none."""
    head = DATA_ADDRESS.match(address)
    if head is None:
        return None
    try:
        data = b64decode(address[head.end() :], validate=True)
    except binascii.Error:
        return None
    return ImagePart(data, head[1]) if data else None
