"""What is known here of a conversation, which others may go on with at the same time. Pure.

Not here: asking the daemon (`talk`).
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
    """Somebody else said something, or was answered."""

    response: chat_pb2.Response


@dataclass(frozen=True, slots=True)
class NewTitle:
    """It has another title."""

    title: str


@dataclass(frozen=True, slots=True)
class ConversationGone:
    """It was deleted."""


News = Spoken | NewTitle | ConversationGone


@dataclass(slots=True)
class Known:
    """One conversation."""

    conversation_id: str
    leaf_id: str = ""
    title: str = ""
    responses: dict[str, chat_pb2.Response] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    """Responses that came of what was typed here; they are no news."""
    asking: str | None = None
    """The response that is being answered because of what was typed here; "" while that is not known yet."""
    branched_from: str = ""
    """The response of another conversation that this one goes on from."""
    gone: bool = False

    def take(self, response: chat_pb2.Response) -> None:
        """A response as it is now."""
        self.responses[response.response_id] = response

    def told(self, happening: daemon_pb2.Happening) -> News | None:
        """Follows what happens; returns what a person here should hear of it."""
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
        """The answers that stand where the leaf stands, as they were made; none before an answer."""
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
        """The answer to what was said at the leaf is the leaf from now on.

        The daemon tells that a moment later; who says something as soon as it is shown says it below this answer.
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
