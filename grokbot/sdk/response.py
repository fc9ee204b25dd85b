"""One response of a stored conversation: its text, its place, and the calls on it.

Here: reading, replacing, resampling, sharing. Not here: the forest around it (`conversation`).
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Protocol

import grpc

from grokbot.sdk.answers import Answer, answer_of, settle, settling
from grokbot.sdk.errors import ClosedError
from grokbot.sdk.stubs import beside
from grokbot.wire.prompt_ide.chat_pb2 import ShareConversationRequest

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Iterable
    from datetime import datetime

    from grokbot.wire.prompt_ide import chat_pb2
    from grokbot.wire.prompt_ide.chat_pb2_grpc import ChatAsyncStub

HUMAN = "human"
"""The sender of people's messages; any other is the model."""


class ResponseHost(Protocol):
    """What a response needs from its conversation."""

    @property
    def conversation_id(self) -> str:
        """Its id."""
        ...

    def get_response(self, response_id: str) -> Response:
        """A response by its id."""
        ...

    def get_children(self, parent_response_id: str) -> Iterable[Response]:
        """The children of a response."""
        ...

    def set_leaf_response_id(self, leaf_response_id: str | None) -> None:
        """Move the leaf."""

    def sample(self, user_message: str, parent_response_id: str | None) -> Answer[Response]:
        """Have the model answer below a response."""
        ...

    async def add_model_response(self, message: str, parent_response_id: str | None) -> Response:
        """Add an answer written by the caller."""
        ...

    async def refresh(self) -> None:
        """Update the local copy."""


class Response:
    """One response. The client keeps a copy: `refresh` updates it.

    Args:
        response: As the service sent it.
        conversation: Its conversation.
        stub: The service.
    """

    def __init__(self, response: chat_pb2.Response, conversation: ResponseHost, stub: ChatAsyncStub) -> None:
        self._response = response
        self._conversation = conversation
        self._stub = stub
        self._address: str | None = None

    def __repr__(self) -> str:
        return f"<Response {self.response_id} of {self.sender}>"

    def replace(self, new_message: str) -> Answer[Response]:
        """Add a response with other text beside this one: nothing is overwritten.

        A human's new text is answered. A model's is stored at once, unchanged, as written by hand: the stream is then
        empty, and the future resolves to the new response. (In the documented SDK replacing a model's text did nothing
        and returned nothing: the coroutine that it built was never awaited.)

        Args:
            new_message: The other text.

        Returns:
            A stream of the text, and a future of the model's response, which becomes the leaf; see `Answer`.

        Raises:
            ApiError: From the stream and from the future, if it fails.
        """
        if self.sender == HUMAN:
            return self._conversation.sample(new_message, self.parent_response_id)
        return answer_of(lambda response: self._replaced(new_message, response))

    async def _replaced(self, new_message: str, response: asyncio.Future[Response]) -> AsyncGenerator[str, None]:
        with settling(response):
            settle(response, await self._conversation.add_model_response(new_message, self.parent_response_id))
        pieces: tuple[str, ...] = ()  # nothing to stream
        for piece in pieces:
            yield piece

    def resample(self) -> Answer[Response]:
        """Another answer beside this one. It becomes the leaf when it is complete.

        In the documented SDK this was the only sampling method that is a coroutine, `await response.resample()`. That
        still works, since awaiting the result returns it unchanged; so does `token_stream, response =
        response.resample()`. The documented form also moved the leaf at once, which was wrong when
        sampling failed; here it moves when the answer is complete.

        Raises:
            ValueError: It is a human's response.
            ApiError: From the stream and from the future, if it fails.
        """
        if self.sender == HUMAN:
            raise ValueError("A human's response cannot be resampled; replace() asks it again.")
        return self._conversation.sample("", self.parent_response_id)

    def select(self) -> None:
        """Make this the parent of the next message. Nothing is sent; Discord's path moves with that message."""
        self._conversation.set_leaf_response_id(self.response_id)

    async def share(self) -> str:
        """Publish the conversation up to here, as a web page.

        In the documented SDK the address was made up from the response's id. Here it is the page's own, which the
        daemon reveals once: if the response was shared elsewhere, the same page gets another address.

        Returns:
            The page's address. Anyone who has it can read the page, until the conversation's shares are revoked.

        Raises:
            ClosedError: The daemon has no share pages.
            RuntimeError: The stub was not created by `Client`, so the address of the daemon's pages is unknown.
        """
        if self._address is None or not self.shared:
            public_url = await beside(self._stub).public_url()
            if not public_url:
                raise ClosedError(
                    grpc.StatusCode.FAILED_PRECONDITION,
                    "This daemon serves no share pages.",
                )
            request = ShareConversationRequest(
                conversation_id=self._conversation.conversation_id, response_id=self.response_id
            )
            shared_id = (await self._stub.ShareConversation(request)).shared_id
            self._response.shared = True
            self._address = f"{public_url}/s/{shared_id}"
        return self._address

    async def refresh(self) -> None:
        """Update the local copy of this response and of the rest of its conversation; the leaf stays.

        Raises:
            KeyError: It no longer exists.
        """
        await self._conversation.refresh()
        self._conversation.get_response(self.response_id)

    def update(self, response: chat_pb2.Response) -> None:
        """Update this response from the service's message."""
        self._response = response

    @property
    def parent_response(self) -> Response | None:
        """Its parent; None for a root.

        Raises:
            KeyError: The local copy does not have it.
        """
        if self.parent_response_id is None:
            return None
        try:
            return self._conversation.get_response(self.parent_response_id)
        except KeyError:
            raise KeyError(f"The parent response {self.parent_response_id} is not known here.") from None

    @property
    def children(self) -> list[Response]:
        """Its children, oldest first. In the documented SDK this was always empty."""
        return list(self._conversation.get_children(self.response_id))

    @property
    def response_id(self) -> str:
        """Its id."""
        return self._response.response_id

    @property
    def message(self) -> str:
        """Its text."""
        return self._response.message

    @property
    def sender(self) -> str:
        """Who wrote it: "human" for a person, else the model."""
        return self._response.sender

    @property
    def create_time(self) -> datetime:
        """When it was created, in UTC."""
        return self._response.create_time.ToDatetime(UTC)

    @property
    def parent_response_id(self) -> str | None:
        """Its parent's id; None for a root."""
        return self._response.parent_response_id or None

    @property
    def manual(self) -> bool:
        """Whether somebody wrote it by hand, rather than the model or a person in a conversation."""
        return self._response.manual

    @property
    def partial(self) -> bool:
        """Whether the model did not finish it."""
        return self._response.partial

    @property
    def shared(self) -> bool:
        """Whether a page shows the conversation up to here."""
        return self._response.shared

    @property
    def query(self) -> str:
        """The model's last search for it; "" if none."""
        return self._response.query

    @property
    def query_type(self) -> str:
        """Where it searched: "web", "x" or a tool's own name; "" if it did not."""
        return self._response.query_type
