"""Compaction, limits by the minute, answers that nobody waits for, several answers, functions on demand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest

from grokbot.sandbox.grok_server import FunctionRequest, GrokRules, GrokSandbox, Script
from grokbot.sandbox.grok_server.answers import tokens
from grokbot.wire.xai.chat_pb2 import (
    CompactContextRequest,
    CompactContextResponse,
    DeferredStatus,
    FinishReason,
    Function,
    GetDeferredRequest,
    Message,
    MessageRole,
    Tool,
    ToolChoice,
    ToolMode,
)

from .asking import ASSISTANT, SYSTEM, USER, Client, asked, client_of, said, text_of

if TYPE_CHECKING:
    from .conftest import WallClock

WEATHER = Tool(
    function=Function(name="weather", parameters='{"type": "object", "properties": {"in": {"type": "string"}}}')
)


def _talk() -> list[Message]:
    turns = [said(SYSTEM, "Be kind.")]
    for number in range(6):
        turns += [said(USER, f"question {number} " + "and so on " * 50), said(ASSISTANT, "because " * 200)]
    return turns


async def _compacted(client: Client, messages: list[Message], model: str = "grok-4.7") -> CompactContextResponse:
    request = CompactContextRequest(model=model, input=messages)
    response: CompactContextResponse = await client.stub.CompactContext(request, metadata=client.metadata())
    return response


def _standing_for(compacted: CompactContextResponse) -> Message:
    return Message(role=USER, encrypted_content=compacted.encrypted_content)


async def test_a_compaction_stands_for_the_conversation_in_both_modes(grok: GrokSandbox, client: Client) -> None:
    long = (await client.whole(asked(*_talk(), "and?"))).usage.prompt_tokens
    compacted = await _compacted(client, _talk(), model="grok-4.3")
    assert compacted.id.startswith("cmp_")
    assert compacted.dropped_message_count == 13
    assert compacted.usage.prompt_tokens == long - tokens.PER_MESSAGE - tokens.count("and?")
    assert compacted.usage.completion_tokens > 0
    assert compacted.usage.cost_in_usd_ticks == grok.requests[-1].cost_ticks
    answer = await client.whole(asked(_standing_for(compacted), "and?", store_messages=True))
    assert answer.usage.prompt_tokens < long / 4
    assert "**1 question**" in answer.outputs[0].message.content
    more = await client.whole(asked("more?", previous_response_id=answer.id))
    assert more.usage.prompt_tokens > answer.usage.prompt_tokens
    dropped = await client.whole(asked("before", said(ASSISTANT, "hm"), _standing_for(compacted), "and?"))
    assert dropped.usage.prompt_tokens == answer.usage.prompt_tokens


async def test_a_compaction_is_compacted_again_and_scripts_write_its_record(grok: GrokSandbox, client: Client) -> None:
    grok.script_compaction(Script(text="They spoke of figs."))
    first = await _compacted(client, _talk())
    assert first.usage.completion_tokens == tokens.count("They spoke of figs.")
    second = await _compacted(client, [_standing_for(first), said(USER, "on"), said(ASSISTANT, "yes")])
    assert second.dropped_message_count == 3
    assert (await client.refusal(asked(_standing_for(second), "and?")))[0] == "OK"


async def test_a_compaction_is_refused_like_an_answer(grok: GrokSandbox, client: Client) -> None:
    async def refusal(messages: list[Message], model: str = "grok-4.7") -> str:
        try:
            await _compacted(client, messages, model)
        except grpc.aio.AioRpcError as error:
            return f"{error.code().name} {error.details()}"
        return "OK"

    assert (await refusal([])).startswith("INVALID_ARGUMENT")
    assert (await refusal(_talk(), "grok-0")).startswith("NOT_FOUND")
    assert "maximum prompt length" in await refusal([said(USER, "word " * 500_001)])
    grok.script_compaction(Script(fail="overloaded"))
    assert (await refusal(_talk())).startswith("UNAVAILABLE")
    compacted = await _compacted(client, _talk())
    grok.forget_seals()
    code, text = await client.refusal(asked(_standing_for(compacted), "and?"))
    assert (code, text.split(".")[0]) == ("INVALID_ARGUMENT", "Could not decrypt the provided encrypted_content")


async def test_a_seal_opens_for_its_model_only(client: Client) -> None:
    first = await client.whole(asked("why?", use_encrypted_content=True))
    answer = first.outputs[0].message
    back = said(ASSISTANT, answer.content, encrypted_content=answer.encrypted_content)
    assert (await client.refusal(asked("why?", back, "and?")))[0] == "OK"
    assert (await client.refusal(asked("why?", back, "and?", model="grok-4.6")))[0] == "INVALID_ARGUMENT"


async def test_a_minute_holds_so_many_requests_and_tokens(wall_clock: WallClock) -> None:
    async def codes(rules: GrokRules, *questions: str) -> list[str]:
        async with GrokSandbox(rules, now=wall_clock) as grok, client_of(grok) as client:
            found = [(await client.refusal(asked(question)))[0] for question in questions]
            wall_clock.seconds += 60
            found.append((await client.refusal(asked(questions[0])))[0])
            return found

    fast = {"tokens_per_second": math.inf}
    by_requests = await codes(GrokRules(requests_per_minute=2, **fast), "a", "b", "c")  # type: ignore[arg-type] # as above
    assert by_requests == ["OK", "OK", "RESOURCE_EXHAUSTED", "OK"]
    by_tokens = await codes(GrokRules(tokens_per_minute=120, **fast), "a", "b " * 60)  # type: ignore[arg-type] # as above
    assert by_tokens == ["OK", "RESOURCE_EXHAUSTED", "OK"]


async def test_an_answer_that_nobody_waits_for_is_fetched_once(grok: GrokSandbox, client: Client) -> None:
    grok.script(Script(text="later", first_token_after=0.05))
    started = await client.stub.StartDeferredCompletion(asked("?"), metadata=client.metadata())
    request = GetDeferredRequest(request_id=started.request_id)

    async def state() -> Any:
        return await client.stub.GetDeferredCompletion(request, metadata=client.metadata())

    assert (await state()).status == DeferredStatus.PENDING
    await grok.until(lambda: grok.requests[0].tokens_sent > 0)
    found = await state()
    assert (found.status, found.response.outputs[0].message.content) == (DeferredStatus.DONE, "later")
    with pytest.raises(grpc.aio.AioRpcError, match="not found"):
        await state()


async def test_several_answers_are_several_outputs(grok: GrokSandbox, client: Client) -> None:
    grok.script(Script(text="one two", reasoning=""), times=2)
    whole = await client.whole(asked("?", n=3))
    assert [(o.index, o.message.content, o.finish_reason) for o in whole.outputs] == [
        (number, "one two", FinishReason.REASON_STOP) for number in range(3)
    ]
    assert whole.usage.completion_tokens == 6
    chunks = await client.chunks(asked("?", n=3))
    assert text_of(chunks) == "one two" * 3 or sorted(text_of(chunks)) == sorted("one two" * 3)


async def test_a_demanded_function_is_called_and_its_result_read(grok: GrokSandbox, client: Client) -> None:
    request = asked("?", tools=[WEATHER], tool_choice=ToolChoice(function_name="weather"))
    (output,) = (await client.whole(request)).outputs
    (call,) = output.message.tool_calls
    assert (call.function.name, call.function.arguments) == ("weather", '{"in": "text"}')
    assert output.finish_reason == FinishReason.REASON_TOOL_CALLS
    result = said(MessageRole.ROLE_TOOL, "sunny", tool_call_id=call.id)
    demand = ToolChoice(mode=ToolMode.TOOL_MODE_REQUIRED)
    after = await client.whole(
        asked("?", Message(role=ASSISTANT, tool_calls=[call]), result, tools=[WEATHER], tool_choice=demand)
    )
    assert after.outputs[0].finish_reason == FinishReason.REASON_STOP
    grok.script(Script(text="no", functions=(FunctionRequest("weather"), FunctionRequest("unheard_of"))))
    answered = (await client.whole(asked("?", tools=[WEATHER]))).outputs[0].message
    assert [call.function.name for call in answered.tool_calls] == ["weather"]
