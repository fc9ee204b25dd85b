"""`stateful_chat`: one call for each turn of a conversation that xAI keeps, and we too.

Here: the call and its result as that document has it. Not here: how the daemon holds such a conversation.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, NotRequired, TypedDict

from grokbot.wire.grokbot.daemon_pb2 import StatefulChatRequest

if TYPE_CHECKING:
    from grokbot.wire.grokbot.daemon_pb2 import StatefulChatResponse, Usage
    from grokbot.wire.grokbot.daemon_pb2_grpc import DaemonAsyncStub


class InputDetails(TypedDict):
    """Of what was read."""

    cached_tokens: int


class OutputDetails(TypedDict):
    """Of what was written."""

    reasoning_tokens: int


class ChatUsage(TypedDict):
    """What a turn took, under the names that xAI's own REST API uses, which the document passes on.

    `output_tokens` has the reasoning's in it. `cost_in_usd_ticks` (10^-10 USD) is there where xAI told it.
    """

    input_tokens: int
    input_tokens_details: InputDetails
    output_tokens: int
    output_tokens_details: OutputDetails
    total_tokens: int
    num_server_side_tools_used: int
    cost_in_usd_ticks: NotRequired[int]


class ChatResult(TypedDict):
    """What `stateful_chat` returns.

    Attributes:
        content: The answer.
        response_id: What continues the conversation from here.
        status: "completed", or "incomplete" where a limit of length or time, or somebody, ended it.
        model: Who answered.
        usage: What it took.
        stored_until: Until when xAI keeps it, as 2026-12-23 (UTC); None where it does not. In the documented tool this
            was always today and 30 days, by the clock of the caller.
        continued_from: The id that was given; None for a new conversation.
        reasoning: What the model thought, where it was asked for and there is some.
        conversation_id: Under which `Client.grok` has it: ours, the document has none.
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
    """Turns of conversations that are kept, one call each.

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
        """Says something and returns the whole answer.

        What was said is kept by xAI for 30 days and by the daemon for good: a conversation goes on after that too.

        Args:
            prompt: What the person says.
            response_id: The response after which it goes on; None begins a new conversation. Any answer may be gone on
                from, also more than once.
            model: Who answers; "" is the conversation's own model, or the daemon's for a new one. In the documented
                tool it was "grok-4", which xAI does not offer any more, and which changed the model of a conversation
                that had begun with another.
            system_prompt: What the model is told beforehand, where a conversation begins; else it has no effect.
            include_reasoning: Whether to return what the model thought.
            temperature: 0 to 2; None is the model's own.
            max_tokens: How long the answer may become; None is the model's own limit.

        Raises:
            InvalidInputError: A number is out of its range, or nothing was said.
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
