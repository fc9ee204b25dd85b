"""A client made of our own stubs, and short ways to build requests."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import grpc.aio

from grokbot.wire.xai.chat_pb2 import (
    Content,
    GetChatCompletionChunk,
    GetChatCompletionResponse,
    GetCompletionsRequest,
    Message,
    MessageRole,
)
from grokbot.wire.xai.chat_pb2_grpc import ChatStub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from grokbot.sandbox.grok_server import GrokSandbox

USER = MessageRole.ROLE_USER
ASSISTANT = MessageRole.ROLE_ASSISTANT
SYSTEM = MessageRole.ROLE_SYSTEM


def said(role: MessageRole.ValueType, text: str, **more: Any) -> Message:
    return Message(role=role, content=[Content(text=text)], **more)


def asked(*messages: Message | str, **more: Any) -> GetCompletionsRequest:
    turns = [said(USER, message) if isinstance(message, str) else message for message in messages]
    return GetCompletionsRequest(**{"model": "grok-4.7", "n": 1, "messages": turns, **more})


class Client:
    """Calls with the sandbox's key, as one conversation if it is given a name."""

    def __init__(self, channel: grpc.aio.Channel, key: str) -> None:
        self.stub = ChatStub(channel)
        self._key = key

    def metadata(self, conversation: str = "") -> tuple[tuple[str, str], ...]:
        named = (("x-grok-conv-id", conversation),) if conversation else ()
        return (("authorization", f"Bearer {self._key}"), *named)

    def stream(self, request: GetCompletionsRequest, conversation: str = "") -> Any:
        """The call itself, to be iterated or cancelled."""
        return self.stub.GetCompletionChunk(request, metadata=self.metadata(conversation))

    async def chunks(self, request: GetCompletionsRequest, conversation: str = "") -> list[GetChatCompletionChunk]:
        return [chunk async for chunk in self.stream(request, conversation)]

    async def whole(self, request: GetCompletionsRequest, conversation: str = "") -> GetChatCompletionResponse:
        return await self.stub.GetCompletion(request, metadata=self.metadata(conversation))

    async def refusal(self, request: GetCompletionsRequest) -> tuple[str, str]:
        """Status and details of a stream that does not end well."""
        try:
            await self.chunks(request)
        except grpc.aio.AioRpcError as error:
            return error.code().name, error.details() or ""
        return "OK", ""


@asynccontextmanager
async def client_of(grok: GrokSandbox) -> AsyncIterator[Client]:
    # Without this, gRPC clients of one process share a connection, and so a test would see another's.
    options = (("grpc.use_local_subchannel_pool", 1),)
    async with grpc.aio.insecure_channel(grok.target, options=options) as channel:
        yield Client(channel, grok.api_key)


def text_of(chunks: list[GetChatCompletionChunk]) -> str:
    return "".join(output.delta.content for chunk in chunks for output in chunk.outputs)
