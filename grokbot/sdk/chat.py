"""`client.chat`: conversations that the server does not store.

Here: the history on the client's side, and one call per turn. Not here: stored conversations (`grok`).
"""

from __future__ import annotations

import uuid
from contextlib import aclosing
from typing import TYPE_CHECKING

from grokbot.sdk.answers import Answer, answer_of, settle, settling
from grokbot.sdk.connection import messages
from grokbot.wire.prompt_ide.stateless_chat_pb2 import StatelessConversation, StatelessResponse

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Sequence

    from grokbot.wire.prompt_ide.stateless_chat_pb2_grpc import StatelessChatAsyncStub

FUN = "fun"
"""The fun persona's name on the wire."""


class AsyncChat:
    """Stateless conversations: every request sends the whole history, and the server stores nothing.

    Args:
        stub: The service, from a `Client` or created on your own channel.
    """

    def __init__(self, stub: StatelessChatAsyncStub) -> None:
        self._stub = stub

    def create_conversation(self, fun_mode: bool = False) -> Conversation:
        """A new, empty conversation. Nothing is sent.

        Args:
            fun_mode: Whether Grok answers as the fun persona.
        """
        return Conversation(self._stub, fun_mode)


class Conversation:
    """A stateless conversation. One answer at a time: the next turn needs the previous one.

    Args:
        stub: The service.
        fun_mode: Whether Grok answers as the fun persona.
    """

    def __init__(self, stub: StatelessChatAsyncStub, fun_mode: bool) -> None:
        self._stub = stub
        self._conversation = StatelessConversation(
            stateless_conversation_id=uuid.uuid4().hex, system_prompt_name=FUN if fun_mode else ""
        )

    @property
    def history(self) -> Sequence[StatelessResponse]:
        """The messages in order, answered turns only.

        In the documented SDK a turn was added by `add_response`, and stayed when its answer failed, so that
        every later request sent it unanswered. Here a turn and its answer are added together, once it is complete.
        """
        return self._conversation.responses

    @property
    def fun_mode(self) -> bool:
        """Whether Grok answers as the fun persona."""
        return self._conversation.system_prompt_name == FUN

    def add_response(self, user_message: str) -> Answer[StatelessResponse]:
        """Say something, and get an answer.

        In the documented SDK the token stream ended silently on an error; here it raises it. If the answer
        fails, or is not read to its end, the history does not change.

        Args:
            user_message: The person's message.

        Returns:
            A stream of the answer's text, and a future of the whole answer with its last search in `query`; see
            `Answer`.

        Raises:
            ApiError: From the stream and from the future, if the answer fails.
        """
        return answer_of(lambda response: self._tokens(user_message, response))

    async def add_response_no_stream(self, user_message: str) -> StatelessResponse:
        """As `add_response`, but returns only the whole answer.

        Args:
            user_message: The person's message.

        Raises:
            ApiError: The answer failed.
        """
        token_stream, response = self.add_response(user_message)
        async for _ in token_stream:
            pass
        return await response

    async def _tokens(
        self, user_message: str, response: asyncio.Future[StatelessResponse]
    ) -> AsyncGenerator[str, None]:
        said = StatelessResponse(sender=StatelessResponse.HUMAN, message=user_message)
        pieces: list[str] = []
        queries: list[str] = []
        with settling(response):
            request = StatelessConversation()
            request.CopyFrom(self._conversation)
            request.responses.append(said)
            async with aclosing(messages(self._stub.AddResponse(request))) as updates:
                async for update in updates:
                    if update.query:
                        queries.append(update.query)
                    if update.message:
                        pieces.append(update.message)
                        yield update.message
            answer = StatelessResponse(
                sender=StatelessResponse.ASSISTANT, message="".join(pieces), query="".join(queries)
            )
            self._conversation.responses.extend((said, answer))
            settle(response, answer)
