"""Turns xAI's chunks into the events of a draft. Pure: messages in, values out.

Every chunk replaces id, model and usage; the texts of an output are deltas to append (see the facts of the
wire in `protos/`). Not here: appending them (`conversation.draft`), reading the stream (`client`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from grokbot.conversation.draft import (
    Called,
    Cited,
    CitedInText,
    Completion,
    Drawing,
    Drawn,
    Finished,
    Identified,
    TextPiece,
    UsageSoFar,
)
from grokbot.conversation.response import Query, ToolCall, Usage
from grokbot.conversation.text.citations import MOST_CITATIONS, Citation, is_address
from grokbot.wire.xai import chat_pb2
from grokbot.xai.data_address import image_of_tool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.conversation.draft import Event, Events
    from grokbot.wire.xai import usage_pb2

ROLE_NAMES: Mapping[int, str] = {chat_pb2.ROLE_ASSISTANT: "assistant", chat_pb2.ROLE_TOOL: "tool"}

SEARCHES: Mapping[int, str] = {
    chat_pb2.TOOL_CALL_TYPE_WEB_SEARCH_TOOL: "web",
    chat_pb2.TOOL_CALL_TYPE_X_SEARCH_TOOL: "x",
    chat_pb2.TOOL_CALL_TYPE_CODE_EXECUTION_TOOL: "code",
}
"""By the wire's type, the kind of a query."""

IMAGES = chat_pb2.TOOL_CALL_TYPE_IMAGE_GENERATION_TOOL
RESULT = '"image_generation_result"'
"""Near the beginning of what the image tool says."""

LONGEST_ARGUMENTS = 20_000
"""Characters of a call's arguments that are parsed: beyond that its query is not shown."""
LONGEST_QUERY = 1_000

POST = "https://x.com/i/status/{id}"
"""The address of a post on X, with only its id."""

UNFINISHED = frozenset({chat_pb2.REASON_INVALID, chat_pb2.REASON_TOOL_CALLS})
"""Not an end, or an end after which the model continues once its tools have run."""

CUT_SHORT = frozenset({chat_pb2.REASON_MAX_LEN, chat_pb2.REASON_MAX_CONTEXT, chat_pb2.REASON_TIME_LIMIT})


class Chunks:
    """The chunks of one stream: what each adds.

    Attributes:
        received: Whether any has arrived.
    """

    def __init__(self) -> None:
        self.received = False
        self._named: tuple[str, str] | None = None

    def events_of(self, chunk: chat_pb2.GetChatCompletionChunk) -> Events:
        """The events of one chunk, in the order to apply them. Id and model only if they are new."""
        self.received = True
        events: list[Event] = []
        if chunk.id and (named := (chunk.id, chunk.model)) != self._named:
            self._named = named
            events.append(Identified(*named))
        if chunk.HasField("usage"):
            events.append(UsageSoFar(usage_of(chunk.usage)))
        for output in chunk.outputs:
            _add_output(events, output)
        if chunk.citations:
            events.append(Cited(tuple(chunk.citations)))
        return tuple(events)


def usage_of(usage: usage_pb2.SamplingUsage) -> Usage:
    """The answer's usage so far, as xAI reports it."""
    return Usage(
        prompt_tokens=usage.prompt_tokens,
        cached_prompt_tokens=usage.cached_prompt_text_tokens,
        completion_tokens=usage.completion_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        tool_calls=len(usage.server_side_tools_used),
        cost_ticks=usage.cost_in_usd_ticks if usage.HasField("cost_in_usd_ticks") else None,
    )


def completion_of(response: chat_pb2.GetChatCompletionResponse) -> Completion:
    """The answer in a response: the text of the last assistant output, "" if there is none."""
    said = (output.message for output in reversed(response.outputs))
    last = next((message.content for message in said if message.role == chat_pb2.ROLE_ASSISTANT), "")
    return Completion(last, usage_of(response.usage))


def _add_output(events: list[Event], output: chat_pb2.CompletionOutputChunk) -> None:
    # Each access to a field converts it again: read each once, since this runs for every token.
    index, delta, finish = output.index, output.delta, output.finish_reason
    role, text, reasoning = ROLE_NAMES.get(delta.role, ""), delta.content, delta.reasoning_content
    encrypted = delta.encrypted_content
    if text and (any(call.type == IMAGES for call in delta.tool_calls) or (role == "tool" and RESULT in text[:100])):
        image = image_of_tool(text)
        if image is not None:
            events.append(Drawn(image, next(map(_prompt, delta.tool_calls), "")))
        text = ""  # an image in a text would be kept, and sent again each time
    if role or text or reasoning or encrypted:
        events.append(TextPiece(index, role, text, reasoning, encrypted))
    if any(call.type == IMAGES and call.status == chat_pb2.TOOL_CALL_STATUS_IN_PROGRESS for call in delta.tool_calls):
        events.append(Drawing())
    if delta.tool_calls:
        events.extend(Called(index, _tool_call(c), _query(c) if role != "tool" else None) for c in delta.tool_calls)
    if delta.citations and role != "tool":
        cited = (_citation(c) for c in delta.citations[:MOST_CITATIONS])
        events.append(CitedInText(index, tuple(c for c in cited if is_address(c.url))))
    if finish not in UNFINISHED:
        events.append(Finished(index, cut_short=finish in CUT_SHORT))


def _citation(cited: chat_pb2.InlineCitation) -> Citation:
    """A citation of a file in a collection has no address."""
    kind = cited.WhichOneof("citation")
    url = cited.web_citation.url if kind == "web_citation" else cited.x_citation.url if kind == "x_citation" else ""
    return Citation(url, cited.start_index, cited.end_index)


def _tool_call(call: chat_pb2.ToolCall) -> ToolCall:
    error = call.error_message if call.HasField("error_message") else None
    return ToolCall(call.id, call.type, call.status, call.function.name, call.function.arguments, error)


def _query(call: chat_pb2.ToolCall) -> Query | None:
    """The query of a search; empty for code, which is in the call. Other tools have none."""
    kind = SEARCHES.get(call.type)
    if kind is None:
        return None
    if call.type == chat_pb2.TOOL_CALL_TYPE_CODE_EXECUTION_TOOL:
        return Query(kind, "")
    return Query(kind, _looked_for(_arguments(call))[:LONGEST_QUERY])


def _prompt(call: chat_pb2.ToolCall) -> str:
    """What an image was made of."""
    arguments = _arguments(call)
    return str(arguments.get("prompt") or "")[:LONGEST_QUERY]


def _arguments(call: chat_pb2.ToolCall) -> Mapping[str, object]:
    """Empty if they cannot be read."""
    try:
        arguments = json.loads(call.function.arguments[:LONGEST_ARGUMENTS] or "{}")
    except (ValueError, RecursionError):
        return {}
    return arguments if isinstance(arguments, dict) else {}


def _looked_for(arguments: Mapping[str, object]) -> str:
    """The search words, or what was opened instead: the address of a page, a picture, a video or a post."""
    for name in ("query", "url", "image_url", "video_url"):
        if arguments.get(name):
            return str(arguments[name])
    post = str(arguments.get("post_id") or "")
    if post:
        return POST.format(id=post)
    return str(arguments.get("username") or "")
