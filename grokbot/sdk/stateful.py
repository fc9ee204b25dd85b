"""`stateful_chat`: one call per turn of a conversation that both xAI and the daemon store.

Here: the call and its result as that document defines them. Not here: how the daemon stores such a conversation.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, NotRequired, TypedDict

from grokbot.wire.grokbot.daemon_pb2 import StatefulChatRequest, StatefulChatResponse

if TYPE_CHECKING:
    from grokbot.wire.grokbot.daemon_pb2 import Answer as DaemonAnswer
    from grokbot.wire.grokbot.daemon_pb2 import Usage
    from grokbot.wire.grokbot.daemon_pb2_grpc import DaemonAsyncStub


class InputDetails(TypedDict):
    """Details of the input tokens."""

    cached_tokens: int


class OutputDetails(TypedDict):
    """Details of the output tokens."""

    reasoning_tokens: int


class ChatUsage(TypedDict):
    """A turn's usage, under the names of xAI's own REST API, which the document uses.

    `output_tokens` includes reasoning. `cost_in_usd_ticks` (10^-10 USD) is present if xAI reported it.
    """

    input_tokens: int
    input_tokens_details: InputDetails
    output_tokens: int
    output_tokens_details: OutputDetails
    total_tokens: int
    num_server_side_tools_used: int
    cost_in_usd_ticks: NotRequired[int]


class ChatResult(TypedDict):
    """The result of `stateful_chat`.

    Attributes:
        content: The answer.
        response_id: The id that continues the conversation from here.
        status: "completed", or "incomplete" if a limit of length or time, or somebody, stopped it.
        model: The model that answered.
        usage: The turn's usage.
        stored_until: The date until which xAI stores it, as 2026-12-23 (UTC); None if it does not. In the documented
            tool this was always today plus 30 days, by the caller's clock.
        continued_from: The given id; None for a new conversation.
        reasoning: The model's reasoning, if requested and present.
        conversation_id: Its id in `Client.grok`: ours, the document has none.
    """

    content: str
    response_id: str
    status: str
    model: str
    usage: ChatUsage
    stored_until: str | None
    continued_from: str | None
    reasoning: NotRequired[str]
    conversation_id: str


class AsyncStateful:
    """Turns of stored conversations, one call each.

    Args:
        stub: The daemon's service.
    """

    def __init__(self, stub: DaemonAsyncStub) -> None:
        self._stub = stub

    async def chat(
        self,
        prompt: str,
        response_id: str | None = None,
        model: str = "",
        system_prompt: str | None = None,
        include_reasoning: bool = False,
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> ChatResult:
        """Say something and return the whole answer.

        xAI stores it for 30 days and the daemon permanently: the conversation can be continued after that too.

        Args:
            prompt: The person's message.
            response_id: The response to continue from; None begins a new conversation. Any answer can be continued,
                also more than once.
            model: The model; "" is the conversation's own, or the daemon's for a new one. In the documented
                tool it was "grok-4", which xAI no longer offers, and which changed the model of a conversation
                that had begun with another.
            system_prompt: The system prompt of a new conversation; otherwise it has no effect.
            include_reasoning: Whether to return the model's reasoning.
            temperature: 0 to 2; None is the model's own.
            max_tokens: Maximum length of the answer; None is the model's own limit.

        Raises:
            InvalidInputError: A number is out of range, or the prompt is empty.
            NotFoundError: There is no such response, or it is somebody else's.
            ApiError: The answer failed.
        """
        request = StatefulChatRequest(
            prompt=prompt,
            response_id=response_id or "",
            model=model,
            system_prompt=system_prompt or "",
            include_reasoning=include_reasoning,
            temperature=temperature,
            max_tokens=max_tokens,
        )
        return _result_of(await self._stub.StatefulChat(request))


def turn_result(
    answer: DaemonAnswer, content: str, *, continued_from: str | None, include_reasoning: bool
) -> ChatResult:
    """The same result for a turn that was streamed.

    Args:
        answer: What is known of the answer.
        content: Its text.
        continued_from: The response that it continued; None for a new conversation.
        include_reasoning: Whether to return the model's reasoning.
    """
    reasoning = answer.reasoning if include_reasoning else ""
    return _result_of(
        StatefulChatResponse(
            content=content,
            response_id=answer.response_id,
            status=answer.status,
            model=answer.model,
            usage=answer.usage,
            stored_until=answer.stored_until if answer.HasField("stored_until") else None,
            continued_from=continued_from or "",
            reasoning=reasoning,
            conversation_id=answer.conversation_id,
        )
    )


def _result_of(response: StatefulChatResponse) -> ChatResult:
    kept = response.stored_until.ToDatetime(UTC) if response.HasField("stored_until") else None
    result = ChatResult(
        content=response.content,
        response_id=response.response_id,
        status=response.status,
        model=response.model,
        usage=_usage_of(response.usage),
        stored_until=kept.strftime("%Y-%m-%d") if kept else None,
        continued_from=response.continued_from or None,
        conversation_id=response.conversation_id,
    )
    if response.reasoning:
        result["reasoning"] = response.reasoning
    return result


def _usage_of(usage: Usage) -> ChatUsage:
    written = usage.completion_tokens + usage.reasoning_tokens
    result = ChatUsage(
        input_tokens=usage.prompt_tokens,
        input_tokens_details=InputDetails(cached_tokens=usage.cached_prompt_tokens),
        output_tokens=written,
        output_tokens_details=OutputDetails(reasoning_tokens=usage.reasoning_tokens),
        total_tokens=usage.prompt_tokens + written,
        num_server_side_tools_used=usage.tool_calls,
    )
    if usage.HasField("cost_ticks"):
        result["cost_in_usd_ticks"] = usage.cost_ticks
    return result
