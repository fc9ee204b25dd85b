"""Responses stored with store_messages, and their expiry.

Here: storing, finding, expiring, and the conversation behind a stored response. Not here: gRPC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.wire.xai.chat_pb2 import GetChatCompletionResponse, Message


@dataclass(frozen=True, slots=True)
class Stored:
    """One answer with its turn's messages; it shares the earlier turns by reference."""

    response: GetChatCompletionResponse
    messages: tuple[Message, ...]
    earlier: Stored | None
    expires_at: float

    def conversation(self) -> tuple[Message, ...]:
        """Every message up to and including this answer, oldest first."""
        chain: list[Stored] = []
        link: Stored | None = self
        while link is not None:
            chain.append(link)
            link = link.earlier
        return tuple(message for stored in reversed(chain) for message in stored.messages)


class StoredResponses:
    """All stored responses by id. An expired one looks as if it never existed.

    Deleting or expiring a response does not affect those that continue it: each keeps its own history.
    """

    def __init__(self, keep_seconds: float, now: Callable[[], float]) -> None:
        """`now` is the wall clock, in seconds."""
        self._keep_seconds = keep_seconds
        self._now = now
        self._by_id: dict[str, Stored] = {}

    def add(self, response: GetChatCompletionResponse, messages: tuple[Message, ...], earlier: Stored | None) -> None:
        """Store an answer.

        Args:
            response: The answer.
            messages: Its turn's messages; its own is the last.
            earlier: The answer it continues; None: it begins a conversation.
        """
        self._by_id[response.id] = Stored(response, messages, earlier, self._now() + self._keep_seconds)

    def find(self, response_id: str) -> Stored | None:
        """The response, unless it has expired, was deleted or never existed."""
        stored = self._by_id.get(response_id)
        if stored is not None and stored.expires_at <= self._now():
            del self._by_id[response_id]
            return None
        return stored

    def forget(self, response_id: str) -> bool:
        """Drop one. Returns whether it existed."""
        found = self.find(response_id) is not None
        self._by_id.pop(response_id, None)
        return found

    def forget_all(self) -> None:
        """Drops every one."""
        self._by_id.clear()
