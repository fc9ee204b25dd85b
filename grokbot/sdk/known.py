"""What is known on this side of a kept conversation: its properties, its responses, its leaf. Nothing here waits.

Not here: any call (`conversation`).
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, cast

from grokbot.sdk.response import Response

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime

    from grokbot.sdk.conversation import Conversation
    from grokbot.wire.prompt_ide import chat_pb2
    from grokbot.wire.prompt_ide.chat_pb2_grpc import ChatAsyncStub


class KnownConversation:
    """The half of `Conversation` that sends nothing."""

    def __init__(self, stub: ChatAsyncStub, conversation_id: str | None) -> None:
        self._stub = stub
        self._conversation_id = conversation_id
        self._conversation: chat_pb2.Conversation | None = None
        self._responses: dict[str, Response] = {}
        self._leaf_response_id: str | None = None
        self._deleted = False

    @property
    def conversation_id(self) -> str:
        """Its id.

        Raises:
            ValueError: Nothing was said in it yet, or it was not loaded.
            RuntimeError: It was deleted, as for everything here.
        """
        return self._known().conversation_id

    @property
    def title(self) -> str:
        """Its title; "" while it has none.

        Raises:
            ValueError: Nothing was said in it yet, or it was not loaded.
        """
        return self._known().title

    @property
    def create_time(self) -> datetime:
        """When it began, in UTC.

        Raises:
            ValueError: Nothing was said in it yet, or it was not loaded.
        """
        return self._known().create_time.ToDatetime(UTC)

    @property
    def starred(self) -> bool:
        """Whether the caller has starred it.

        Raises:
            ValueError: Nothing was said in it yet, or it was not loaded.
        """
        return self._known().starred

    @property
    def root_responses(self) -> Generator[Response]:
        """The responses that stand under no other, in the order in which they came."""
        self._check_not_deleted()
        for response in list(self._responses.values()):
            if response.parent_response_id is None:
                yield response

    def get_response(self, response_id: str) -> Response:
        """A response by its id.

        Raises:
            KeyError: There is none, as far as is known here.
        """
        self._check_not_deleted()
        return self._responses[response_id]

    def get_children(self, parent_response_id: str) -> Generator[Response]:
        """What stands under a response, in the order in which it came.

        In the documented SDK this compared the wrong id and never found a child.
        """
        self._check_not_deleted()
        for response in list(self._responses.values()):
            if response.parent_response_id == parent_response_id:
                yield response

    def set_leaf_response_id(self, leaf_response_id: str | None) -> None:
        """What is said next goes below this response; None for a new root. `Response.select` does the same."""
        self._check_not_deleted()
        self._leaf_response_id = leaf_response_id

    def register_response(self, response: Response) -> None:
        """Makes a response known here. Nothing is sent."""
        self._check_not_deleted()
        self._responses[response.response_id] = response

    def taken(self, response: chat_pb2.Response) -> Response:
        """Makes known here what the service sent of a response; the object of one that is known stays the same."""
        known = self._responses.get(response.response_id)
        if known is None:
            known = Response(response, cast("Conversation", self), self._stub)
            self.register_response(known)
        else:
            known.update(response)
        return known

    def take(self, conversation: chat_pb2.Conversation) -> None:
        """Makes known here what the service sent of this conversation; what it does not have any more is forgotten."""
        self._conversation = conversation
        there = [self.taken(response) for response in conversation.responses]
        self._responses = {response.response_id: response for response in there}

    def take_title(self, title: str) -> None:
        """Makes known here that it has another title."""
        self._known().title = title

    def take_end(self) -> None:
        """Makes known here that it was deleted."""
        self._deleted = True

    def _known(self) -> chat_pb2.Conversation:
        self._check_not_deleted()
        if self._conversation_id is None:
            raise ValueError("The conversation has not come to be yet: say something in it first.")
        if self._conversation is None:
            raise ValueError("The conversation was not loaded yet: await load() first.")
        return self._conversation

    def _check_not_deleted(self) -> None:
        if self._deleted:
            raise RuntimeError("The conversation was deleted.")
