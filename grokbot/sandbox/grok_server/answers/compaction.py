"""A long conversation as one sealed message, and that message read again. Pure.

Here: what is kept of a conversation, sealing it, putting it in its place. Not here: gRPC, tokens (`chat`).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from grokbot.sandbox.grok_server.answers.author import text_of
from grokbot.sandbox.grok_server.answers.encrypted_content import owner_of, seal, unseal
from grokbot.wire.xai.chat_pb2 import CompactContextRequest, Content, Message, MessageRole

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Words that are kept of a message.
_WORDS: Final = 12

_PROMPTS: Final = frozenset({MessageRole.ROLE_SYSTEM, MessageRole.ROLE_DEVELOPER})
_SPEAKERS: Final = {MessageRole.ROLE_USER: "person", MessageRole.ROLE_ASSISTANT: "answer"}


def record_of(conversation: Sequence[Message]) -> str:
    """What the model writes down of a conversation: the beginning of each message, without tools."""
    said = [
        f"{_SPEAKERS[message.role]}: {' '.join(text_of(message).split()[:_WORDS])}"
        for message in conversation
        if message.role in _SPEAKERS and text_of(message).strip()
    ]
    return "\n".join(("Earlier in this conversation:", *said))


def sealed(conversation: Sequence[Message], record: str, key: str) -> str:
    """The conversation as what goes back as encrypted_content: its system prompts and the record.

    Args:
        conversation: All of it.
        record: What was written down of it.
        key: Whose it is; any model of that key opens it.
    """
    kept = [message for message in conversation if message.role in _PROMPTS]
    kept.append(Message(role=MessageRole.ROLE_DEVELOPER, content=[Content(text=record)]))
    raw = CompactContextRequest(input=kept).SerializeToString()
    return seal(base64.b64encode(raw).decode(), _owner(key))


def is_compaction(message: Message) -> bool:
    """Whether a message claims to be a compacted conversation."""
    return message.role == MessageRole.ROLE_USER and bool(message.encrypted_content)


def opens(message: Message, key: str) -> bool:
    """Whether a compacted conversation can be read with this key."""
    return unseal(message.encrypted_content, _owner(key)) is not None


def unfolded(conversation: tuple[Message, ...], key: str) -> tuple[Message, ...]:
    """The conversation as the model reads it: from the last compaction on, with what that holds in its place.

    Args:
        conversation: All of it, stored messages included.
        key: Whose it is.
    """
    starts = [number for number, message in enumerate(conversation) if is_compaction(message)]
    if not starts:
        return conversation
    raw = unseal(conversation[starts[-1]].encrypted_content, _owner(key)) or ""
    kept = CompactContextRequest.FromString(base64.b64decode(raw)).input
    return (*kept, *conversation[starts[-1] + 1 :])


def _owner(key: str) -> str:
    return owner_of(key, "compaction")
