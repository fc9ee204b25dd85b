"""Turns a `Prompt` into xAI's request. Pure: values in, a message out.

Not here: what to send of a path (`conversation.history`), sending it (`client`).
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, cast

from grokbot.conversation.history import Prompt, PromptMessage, Role
from grokbot.conversation.models import options_of
from grokbot.conversation.parts import Detail, FilePart, ImagePart, TextPart
from grokbot.wire.xai import chat_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.conversation.parts import Part
    from grokbot.conversation.response import Conversation, Options, ToolCall

ROLES: Mapping[Role, chat_pb2.MessageRole.ValueType] = {
    Role.SYSTEM: chat_pb2.ROLE_SYSTEM,
    Role.USER: chat_pb2.ROLE_USER,
    Role.ASSISTANT: chat_pb2.ROLE_ASSISTANT,
    Role.TOOL: chat_pb2.ROLE_TOOL,
}

EFFORTS: Mapping[str, chat_pb2.ReasoningEffort.ValueType] = {
    "none": chat_pb2.EFFORT_NONE,
    "low": chat_pb2.EFFORT_LOW,
    "medium": chat_pb2.EFFORT_MEDIUM,
    "high": chat_pb2.EFFORT_HIGH,
    "xhigh": chat_pb2.EFFORT_XHIGH,
}

DETAILS: Mapping[Detail, chat_pb2.ImageDetail.ValueType] = {
    Detail.AUTO: chat_pb2.DETAIL_AUTO,
    Detail.LOW: chat_pb2.DETAIL_LOW,
    Detail.HIGH: chat_pb2.DETAIL_HIGH,
}


def request_of(
    prompt: Prompt, conversation: Conversation, search_turns: int | None = None
) -> chat_pb2.GetCompletionsRequest:
    """The request that asks for one answer to `prompt`.

    `n` is always 1 (xAI's own test server answers nothing without it). The reasoning is requested encrypted, so
    that it can be replayed and the prompt cache hits.

    Args:
        prompt: What the model is shown.
        conversation: Gives the model and its options.
        search_turns: Rounds of searches at most; None leaves it to xAI.
    """
    request = chat_pb2.GetCompletionsRequest(
        model=conversation.model,
        messages=[_message(said) for said in prompt.messages],
        n=1,
        store_messages=prompt.store,
        use_encrypted_content=True,
    )
    if prompt.previous_response_id is not None:
        request.previous_response_id = prompt.previous_response_id
    _set_options(request, conversation.options)
    if request.tools:
        # Without it a search is only reported when it is done (xAI's documentation of streaming with tools).
        request.include.append(chat_pb2.INCLUDE_OPTION_VERBOSE_STREAMING)
        if search_turns is not None:
            request.max_turns = search_turns
    if any(tool.HasField("web_search") or tool.HasField("x_search") for tool in request.tools):
        request.include.append(chat_pb2.INCLUDE_OPTION_INLINE_CITATIONS)
    if any(tool.HasField("code_execution") for tool in request.tools):
        request.include.append(chat_pb2.INCLUDE_OPTION_CODE_EXECUTION_CALL_OUTPUT)
    if prompt.person:
        request.safety_identifier = prompt.person
    return request


def small_request_of(
    prompt: Prompt, model: str, *, effort: str | None, max_tokens: int
) -> chat_pb2.GetCompletionsRequest:
    """The request for a short completion such as a title: nothing is searched, stored or sealed.

    Args:
        prompt: The prompt. Its options for storing at xAI are ignored.
        model: xAI's name for it.
        effort: A key of `EFFORTS`; None leaves it to the model.
        max_tokens: Maximum number of tokens, reasoning included.
    """
    request = chat_pb2.GetCompletionsRequest(
        model=model, messages=[_message(said) for said in prompt.messages], n=1, max_tokens=max_tokens
    )
    if effort is not None:
        request.reasoning_effort = EFFORTS[effort]
    if prompt.person:
        request.safety_identifier = prompt.person
    return request


def efforts_upwards(conversation: Conversation) -> tuple[str | None, ...]:
    """Efforts to try in this order, to find the lowest that the model accepts. None leaves it to the model."""
    known = options_of(conversation.model)
    if known is not None:
        return (*known.efforts[:1], None)
    return ("none", "low", None) if conversation.options.reasoning_effort == "none" else ("low", None)


def metadata_of(prompt: Prompt, conversation: Conversation) -> tuple[tuple[str, str], ...]:
    """Metadata of the request: it sends all calls of a conversation to the server that has its prefix cached.

    A branch begins with its parent's messages, so it goes to the same server.
    """
    return (("x-grok-conv-id", prompt.root_id or conversation.id),)


def _set_options(request: chat_pb2.GetCompletionsRequest, options: Options) -> None:
    if options.reasoning_effort is not None:
        request.reasoning_effort = EFFORTS[options.reasoning_effort]
    if options.temperature is not None:
        request.temperature = options.temperature
    if options.max_tokens is not None:
        request.max_tokens = options.max_tokens
    limits = options.search_limits
    if "web" in options.search:
        web = request.tools.add().web_search
        web.SetInParent()
        web.allowed_domains.extend(limits.sites)
        web.excluded_domains.extend(limits.excluded_sites)
        if limits.images:
            web.enable_image_understanding = True
    if "x" in options.search:
        posts = request.tools.add().x_search
        posts.SetInParent()
        posts.allowed_x_handles.extend(limits.handles)
        posts.excluded_x_handles.extend(limits.excluded_handles)
        if limits.images:
            posts.enable_image_understanding = True
        if limits.since is not None:
            posts.from_date.FromDatetime(datetime.combine(limits.since, time(), UTC))
    _add_makers(request, options)


def _add_makers(request: chat_pb2.GetCompletionsRequest, options: Options) -> None:
    """The tools that make something."""
    if "code" in options.search:
        request.tools.add().code_execution.SetInParent()
    if options.images:
        request.tools.add().image_generation.SetInParent()


def compact_request_of(messages: Sequence[PromptMessage], model: str) -> chat_pb2.CompactContextRequest:
    """The request that turns messages into one sealed message, which stands for them from then on."""
    return chat_pb2.CompactContextRequest(model=model, input=[_message(said) for said in messages])


def _message(said: PromptMessage) -> chat_pb2.Message:
    if said.compacted:  # as the official client sends it: a person's message without content
        return chat_pb2.Message(role=ROLES[said.role], encrypted_content=said.compacted)
    content = [_content(part) for part in said.parts]
    if said.text or not content:
        content.append(chat_pb2.Content(text=said.text))
    message = chat_pb2.Message(role=ROLES[said.role], content=content, name=said.name)
    if said.step is not None:
        message.reasoning_content = said.step.reasoning  # also if it is empty, as the official client does
        message.encrypted_content = said.step.encrypted_content
        message.tool_calls.extend(_tool_call(call) for call in said.step.tool_calls)
        if said.role is Role.TOOL and said.step.tool_calls:
            message.tool_call_id = said.step.tool_calls[0].id
    return message


def _content(part: Part) -> chat_pb2.Content:
    match part:
        case TextPart(text):
            return chat_pb2.Content(text=text)
        case ImagePart(data, media_type, detail):
            address = f"data:{media_type};base64,{b64encode(data).decode()}"
            return chat_pb2.Content(image_url=chat_pb2.ImageUrlContent(image_url=address, detail=DETAILS[detail]))
        case FilePart(name, media_type, data):
            return chat_pb2.Content(file=chat_pb2.FileContent(data=data, filename=name, mime_type=media_type))


def _tool_call(call: ToolCall) -> chat_pb2.ToolCall:
    return chat_pb2.ToolCall(
        id=call.id,
        type=cast("chat_pb2.ToolCallType.ValueType", call.type),
        status=cast("chat_pb2.ToolCallStatus.ValueType", call.status),
        error_message=call.error,
        function=chat_pb2.FunctionCall(name=call.name, arguments=call.arguments),
    )
