"""The local state of a conversation, which others may continue at the same time. Pure.

Not here: calls to the daemon (`talk`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grokbot.wire.grokbot import daemon_pb2
    from grokbot.wire.prompt_ide import chat_pb2

HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Spoken:
    """Somebody else wrote something, or was answered."""

    response: chat_pb2.Response


@dataclass(frozen=True, slots=True)
class NewTitle:
    """The title has changed."""

    title: str


@dataclass(frozen=True, slots=True)
class ConversationGone:
    """The conversation was deleted."""


News = Spoken | NewTitle | ConversationGone


@dataclass(slots=True)
class Known:
    """One conversation's local state."""

    conversation_id: str
    leaf_id: str = ""
    title: str = ""
    responses: dict[str, chat_pb2.Response] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    """Responses caused by input here; they are no news."""
    asking: str | None = None
    """The response being answered because of input here; "" while it is unknown."""
    branched_from: str = ""
    """The response of another conversation that this one continues."""
    gone: bool = False

    def take(self, response: chat_pb2.Response) -> None:
        """Add or update a response."""
        self.responses[response.response_id] = response

    def told(self, happening: daemon_pb2.Happening) -> News | None:
        """Apply an event. Returns the news to show, if any."""
        match happening.WhichOneof("happening"):
            case "conversation":
                self._read(happening.conversation)
            case "user_response":
                return self._spoken(happening.user_response)
            case "answering":
                self._answering(happening.answering)
            case "model_response":
                return self._spoken(happening.model_response)
            case "leaf_response_id":
                self.leaf_id = happening.leaf_response_id
            case "title":
                return self._titled(happening.title)
            case "deleted":
                self.gone = True
                return ConversationGone()
        return None

    def variants(self) -> tuple[chat_pb2.Response, ...]:
        """The variants of the leaf's answer, oldest first; empty if the leaf is no answer."""
        leaf = self.responses.get(self.leaf_id)
        if leaf is None or leaf.sender == HUMAN or self.leaf_id == self.branched_from:
            return ()
        parent = leaf.parent_response_id
        beside = (one for one in self.responses.values() if one.parent_response_id == parent and one.sender != HUMAN)
        return tuple(sorted(beside, key=lambda one: one.response_id))

    def _read(self, conversation: chat_pb2.Conversation) -> None:
        self.title = conversation.title
        self.responses = {one.response_id: one for one in conversation.responses}

    def _spoken(self, response: chat_pb2.Response) -> News | None:
        heard = response.response_id in self.own
        self.take(response)
        if response.sender != HUMAN and not response.partial:
            self._answered(response)
        return None if heard else Spoken(response)

    def _answered(self, response: chat_pb2.Response) -> None:
        """Move the leaf to the answer to a message sent at the leaf.

        The daemon reports it a moment later, but a message sent right after the answer must go below it.
        """
        asked = self.responses.get(response.parent_response_id)
        if asked is not None and asked.parent_response_id == self.leaf_id:
            self.leaf_id = response.response_id

    def _answering(self, response: chat_pb2.Response) -> None:
        if self.asking is not None and response.parent_response_id == self.asking:
            self.own.add(response.response_id)

    def _titled(self, title: str) -> News | None:
        before, self.title = self.title, title
        return NewTitle(title) if title != before else None
