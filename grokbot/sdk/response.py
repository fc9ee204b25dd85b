"""One response of a kept conversation: what it says, where it stands, and what can be done from it.

Here: reading, replacing, sampling again, sharing. Not here: the forest around it (`conversation`).
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
"""The sender of what people say; any other is the model."""


class ResponseHost(Protocol):
    """What a response needs of its conversation."""

    @property
    def conversation_id(self) -> str:
        """Its id."""
        ...

    def get_response(self, response_id: str) -> Response:
        """A response by its id."""
        ...

    def get_children(self, parent_response_id: str) -> Iterable[Response]:
        """What stands under a response."""
        ...

    def set_leaf_response_id(self, leaf_response_id: str | None) -> None:
        """Move the leaf."""

    def sample(self, user_message: str, parent_response_id: str | None) -> Answer[Response]:
        """Have the model answer below a response."""
        ...

    async def add_model_response(self, message: str, parent_response_id: str | None) -> Response:
        """Put words into the model's mouth."""
        ...

    async def refresh(self) -> None:
        """Bring what is known up to date."""


class Response:
    """One response. What it says of itself is kept on this side: `refresh` brings it up to date.

    Args:
        response: As the service sent it.
        conversation: Where it belongs.
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
        """Other words in the place of these, beside them: nothing is overwritten.

        A human's are answered anew. A model's stand there at once, as they are, by hand: the stream is then empty, and
        the future resolves to the new response. (In the documented SDK replacing a model's words returned nothing and
        did nothing: the coroutine that it built was never awaited.)

        Args:
            new_message: The other words.

        Returns:
            A stream of the text, and a future of the model's response, which then is the new leaf; see `Answer`.

        Raises:
            ApiError: From the stream and from the future, if it fails.
        """
        if self.sender == HUMAN:
            return self._conversation.sample(new_message, self.parent_response_id)
        return answer_of(lambda response: self._replaced(new_message, response))

    async def _replaced(self, new_message: str, response: asyncio.Future[Response]) -> AsyncGenerator[str, None]:
        with settling(response):
            settle(response, await self._conversation.add_model_response(new_message, self.parent_response_id))
        pieces: tuple[str, ...] = ()  # there are none to stream
        for piece in pieces:
            yield piece

    def resample(self) -> Answer[Response]:
        """Another answer to what this one answers, beside it. It is the new leaf once it is there.

        In the documented SDK this alone of all that sample was a coroutine, `await response.resample()`. That still
        works, for what is returned here may be awaited and is then itself; `token_stream, response =
        response.resample()` works too. The documented form also moved the leaf at once, so that it stood wrong when
        sampling failed; here it moves when the answer is there.

        Raises:
            ValueError: A human said this.
            ApiError: From the stream and from the future, if it fails.
        """
        if self.sender == HUMAN:
            raise ValueError("A human's response cannot be resampled; replace() asks it again.")
        return self._conversation.sample("", self.parent_response_id)

    def select(self) -> None:
        """What is said next goes below this response. Nothing is sent; Discord's path moves with what is said."""
        self._conversation.set_leaf_response_id(self.response_id)

    async def share(self) -> str:
        """Makes the conversation up to here public, as a page to read.

        In the documented SDK the address was made up from the response's id. Here it is the page's own, which the
        daemon tells once: for a response that was shared elsewhere, a further address of the same page is made.

        Returns:
            The page's address. Whoever has it can read the page, until the conversation's shares are closed.

        Raises:
            ClosedError: The daemon serves no pages.
            RuntimeError: The stub was made by hand, so that nobody knows where the daemon's pages are.
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
        """Brings what is known of this response up to date, and of the rest of its conversation; the leaf stays.

        Raises:
            KeyError: It is not there any more.
        """
        await self._conversation.refresh()
        self._conversation.get_response(self.response_id)

    def update(self, response: chat_pb2.Response) -> None:
        """Takes over what the service sent of this very response."""
        self._response = response

    @property
    def parent_response(self) -> Response | None:
        """What this one stands under; None for a root.

        Raises:
            KeyError: It is not known here.
        """
        if self.parent_response_id is None:
            return None
        try:
            return self._conversation.get_response(self.parent_response_id)
        except KeyError:
            raise KeyError(f"The parent response {self.parent_response_id} is not known here.") from None

    @property
    def children(self) -> list[Response]:
        """What stands under this one, in the order in which it came. In the documented SDK this was always empty."""
        return list(self._conversation.get_children(self.response_id))

    @property
    def response_id(self) -> str:
        """Its id."""
        return self._response.response_id

    @property
    def message(self) -> str:
        """What it says."""
        return self._response.message

    @property
    def sender(self) -> str:
        """Who says it: "human" for a person, else the model."""
        return self._response.sender

    @property
    def create_time(self) -> datetime:
        """When it was made, in UTC."""
        return self._response.create_time.ToDatetime(UTC)

    @property
    def parent_response_id(self) -> str | None:
        """The id of what it stands under; None for a root."""
        return self._response.parent_response_id or None

    @property
    def manual(self) -> bool:
        """Whether somebody wrote it by hand, rather than the model or a person in a conversation."""
        return self._response.manual

    @property
    def partial(self) -> bool:
        """Whether the model did not come to its end."""
        return self._response.partial

    @property
    def shared(self) -> bool:
        """Whether a page shows the conversation up to here."""
        return self._response.shared

    @property
    def query(self) -> str:
        """What the model searched for on its way, last; "" if nothing."""
        return self._response.query

    @property
    def query_type(self) -> str:
        """Where it searched: "web", "x" or a tool's own name; "" if it did not."""
        return self._response.query_type
