"""Validates a request: the checks that xAI makes before it spends a token.

Here: pure checks of one request against one model. Not here: keys, stored responses, the length of the prompt.
Every check returns the text for the client, or None.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from grokbot.sandbox.grok_server.admission.content import part_problem
from grokbot.sandbox.grok_server.answers import owner_of, unseal
from grokbot.sandbox.grok_server.answers.compaction import is_compaction, opens
from grokbot.sandbox.grok_server.failures import SEALED, Failure, invalid
from grokbot.wire.xai.chat_pb2 import (
    Content,
    FormatType,
    Function,
    GetCompletionsRequest,
    Message,
    MessageRole,
    ReasoningEffort,
    Tool,
    ToolMode,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from grokbot.sandbox.grok_server.admission.content import Files
    from grokbot.sandbox.grok_server.prices import ModelFacts

_ROLES: Final = frozenset(MessageRole.values()) - {MessageRole.INVALID_ROLE}
_MAX_STOPS: Final = 4
_MAX_DOMAINS: Final = 5
_MAX_HANDLES: Final = 10
_MAX_ANSWERS: Final = 10
_MAX_TOOLS: Final = 128
_MAX_COLLECTIONS: Final = 10
_ACTIONS: Final = frozenset({"", "auto", "edit", "generate"})


def problem(
    request: GetCompletionsRequest, model: ModelFacts, files: Files = lambda _: None, key: str = ""
) -> Failure | None:
    """The first problem of `request`, or None.

    Args:
        request: The request.
        model: The model that it names.
        files: Finds a kept file by id.
        key: Whose seals open.
    """
    for check in _CHECKS:
        text = check(request, model)
        if text is not None:
            return invalid(text)
    parts = (part_problem(part, files) for message in request.messages for part in message.content)
    return next((wrong for wrong in parts if wrong), None) or _sealed(request.messages, model, key)


def _sealed(messages: Iterable[Message], model: ModelFacts, key: str) -> Failure | None:
    owner = owner_of(key, model.name)
    sealed = (message for message in messages if message.encrypted_content)
    opened = (opens(m, key) if is_compaction(m) else unseal(m.encrypted_content, owner) is not None for m in sealed)
    return None if all(opened) else SEALED


def _messages(request: GetCompletionsRequest, _: ModelFacts) -> str | None:
    if not request.messages:
        return "The request holds no messages."
    return next((text for text in map(_message, request.messages) if text), None)


def _message(message: Message) -> str | None:
    text = None
    speaks = message.role == MessageRole.ROLE_TOOL or (  # xAI's own SDK replays a tool's result without its text
        message.encrypted_content or (message.role == MessageRole.ROLE_ASSISTANT and message.tool_calls)
    )
    if message.role not in _ROLES:
        text = "A message has an invalid role."
    elif message.name and message.role != MessageRole.ROLE_USER:
        text = "Only a message of ROLE_USER may carry a name."
    elif not speaks and not any(_holds_something(part) for part in message.content):
        text = "A message has empty content."
    return text


def _holds_something(part: Content) -> bool:
    kind = part.WhichOneof("content")
    return kind is not None and (kind != "text" or bool(part.text.strip()))


def _reasoning(request: GetCompletionsRequest, model: ModelFacts) -> str | None:
    if model.reasons:
        for name in ("presence_penalty", "frequency_penalty"):
            if request.HasField(name):
                return f"Model {model.name} does not support the parameter {name}."
        if request.stop:
            return f"Model {model.name} does not support the parameter stop."
    if request.HasField("reasoning_effort") and request.reasoning_effort not in model.efforts:
        effort = ReasoningEffort.Name(request.reasoning_effort)
        return f"Model {model.name} does not support the reasoning_effort {effort}."
    return None


def _bounds(request: GetCompletionsRequest, _: ModelFacts) -> str | None:
    bounds = (
        ("temperature", request.temperature, 0, 2),
        ("top_p", request.top_p, 0, 1),
        ("presence_penalty", request.presence_penalty, -2, 2),
        ("frequency_penalty", request.frequency_penalty, -2, 2),
        ("max_tokens", request.max_tokens, 1, 2**31),
        ("max_turns", request.max_turns, 1, 2**31),
        ("n", request.n, 1, _MAX_ANSWERS),
    )
    for name, value, low, high in bounds:
        if request.HasField(name) and not low <= value <= high:  # type: ignore[arg-type] # the stub wants literals
            return f"{name} is {value:g}; it goes from {low} to {high}."
    return f"stop holds more than {_MAX_STOPS} texts." if len(request.stop) > _MAX_STOPS else None


def _tools(request: GetCompletionsRequest, _: ModelFacts) -> str | None:
    if len(request.tools) > _MAX_TOOLS:
        return f"A request offers at most {_MAX_TOOLS} tools."
    return next((text for tool in request.tools for text in _tool(tool)), None) or _choice(request)


def _choice(request: GetCompletionsRequest) -> str | None:
    functions = {tool.function.name for tool in request.tools if tool.HasField("function")}
    chosen = request.tool_choice
    if chosen.WhichOneof("tool_choice") == "function_name" and chosen.function_name not in functions:
        return f"tool_choice names {chosen.function_name!r}, which is not among the functions."
    if chosen.mode == ToolMode.TOOL_MODE_REQUIRED and not request.tools:
        return "tool_choice requires a tool but none is offered."
    files = any(part.HasField("file") for message in request.messages for part in message.content)
    if request.n > 1 and (files or len(functions) < len(request.tools)):
        return "Several answers cannot be asked for where xAI's own tools are used."
    return None


def _tool(tool: Tool) -> Iterator[str]:
    match tool.WhichOneof("tool"):
        case "function":
            yield from _function(tool.function)
        case "web_search":
            yield from _lists(tool.web_search.allowed_domains, tool.web_search.excluded_domains, _MAX_DOMAINS)
        case "x_search":
            yield from _lists(tool.x_search.allowed_x_handles, tool.x_search.excluded_x_handles, _MAX_HANDLES)
        case "image_generation" if tool.image_generation.action not in _ACTIONS:
            yield f"The action of image_generation is one of {', '.join(sorted(_ACTIONS))}."
        case "mcp" if urlsplit(tool.mcp.server_url).scheme not in {"https", "http"}:
            yield "An MCP server needs a web address."
        case "collections_search" if not 1 <= len(tool.collections_search.collection_ids) <= _MAX_COLLECTIONS:
            yield f"A search in collections names 1 to {_MAX_COLLECTIONS} of them."
        case None:
            yield "A tool of an unknown kind."
        case _:
            return


def _function(function: Function) -> Iterator[str]:
    if not function.name:
        yield "A function needs a name."
    if function.parameters and not _is_json_object(function.parameters):
        yield f"The parameters of the function {function.name} are not a JSON schema."


def _lists(allowed: Iterable[str], excluded: Iterable[str], most: int) -> Iterator[str]:
    first, second = len(list(allowed)), len(list(excluded))
    if first and second:
        yield "A search allows or excludes; it cannot do both."
    if max(first, second) > most:
        yield f"A search names at most {most} places."


def _format(request: GetCompletionsRequest, _: ModelFacts) -> str | None:
    wanted = request.response_format
    if wanted.format_type == FormatType.FORMAT_TYPE_JSON_SCHEMA and not _is_json_object(wanted.schema):
        return "response_format asks for a schema but holds none."
    return None


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


_CHECKS: Final[tuple[Callable[[GetCompletionsRequest, ModelFacts], str | None], ...]] = (
    _messages,
    _reasoning,
    _bounds,
    _tools,
    _format,
)
