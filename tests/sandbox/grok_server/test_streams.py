"""Pace, breaks, cancelling and what is recorded of it, over real gRPC."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import grpc.aio
import pytest

from grokbot.sandbox.grok_server import FAILURES, FunctionRequest, GrokRules, GrokSandbox, Script, ScriptedQuery
from grokbot.sandbox.grok_server.answers import tokens
from grokbot.wire.xai.chat_pb2 import (
    FinishReason,
    Function,
    IncludeOption,
    MessageRole,
    Tool,
    ToolCallStatus,
    ToolCallType,
    WebSearch,
    XSearch,
)

from .asking import SYSTEM, Client, asked, client_of, said, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def slow() -> AsyncIterator[GrokSandbox]:
    async with GrokSandbox(GrokRules(tokens_per_second=20.0, query_seconds=0.05)) as sandbox:
        yield sandbox


async def test_a_script_is_sent_verbatim_token_by_token(grok: GrokSandbox, client: Client) -> None:
    text = "One *two*\n\n```py\nthree()\n```\n👩‍🚀 done"
    grok.script(Script(text=text, reasoning="Let me see."))
    chunks = await client.chunks(asked("?"))
    assert text_of(chunks) == text
    assert len(chunks) >= tokens.count(text) + tokens.count("Let me see.")
    assert "".join(chunk.outputs[0].delta.reasoning_content for chunk in chunks) == "Let me see."
    assert chunks[-1].outputs[0].finish_reason == FinishReason.REASON_STOP
    assert all(chunk.outputs[0].finish_reason == FinishReason.REASON_INVALID for chunk in chunks[:-1])
    assert {(chunk.id, chunk.model, chunk.created.seconds) for chunk in chunks} == {
        (grok.requests[0].response_id, "grok-4.7", 1_800_000_000)
    }
    assert {chunk.outputs[0].delta.role for chunk in chunks} == {MessageRole.ROLE_ASSISTANT}


async def test_scripts_serve_in_order_and_then_the_author_is_free(grok: GrokSandbox, client: Client) -> None:
    grok.script(Script(text="first"))
    grok.script(Script(text="twice"), times=2)
    assert grok.scripts_left == 3
    answers = [(await client.whole(asked("why?"))).outputs[0].message.content for _ in range(4)]
    assert answers[:3] == ["first", "twice", "twice"]
    assert "> why?" in answers[3]


async def test_an_invalid_request_uses_up_no_script(grok: GrokSandbox, client: Client) -> None:
    grok.script(Script(text="kept"))
    assert (await client.refusal(asked("hello", model="grok-0")))[0] == "NOT_FOUND"
    assert text_of(await client.chunks(asked("hello"))) == "kept"


async def test_without_n_there_are_no_outputs(client: Client) -> None:
    request = asked("hello")
    request.ClearField("n")
    chunks = await client.chunks(request)
    assert [len(chunk.outputs) for chunk in chunks] == [0]
    assert chunks[0].usage.prompt_tokens > 0
    assert len((await client.whole(request)).outputs) == 0


async def test_tokens_take_their_time(slow: GrokSandbox) -> None:
    slow.script(Script(text="a b c d e f", reasoning="", first_token_after=0.2))
    async with client_of(slow) as client:
        await client.chunks(asked("?"))
    call = slow.requests[0]
    assert call.ended is not None
    assert call.ended - call.started >= 0.2 + 6 / 20


async def test_tokens_of_one_group_travel_together() -> None:
    async with (
        GrokSandbox(GrokRules(tokens_per_second=math.inf, tokens_per_chunk=4)) as grok,
        client_of(grok) as client,
    ):
        grok.script(Script(text="a b c d e f g h", reasoning=""))
        chunks = await client.chunks(asked("?"))
    assert [chunk.outputs[0].delta.content for chunk in chunks[:2]] == ["a b c d", " e f g h"]


async def test_a_cancelled_stream_is_noticed_and_ends(slow: GrokSandbox) -> None:
    slow.script(Script(text="word " * 500, reasoning=""))
    async with client_of(slow) as client:
        call = client.stream(asked("?"))
        await slow.until(lambda: slow.running == 1 and slow.requests[0].tokens_sent >= 2, 10)
        assert slow.requests[0].ended is None
        call.cancel()
        await slow.until(lambda: slow.running == 0, 10)
    record = slow.requests[0]
    assert record.cancelled
    assert record.status is None
    assert record.ended is not None
    assert 2 <= record.tokens_sent < 500


async def test_a_deadline_of_the_client_counts_as_cancelled(slow: GrokSandbox) -> None:
    slow.script(Script(text="word " * 500))
    async with client_of(slow) as client:
        call = client.stub.GetCompletionChunk(asked("?"), metadata=client.metadata(), timeout=0.3)
        assert await call.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        await slow.until(lambda: slow.requests[0].cancelled, 10)


async def test_a_hanging_stream_stays_open_until_the_client_goes(grok: GrokSandbox, client: Client) -> None:
    grok.script(Script(text="one two three four", reasoning="", hang_after_tokens=2))
    call = client.stream(asked("?"))
    received = [(await call.read()).outputs[0].delta.content for _ in range(2)]
    assert received == ["one", " two"]
    await grok.until(lambda: grok.requests[0].tokens_sent == 2, 10)
    with pytest.raises(TimeoutError):
        await grok.until(lambda: grok.running == 0, 0.1)
    call.cancel()
    await grok.until(lambda: grok.running == 0, 10)


async def test_a_hanging_stream_does_not_keep_the_sandbox_from_closing() -> None:
    async with GrokSandbox() as grok, client_of(grok) as client:
        grok.script(Script(hang_after_tokens=0))
        call = client.stream(asked("?"))
        await grok.until(lambda: grok.running == 1, 10)
        await grok.close()
        with pytest.raises(grpc.aio.AioRpcError):
            await call.read()
    assert grok.running == 0


@pytest.mark.parametrize("name", FAILURES)
async def test_every_failure_arrives_at_once_and_in_mid_stream(grok: GrokSandbox, client: Client, name: str) -> None:
    expected = (FAILURES[name].code.name, FAILURES[name].text)
    grok.script(Script(fail=name))
    assert await client.refusal(asked("?")) == expected
    grok.script(Script(text="one two three four", reasoning="", fail=name, fail_after_tokens=3))
    call = client.stream(asked("?"))
    received = [await call.read() for _ in range(3)]
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call.read()
    assert (caught.value.code().name, caught.value.details()) == expected
    assert text_of(received) == "one two three"
    assert [(record.tokens_sent, record.status, record.cancelled) for record in grok.requests] == [
        (0, expected[0], False),
        (3, expected[0], False),
    ]
    await grok.until(lambda: grok.running == 0)  # the client may hear of the end before the server's call has ended


async def test_a_failure_beyond_the_end_still_strikes_before_it(grok: GrokSandbox, client: Client) -> None:
    grok.script(Script(text="short", reasoning="", fail="internal", fail_after_tokens=1_000))
    assert (await client.refusal(asked("?")))[0] == "INTERNAL"


async def test_a_person_directs_the_answer_with_words(grok: GrokSandbox, client: Client) -> None:
    assert (await client.refusal(asked("please !fail no_credit")))[0] == "PERMISSION_DENIED"
    assert (await client.refusal(asked("!fail overloaded after 10")))[0] == "UNAVAILABLE"
    assert grok.requests[-1].tokens_sent == 10
    chunks = await client.chunks(asked("!search figs", tools=[Tool(web_search=WebSearch())]))
    assert chunks[-1].usage.server_side_tools_used == [1]


@pytest.mark.parametrize(
    ("finish", "reason"),
    [("max_len", "REASON_MAX_LEN"), ("max_context", "REASON_MAX_CONTEXT"), ("none", "REASON_INVALID")],
)
async def test_an_answer_ends_as_scripted(grok: GrokSandbox, client: Client, finish: str, reason: str) -> None:
    grok.script(Script(text="end", finish=finish))
    chunks = await client.chunks(asked("?"))
    assert FinishReason.Name(chunks[-1].outputs[0].finish_reason) == reason


async def test_max_tokens_cuts_the_answer_and_says_so(grok: GrokSandbox, client: Client) -> None:
    grok.script(Script(text="one two three four"))
    grok.script(Script(text="one two"))
    cut = await client.whole(asked("?", max_tokens=2))
    assert cut.outputs[0].message.content == "one two"
    assert cut.outputs[0].finish_reason == FinishReason.REASON_MAX_LEN
    assert cut.usage.completion_tokens == 2
    assert (await client.whole(asked("?", max_tokens=2))).outputs[0].finish_reason == FinishReason.REASON_STOP


async def test_a_function_of_the_client_is_asked_for(grok: GrokSandbox, client: Client) -> None:
    grok.script(Script(text="", functions=(FunctionRequest("weather", '{"in": "Rome"}'),)))
    tool = Tool(function=Function(name="weather", parameters="{}"))
    answer = (await client.whole(asked("?", tools=[tool]))).outputs[0]
    assert answer.finish_reason == FinishReason.REASON_TOOL_CALLS
    assert [(call.type, call.function.name) for call in answer.message.tool_calls] == [
        (ToolCallType.TOOL_CALL_TYPE_CLIENT_SIDE_TOOL, "weather")
    ]


async def test_several_searches_alternate_with_results(grok: GrokSandbox, client: Client) -> None:
    grok.script(Script(text="found", reasoning="a b c d", queries=["one", "two"]))
    answer = await client.whole(asked("?", tools=[Tool(web_search=WebSearch())]))
    roles = [MessageRole.Name(output.message.role) for output in answer.outputs]
    assert roles == ["ROLE_ASSISTANT", "ROLE_TOOL", "ROLE_ASSISTANT", "ROLE_TOOL", "ROLE_ASSISTANT"]
    assert [output.index for output in answer.outputs] == [0, 1, 2, 3, 4]
    assert answer.outputs[-1].message.content == "found"
    assert "".join(output.message.reasoning_content for output in answer.outputs).replace(" ", "") == "abcd"


async def test_the_assistants_output_tells_the_end_of_a_search_only_if_that_was_asked_for(
    grok: GrokSandbox, client: Client
) -> None:
    async def states(*include: IncludeOption.ValueType) -> list[str]:
        grok.script(Script(text="found", queries=["figs"]))
        chunks = await client.chunks(asked("?", tools=[Tool(web_search=WebSearch())], include=include))
        calls = [call for chunk in chunks for output in chunk.outputs for call in output.delta.tool_calls]
        return [ToolCallStatus.Name(call.status).removeprefix("TOOL_CALL_STATUS_") for call in calls]

    # The last is the result's own copy of its call.
    assert await states(IncludeOption.INCLUDE_OPTION_VERBOSE_STREAMING) == ["IN_PROGRESS", "COMPLETED", "COMPLETED"]
    assert await states() == ["IN_PROGRESS", "COMPLETED"]


async def test_the_chunk_of_a_result_is_its_own_and_tells_only_the_cost(grok: GrokSandbox, client: Client) -> None:
    grok.script(Script(text="found", reasoning="", queries=["figs"]))
    chunks = await client.chunks(asked("?", tools=[Tool(web_search=WebSearch())], use_encrypted_content=True))
    assert all(len(chunk.outputs) == 1 for chunk in chunks)
    (result,) = (chunk for chunk in chunks if chunk.outputs[0].delta.role == MessageRole.ROLE_TOOL)
    assert (result.usage.prompt_tokens, result.usage.cost_in_usd_ticks > 0) == (0, True)
    assert result.outputs[0].delta.encrypted_content
    assert chunks[-1].usage.prompt_tokens > 0


async def test_a_search_that_is_not_offered_is_not_made(grok: GrokSandbox, client: Client) -> None:
    grok.script(Script(text="from memory", queries=["one"]))
    answer = await client.whole(asked("?"))
    assert len(answer.outputs) == 1
    assert not answer.usage.server_side_tools_used


@pytest.mark.parametrize(
    ("tools", "searched"),
    [
        ([Tool(web_search=WebSearch()), Tool(x_search=XSearch())], ["web_search", "x_keyword_search", "web_search"]),
        ([Tool(web_search=WebSearch())], ["web_search", "web_search"]),
        ([Tool(x_search=XSearch())], ["x_keyword_search"]),
        ([], []),
    ],
)
async def test_searches_of_each_kind_are_made_as_far_as_they_are_offered(
    grok: GrokSandbox, client: Client, tools: list[Tool], searched: list[str]
) -> None:
    grok.script(
        Script(text="found", queries=[ScriptedQuery("one"), ScriptedQuery("two", kind="x"), ScriptedQuery("three")])
    )
    chunks = await client.chunks(asked("?", tools=tools, include=[IncludeOption.INCLUDE_OPTION_VERBOSE_STREAMING]))
    calls = [call for chunk in chunks for output in chunk.outputs for call in output.delta.tool_calls]
    begun = [call for call in calls if call.status == ToolCallStatus.TOOL_CALL_STATUS_IN_PROGRESS]
    assert [call.function.name for call in begun] == searched
    assert text_of(chunks) == "found"


async def test_a_record_shows_what_the_model_was_told_before_all_else(grok: GrokSandbox, client: Client) -> None:
    await client.chunks(asked(said(SYSTEM, "Be brief."), "Why?", safety_identifier="hash"))
    await client.chunks(asked("Why?"))
    assert [call.system_prompt for call in grok.requests] == ["Be brief.", ""]
    assert [call.person for call in grok.requests] == ["hash", ""]


async def test_many_streams_run_side_by_side() -> None:
    async with GrokSandbox(GrokRules(tokens_per_second=20.0)) as grok, client_of(grok) as client:
        grok.script(
            Script(text="word " * 20, reasoning="", first_token_after=5.0), times=100
        )  # none ends before all run
        streams = [asyncio.create_task(client.chunks(asked("?"))) for _ in range(100)]
        await grok.until(lambda: grok.running == 100, 30)
        answers = await asyncio.gather(*streams)
    assert {text_of(chunks) for chunks in answers} == {"word " * 20}
    assert grok.running == 0


async def test_waiting_for_what_never_comes_ends(grok: GrokSandbox) -> None:
    with pytest.raises(TimeoutError):
        await grok.until(lambda: grok.running > 0, 0.05)


async def test_a_sandbox_comes_back_on_the_same_port() -> None:
    grok = GrokSandbox()
    await grok.start()
    target = grok.target
    await grok.close()
    await grok.start()
    assert grok.target == target
    async with client_of(grok) as client:
        assert text_of(await client.chunks(asked("!fast"))) != ""
    await grok.close()


async def test_two_sandboxes_do_not_share_a_port(grok: GrokSandbox) -> None:
    with pytest.raises(RuntimeError):
        await GrokSandbox(GrokRules(port=int(grok.target.rpartition(":")[2]))).start()
