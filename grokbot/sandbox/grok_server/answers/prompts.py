"""The prompt as countable segments, and how much of it is cached.

Here: a request's tools and messages with their token counts; the longest common prefix with earlier requests of
the same conversation. Not here: whether a request is valid.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grokbot.sandbox.grok_server.answers import tokens
from grokbot.sandbox.grok_server.answers.encrypted_content import below
from grokbot.sandbox.grok_server.media import pictures
from grokbot.sandbox.grok_server.media.documents import text_of
from grokbot.wire.xai.chat_pb2 import ImageDetail, Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from grokbot.wire.xai.chat_pb2 import FileContent, ImageUrlContent, Tool

#: How many conversations the cache keeps, and prompts of each.
CONVERSATIONS: Final = 4_096
PROMPTS_EACH: Final = 8

#: Characters of a file that are counted; a longer one is estimated at four characters a token.
_COUNTED: Final = 200_000


@dataclass(frozen=True, slots=True)
class Segment:
    """One message or tool: the unit of the cache, cached as a whole or not at all."""

    digest: bytes
    text_tokens: int
    image_tokens: int = 0


def segments(tools: Iterable[Tool], messages: Iterable[Message]) -> tuple[Segment, ...]:
    """The prompt in the model's reading order: tools first, then the conversation."""
    return (*(_of_tool(tool) for tool in tools), *(_of_message(message) for message in messages))


def _of_tool(tool: Tool) -> Segment:
    raw = tool.SerializeToString(deterministic=True)
    return Segment(hashlib.blake2b(raw, digest_size=16).digest(), tokens.PER_MESSAGE + len(raw) // 4)


def _of_message(message: Message) -> Segment:
    written = [part.text for part in message.content if part.WhichOneof("content") == "text"]
    written += [call.function.arguments for call in message.tool_calls]
    # Reasoning sent back both open and sealed is read once.
    written.append(below(message.encrypted_content) if message.encrypted_content else message.reasoning_content)
    files = [part.file for part in message.content if part.WhichOneof("content") == "file"]
    images = [part.image_url for part in message.content if part.WhichOneof("content") == "image_url"]
    if message.encrypted_content and message.reasoning_content:  # the same to the model, whether both come or one
        message = Message.FromString(message.SerializeToString())
        message.ClearField("reasoning_content")
    raw = message.SerializeToString(deterministic=True)
    return Segment(
        hashlib.blake2b(raw, digest_size=16).digest(),
        tokens.PER_MESSAGE
        + tokens.count(message.name)
        + sum(tokens.count(text) for text in written)
        + sum(_file_tokens(file) for file in files),
        sum(_image_tokens(image) for image in images),
    )


def _image_tokens(image: ImageUrlContent) -> int:
    picture = pictures.of_content(image)
    low = image.detail == ImageDetail.DETAIL_LOW
    if picture is None:
        return tokens.IMAGE_LOW if low else tokens.IMAGE_HIGH
    return tokens.image(picture.width, picture.height, low=low, auto=image.detail != ImageDetail.DETAIL_HIGH)


def _file_tokens(file: FileContent) -> int:
    """Its name, and its text if it is a text; what is none is opened by a tool, and what lies elsewhere too."""
    text = text_of(file.data) or ""
    return tokens.count(file.filename) + (tokens.count(text) if len(text) <= _COUNTED else len(text) // 4)


class PromptCache:
    """Earlier prompts by `x-grok-conv-id`; without that id nothing is cached, as on another server."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, deque[tuple[Segment, ...]]] = OrderedDict()

    def visit(self, conversation: str, prompt: tuple[Segment, ...]) -> int:
        """Text tokens in the longest prefix that `prompt` shares with an earlier one; remembers this one too."""
        if not conversation:
            return 0
        earlier = self._seen.setdefault(conversation, deque(maxlen=PROMPTS_EACH))
        self._seen.move_to_end(conversation)
        found = max((_common(old, prompt) for old in earlier), default=0)
        earlier.append(prompt)
        if len(self._seen) > CONVERSATIONS:
            self._seen.popitem(last=False)
        return found

    def forget(self) -> None:
        """Empty the cache, as on a new server."""
        self._seen.clear()


def _common(old: Sequence[Segment], new: Sequence[Segment]) -> int:
    shared = 0
    for ours, theirs in zip(old, new, strict=False):
        if ours.digest != theirs.digest:
            break
        shared += theirs.text_tokens
    return shared
