"""xAI's chunks turned into the events of a draft. Pure: messages in, values out.

Every chunk replaces id, model and usage; the texts of an output are pieces to be put together (see the facts of the
wire in `protos/`). Not here: putting them together (`conversation.draft`), reading the stream (`client`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from grokbot.conversation.draft import Called, Cited, Event, Finished, Identified, Piece, Used
from grokbot.conversation.response import Query, ToolCall, Usage
from grokbot.wire.xai import chat_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from grokbot.wire.xai import usage_pb2

ROLE_NAMES: Mapping[int, str] = {chat_pb2.ROLE_ASSISTANT: "assistant", chat_pb2.ROLE_TOOL: "tool"}

SEARCHES: Mapping[int, str] = {
    chat_pb2.TOOL_CALL_TYPE_WEB_SEARCH_TOOL: "web",
    chat_pb2.TOOL_CALL_TYPE_X_SEARCH_TOOL: "x",
}

UNFINISHED = frozenset({chat_pb2.REASON_INVALID, chat_pb2.REASON_TOOL_CALLS})
"""No end at all, and an end after which the model goes on once its tools have run."""

CUT_SHORT = frozenset({chat_pb2.REASON_MAX_LEN, chat_pb2.REASON_MAX_CONTEXT, chat_pb2.REASON_TIME_LIMIT})


def events_of(chunk: chat_pb2.GetChatCompletionChunk) -> Iterator[Event]:
    """What one chunk says, in the order in which it is to be applied."""
    if chunk.id:
        yield Identified(chunk.id, chunk.model)
    if chunk.HasField("usage"):
        yield Used(usage_of(chunk.usage))
    for output in chunk.outputs:
        yield from _output(output)
    if chunk.citations:
        yield Cited(tuple(chunk.citations))


def usage_of(usage: usage_pb2.SamplingUsage) -> Usage:
    """What xAI says that the answer has taken so far."""
    return Usage(
        prompt_tokens=usage.prompt_tokens,
        cached_prompt_tokens=usage.cached_prompt_text_tokens,
        completion_tokens=usage.completion_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        tool_calls=len(usage.server_side_tools_used),
        cost_ticks=usage.cost_in_usd_ticks if usage.HasField("cost_in_usd_ticks") else None,
    )


def _output(output: chat_pb2.CompletionOutputChunk) -> Iterator[Event]:
    delta = output.delta
    role = ROLE_NAMES.get(delta.role, "")
    if role or delta.content or delta.reasoning_content or delta.encrypted_content:
        yield Piece(output.index, role, delta.content, delta.reasoning_content, delta.encrypted_content)
    for call in delta.tool_calls:
        yield Called(output.index, _tool_call(call), _query(call) if role != "tool" else None)
    if output.finish_reason not in UNFINISHED:
        yield Finished(output.index, cut_short=output.finish_reason in CUT_SHORT)


def _tool_call(call: chat_pb2.ToolCall) -> ToolCall:
    error = call.error_message if call.HasField("error_message") else None
    return ToolCall(call.id, call.type, call.status, call.function.name, call.function.arguments, error)


def _query(call: chat_pb2.ToolCall) -> Query | None:
    """What is searched for. Tools that are no search (code, functions) make no query."""
    kind = SEARCHES.get(call.type)
    if kind is None:
        return None
    try:
        arguments = json.loads(call.function.arguments or "{}")
    except ValueError:
        arguments = {}
    text = arguments.get("query", "") if isinstance(arguments, dict) else ""
    return Query(kind, str(text))
