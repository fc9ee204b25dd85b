"""A small xAI made of the official package's generated code alone. Says its port, then serves until its input ends.

Every answer is what the server has understood of the request, as JSON. A program of its own, since the official package
and grokbot.wire declare the same names and cannot share a process.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import grpc.aio
from google.protobuf.unknown_fields import UnknownFieldSet
from xai_sdk.proto import (  # type: ignore[import-untyped] # the package says nothing of its types
    auth_pb2,
    auth_pb2_grpc,
    chat_pb2,
    chat_pb2_grpc,
    models_pb2,
    models_pb2_grpc,
    sample_pb2,
)

KEY = "xai-of-the-official-server"
ASSISTANT, TOOL = chat_pb2.ROLE_ASSISTANT, chat_pb2.ROLE_TOOL


async def admit(context: Any) -> dict[str, str]:
    """Lets in who has the key; what came beside the request."""
    metadata = {str(key): str(value) for key, value in context.invocation_metadata()}
    if metadata.get("authorization") != f"Bearer {KEY}":
        await context.abort(grpc.StatusCode.UNAUTHENTICATED, "No key, no answer.")
    return metadata


def understood(request: Any, conversation: str) -> dict[str, Any]:
    """The request as the official descriptors read it."""
    return {
        "conversation": conversation,
        "model": request.model,
        "n": request.n,
        "effort": chat_pb2.ReasoningEffort.Name(request.reasoning_effort),
        "temperature": request.temperature if request.HasField("temperature") else None,
        "max_tokens": request.max_tokens if request.HasField("max_tokens") else None,
        "tools": [tool.WhichOneof("tool") for tool in request.tools],
        "include": [chat_pb2.IncludeOption.Name(option) for option in request.include],
        "encrypted": request.use_encrypted_content,
        "store": request.store_messages,
        "previous": request.previous_response_id,
        "unknown": unknown_fields(request),
        "messages": [
            [
                chat_pb2.MessageRole.Name(message.role),
                message.name,
                message.content[0].text,
                message.reasoning_content,
                message.encrypted_content,
                [[call.id, call.status, call.function.arguments] for call in message.tool_calls],
                message.tool_call_id,
            ]
            for message in request.messages
        ],
    }


def unknown_fields(request: Any) -> int:
    """How many fields of the request the official descriptors do not know."""
    calls = [call for message in request.messages for call in message.tool_calls]
    parts = [content for message in request.messages for content in message.content]
    found = (request, *request.messages, *request.tools, *calls, *parts, *(call.function for call in calls))
    return sum(len(UnknownFieldSet(message)) for message in found)


def search(status: int) -> Any:
    """One search, at one point of its life."""
    function = chat_pb2.FunctionCall(name="web_search", arguments='{"query": "figs"}')
    kind = chat_pb2.TOOL_CALL_TYPE_WEB_SEARCH_TOOL
    return chat_pb2.ToolCall(id="c1", type=kind, status=status, function=function)


def deltas(request: Any, text: str) -> Any:
    """Index, delta and finish of every chunk."""
    last = 0
    if request.tools:
        last = 2
        yield 0, chat_pb2.Delta(role=ASSISTANT, reasoning_content="I look. "), 0
        yield 0, chat_pb2.Delta(role=ASSISTANT, tool_calls=[search(chat_pb2.TOOL_CALL_STATUS_IN_PROGRESS)]), 0
        done = [search(chat_pb2.TOOL_CALL_STATUS_COMPLETED)]
        yield 0, chat_pb2.Delta(role=ASSISTANT, tool_calls=done), sample_pb2.REASON_TOOL_CALLS
        yield 1, chat_pb2.Delta(role=TOOL, tool_calls=done), sample_pb2.REASON_STOP
    yield last, chat_pb2.Delta(role=ASSISTANT, reasoning_content="So."), 0
    yield last, chat_pb2.Delta(role=ASSISTANT, encrypted_content="c2Vh"), 0
    yield last, chat_pb2.Delta(role=ASSISTANT, encrypted_content="bA"), 0
    for start in range(0, len(text), 7):
        yield last, chat_pb2.Delta(role=ASSISTANT, content=text[start : start + 7]), 0
    yield last, chat_pb2.Delta(role=ASSISTANT), sample_pb2.REASON_STOP


class Chat(chat_pb2_grpc.ChatServicer):  # type: ignore[misc] # as above
    """Streams, and remembers the ids of what it was asked to keep."""

    def __init__(self) -> None:
        self.kept: set[str] = set()
        self.answers = 0

    async def GetCompletionChunk(self, request: Any, context: Any) -> Any:  # noqa: N802 - a method's name on the wire
        """Says what it was asked."""
        metadata = await admit(context)
        if request.previous_response_id and request.previous_response_id not in self.kept:
            text = f"Response with id={request.previous_response_id} not found."
            await context.abort(grpc.StatusCode.NOT_FOUND, text)
        self.answers += 1
        chunk = chat_pb2.GetChatCompletionChunk(id=f"x{self.answers}", model=request.model)
        if request.store_messages:
            self.kept.add(chunk.id)
        text = json.dumps(understood(request, metadata.get("x-grok-conv-id", "")))
        for tokens, (index, delta, finish) in enumerate(deltas(request, text), start=1):
            del chunk.outputs[:]
            chunk.outputs.add(index=index, delta=delta, finish_reason=finish)
            chunk.usage.prompt_tokens = 100
            chunk.usage.cached_prompt_text_tokens = 60
            chunk.usage.completion_tokens = tokens
            chunk.usage.cost_in_usd_ticks = 3 * tokens
            yield chunk
        chunk.Clear()
        chunk.id, chunk.model = f"x{self.answers}", request.model
        chunk.usage.prompt_tokens = 100
        chunk.citations.append("https://example.com/figs")
        yield chunk

    async def GetCompletion(self, request: Any, context: Any) -> Any:  # noqa: N802 - a method's name on the wire
        """Says what it was asked, in one piece."""
        metadata = await admit(context)
        text = json.dumps(understood(request, metadata.get("x-grok-conv-id", "")))
        response = chat_pb2.GetChatCompletionResponse(id="whole", model=request.model)
        output = response.outputs.add(index=0, finish_reason=sample_pb2.REASON_STOP)
        output.message.role, output.message.content, output.message.reasoning_content = ASSISTANT, text, "So."
        response.usage.prompt_tokens, response.usage.cost_in_usd_ticks = 100, 7
        return response

    async def DeleteStoredCompletion(self, request: Any, context: Any) -> Any:  # noqa: N802 - as above
        """Forgets what was kept; once."""
        await admit(context)
        if request.response_id not in self.kept:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"Response with id={request.response_id} not found.")
        self.kept.remove(request.response_id)
        return chat_pb2.DeleteStoredCompletionResponse(response_id=request.response_id)


class Models(models_pb2_grpc.ModelsServicer):  # type: ignore[misc] # as above
    """One model with one alias."""

    async def ListLanguageModels(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - as gRPC calls it
        """All there is."""
        await admit(context)
        return models_pb2.ListLanguageModelsResponse(
            models=[models_pb2.LanguageModel(name="grok-4.7", aliases=["grok-latest"], max_prompt_length=500_000)]
        )


class Auth(auth_pb2_grpc.AuthServicer):  # type: ignore[misc] # as above
    """Knows one key, whose team is blocked."""

    async def get_api_key_info(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as gRPC calls it
        """What is known of it."""
        await admit(context)
        return auth_pb2.ApiKey(redacted_api_key="xai-...ver", team_blocked=True)


async def main() -> None:
    """Serves on a free port."""
    server = grpc.aio.server()
    chat_pb2_grpc.add_ChatServicer_to_server(Chat(), server)
    models_pb2_grpc.add_ModelsServicer_to_server(Models(), server)
    auth_pb2_grpc.add_AuthServicer_to_server(Auth(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await server.stop(grace=None)


if __name__ == "__main__":
    asyncio.run(main())
