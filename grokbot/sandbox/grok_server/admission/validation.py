"""Validates a request: the checks that xAI makes before it spends a token.

Here: pure checks of one request against one model. Not here: keys, stored responses, the length of the prompt.
Every check returns the text for the client, or None.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from grokbot.sandbox.grok_server.admission.content import part_problem
from grokbot.sandbox.grok_server.answers import owner_of, unseal
from grokbot.sandbox.grok_server.failures import SEALED, Failure, invalid
from grokbot.wire.xai.chat_pb2 import (
    Content,
    FormatType,
    GetCompletionsRequest,
    Message,
    MessageRole,
    ReasoningEffort,
    Tool,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from grokbot.sandbox.grok_server.admission.content import Files
    from grokbot.sandbox.grok_server.prices import ModelFacts

_ROLES: Final = frozenset(MessageRole.values()) - {MessageRole.INVALID_ROLE}
_MAX_STOPS: Final = 4
_MAX_DOMAINS: Final = 5
_MAX_HANDLES: Final = 10


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
    return next((wrong for wrong in parts if wrong), None) or _sealed(request.messages, owner_of(key, model.name))


def _sealed(messages: Iterable[Message], owner: str) -> Failure | None:
    sealed = (message.encrypted_content for message in messages if message.encrypted_content)
    return None if all(unseal(text, owner) is not None for text in sealed) else SEALED


def _messages(request: GetCompletionsRequest, _: ModelFacts) -> str | None:
    if not request.messages:
        return "The request holds no messages."
    return next((text for text in map(_message, request.messages) if text), None)


def _message(message: Message) -> str | None:
    text = None
    speaks = message.role == MessageRole.ROLE_TOOL or (  # xAI's own SDK replays a tool's result without its text
        message.role == MessageRole.ROLE_ASSISTANT and (message.tool_calls or message.encrypted_content)
    )
    if message.role not in _ROLES:
        text = "A message has an invalid role."
    elif message.name and message.role != MessageRole.ROLE_USER:
        text = "Only a message of ROLE_USER may carry a name."
    elif message.role == MessageRole.ROLE_TOOL and not message.tool_call_id:
        text = "A message of ROLE_TOOL needs its tool_call_id."
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
        ("n", request.n, 1, 1),  # the sandbox writes one answer only
    )
    for name, value, low, high in bounds:
        if request.HasField(name) and not low <= value <= high:  # type: ignore[arg-type] # the stub wants literals
            return f"{name} is {value:g}; it goes from {low} to {high}."
    return f"stop holds more than {_MAX_STOPS} texts." if len(request.stop) > _MAX_STOPS else None


def _tools(request: GetCompletionsRequest, _: ModelFacts) -> str | None:
    return next((text for tool in request.tools for text in _tool(tool)), None)


def _tool(tool: Tool) -> Iterator[str]:
    match tool.WhichOneof("tool"):
        case "function":
            if not tool.function.name:
                yield "A function needs a name."
            if tool.function.parameters and not _is_json_object(tool.function.parameters):
                yield f"The parameters of the function {tool.function.name} are not a JSON schema."
        case "web_search":
            yield from _lists(tool.web_search.allowed_domains, tool.web_search.excluded_domains, _MAX_DOMAINS)
        case "x_search":
            yield from _lists(tool.x_search.allowed_x_handles, tool.x_search.excluded_x_handles, _MAX_HANDLES)
        case None:
            yield "A tool of an unknown kind."
        case _:
            return


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
