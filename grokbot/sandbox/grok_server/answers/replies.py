"""Messages to the client: chunks, whole answers, usage and settings.

Here: pure functions from beats and counts to protobuf values. Not here: when they are sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from grokbot.sandbox.grok_server.answers.tools import TICKS
from grokbot.sandbox.grok_server.prices import LONG_PROMPT, Consumption, ModelFacts, cost_ticks
from grokbot.wire.xai.chat_pb2 import (
    CompletionMessage,
    CompletionOutput,
    CompletionOutputChunk,
    Content,
    GetChatCompletionChunk,
    GetChatCompletionResponse,
    GetCompletionsRequest,
    Message,
    MessageRole,
    RequestSettings,
    ToolCall,
    ToolCallStatus,
)
from grokbot.wire.xai.usage_pb2 import SamplingUsage, ServerSideTool, ServiceTier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.timestamp_pb2 import Timestamp

    from grokbot.sandbox.grok_server.answers.plans import Beat

FINGERPRINT: Final = "fp_sandbox"


@dataclass(slots=True)
class Tally:
    """An answer's usage so far; it grows with every beat sent.

    After each turn of tools the model reads the prompt again, now from the cache, and what it wrote until then: that is
    counted again, as xAI documents. Whether a prompt is long is decided by the first reading.
    """

    model: ModelFacts
    prompt_text: int
    prompt_images: int
    cached: int
    tells_cost: bool = True
    completion: int = 0
    reasoning: int = 0
    used: list[ServerSideTool.ValueType] = field(default_factory=list)
    turns: int = 0
    again: int = 0
    _ran: bool = False

    def add(self, beat: Beat) -> None:
        """Count one beat."""
        if beat.role == MessageRole.ROLE_TOOL:
            self._ran = True
        elif self._ran:
            self._ran = False
            self.turns += 1
            self.again += self.completion + self.reasoning
        if beat.token:
            self.completion += bool(beat.content)
            self.reasoning += bool(beat.reasoning)
        if beat.used:
            self.used.append(beat.used)

    @property
    def _long(self) -> bool:
        return self.prompt_text + self.prompt_images >= LONG_PROMPT

    def cost_so_far(self) -> SamplingUsage:
        """What the chunk of a tool's result tells: the cost, and no tokens; so recorded at xAI."""
        return SamplingUsage(cost_in_usd_ticks=self.usage().cost_in_usd_ticks if self.tells_cost else None)

    def usage(self, sources: int = 0) -> SamplingUsage:
        """The usage so far; `sources` are known only at the end."""
        used = Consumption(
            self.prompt_text * (self.turns + 1) + self.again,
            self.prompt_images * (self.turns + 1),
            self.cached + self.prompt_text * self.turns,
            self.completion,
            self.reasoning,
            other_ticks=sum(TICKS[tool] for tool in self.used),
        )
        return SamplingUsage(
            completion_tokens=used.completion,
            reasoning_tokens=used.reasoning,
            prompt_tokens=used.prompt,
            total_tokens=used.total,
            prompt_text_tokens=used.prompt_text,
            cached_prompt_text_tokens=used.cached,
            prompt_image_tokens=used.prompt_images,
            num_sources_used=sources,
            server_side_tools_used=self.used,
            cost_in_usd_ticks=cost_ticks(self.model, used, self._long) if self.tells_cost else None,
        )


@dataclass(frozen=True, slots=True)
class Envelope:
    """The fields that every chunk of an answer, and the whole of it, share."""

    id: str
    created: Timestamp
    model: str

    def chunk(self, beats: Iterable[Beat], usage: SamplingUsage) -> GetChatCompletionChunk:
        """Some beats as one chunk."""
        return GetChatCompletionChunk(
            id=self.id,
            outputs=outputs(beats),
            created=self.created,
            model=self.model,
            system_fingerprint=FINGERPRINT,
            usage=usage,
            service_tier=ServiceTier.SERVICE_TIER_DEFAULT,
        )

    def whole(
        self, beats: Iterable[Beat], usage: SamplingUsage, request: GetCompletionsRequest
    ) -> GetChatCompletionResponse:
        """The whole answer as one message.

        Args:
            beats: All of them, in order.
            usage: Its usage.
            request: The answer repeats its settings.
        """
        return GetChatCompletionResponse(
            id=self.id,
            outputs=[_whole(output) for output in outputs(beats)],
            created=self.created,
            model=self.model,
            system_fingerprint=FINGERPRINT,
            usage=usage,
            settings=settings(request),
            service_tier=ServiceTier.SERVICE_TIER_DEFAULT,
        )


def outputs(beats: Iterable[Beat]) -> list[CompletionOutputChunk]:
    """Beats joined by output, in the order in which outputs begin."""
    by_index: dict[int, CompletionOutputChunk] = {}
    for beat in beats:
        output = by_index.get(beat.index)
        if output is None:
            output = by_index[beat.index] = CompletionOutputChunk(index=beat.index)
        delta = output.delta
        delta.role = beat.role
        if beat.content:
            delta.content += beat.content
        if beat.reasoning:
            delta.reasoning_content += beat.reasoning
        if beat.sealed:
            delta.encrypted_content += beat.sealed
        delta.citations.extend(beat.citations)
        if beat.call is not None:
            delta.tool_calls.append(beat.call)
        output.finish_reason = beat.finish
    return list(by_index.values())


def _whole(output: CompletionOutputChunk) -> CompletionOutput:
    """A streamed output in its final form: only the last state of each call is left."""
    message = CompletionMessage.FromString(output.delta.SerializeToString())  # the two share their field numbers
    latest = {call.id: call for call in message.tool_calls}
    for call in latest.values():
        if not call.status:  # whole answers are sent when everything in them is over
            call.status = ToolCallStatus.TOOL_CALL_STATUS_COMPLETED
    kept = [ToolCall.FromString(call.SerializeToString()) for call in latest.values()]
    del message.tool_calls[:]
    message.tool_calls.extend(kept)
    return CompletionOutput(index=output.index, finish_reason=output.finish_reason, message=message)


def as_history(response: GetChatCompletionResponse) -> Message:
    """The answer as a message in the rest of its conversation."""
    last = next(
        (o.message for o in reversed(response.outputs) if o.message.role == MessageRole.ROLE_ASSISTANT),
        CompletionMessage(),
    )
    return Message(
        role=MessageRole.ROLE_ASSISTANT,
        content=[Content(text=last.content)] if last.content else [],
        tool_calls=last.tool_calls,
        encrypted_content=last.encrypted_content,
    )


def settings(request: GetCompletionsRequest) -> RequestSettings:
    """The request's settings as the server understood them."""
    same = RequestSettings(
        parallel_tool_calls=request.parallel_tool_calls,
        tools=request.tools,
        user=request.user,
        store_messages=request.store_messages,
        use_encrypted_content=request.use_encrypted_content,
        include=request.include,
    )
    for name in ("max_tokens", "previous_response_id", "reasoning_effort", "temperature", "top_p"):
        if request.HasField(name):
            setattr(same, name, getattr(request, name))
    for name in ("response_format", "tool_choice"):
        if request.HasField(name):  # type: ignore[arg-type] # the stub wants literals
            getattr(same, name).CopyFrom(getattr(request, name))
    return same
