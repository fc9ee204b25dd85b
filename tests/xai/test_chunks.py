from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grokbot.conversation.draft import (
    Called,
    Cited,
    CitedInText,
    Drawing,
    Drawn,
    Finished,
    Identified,
    Phase,
    TextPiece,
    UsageSoFar,
)
from grokbot.conversation.parts import ImagePart
from grokbot.conversation.response import Query, State, ToolCall, Usage
from grokbot.conversation.text.citations import Citation
from grokbot.wire.xai import chat_pb2, usage_pb2
from grokbot.xai.chunks import Chunks, usage_of

from . import streams
from .cases import NOW, drafted, pending

if TYPE_CHECKING:
    from random import Random

    from grokbot.conversation.draft import Events

randoms = st.randoms(use_true_random=False)


@settings(max_examples=600, deadline=None)
@given(randoms, st.booleans())
def test_any_way_of_cutting_a_stream_makes_the_same_answer(random: Random, verbose: bool) -> None:
    atoms = streams.stream(random, verbose=verbose)
    whole = drafted([streams.chunk(atoms)])
    pieces = drafted(streams.cut(random, atoms))
    begun = pending("m", "h")
    expected = whole.ended(begun, State.DONE, NOW)
    ended = pieces.ended(begun, State.DONE, NOW)
    assert (ended.message, ended.reasoning, ended.encrypted_content) == (
        expected.message,
        expected.reasoning,
        expected.encrypted_content,
    )
    assert ended.steps == expected.steps
    assert ended.queries == expected.queries
    assert (pieces.length, pieces.cut_short) == (whole.length, whole.cut_short)
    assert pieces.finished
    assert whole.finished
    assert pieces.phase is whole.phase is Phase.WRITING


@settings(max_examples=300, deadline=None)
@given(randoms)
def test_the_answer_is_the_text_of_the_last_output_and_no_other(random: Random) -> None:
    atoms = streams.stream(random)
    last = atoms[-1].index
    ended = drafted(streams.cut(random, atoms)).ended(pending("m", "h"), State.DONE, NOW)
    assert ended.message == "".join(a.text for a in atoms if a.index == last)
    assert ended.reasoning == "".join(a.reasoning for a in atoms if a.index == last)
    assert [step.role for step in ended.steps] == ["assistant", "tool"] * (last // 2)
    for number, step in enumerate(ended.steps):
        assert step.text == "".join(a.text for a in atoms if a.index == number)
        assert [c.id for c in step.tool_calls] == [a.call.id for a in atoms if a.call and a.index == number]


@settings(max_examples=300, deadline=None)
@given(randoms, st.data())
def test_a_stream_cut_off_before_its_end_never_looks_finished(random: Random, data: st.DataObject) -> None:
    atoms = streams.stream(random, verbose=True)
    count = data.draw(st.integers(0, len(atoms) - 1))
    assert not drafted([streams.chunk([atom]) for atom in atoms[:count]]).finished
    assert drafted([streams.chunk([atom]) for atom in atoms]).finished


def test_one_chunk_says_everything_in_order() -> None:
    call = chat_pb2.ToolCall(
        id="c1",
        type=chat_pb2.TOOL_CALL_TYPE_X_SEARCH_TOOL,
        status=chat_pb2.TOOL_CALL_STATUS_FAILED,
        error_message="no",
        function=chat_pb2.FunctionCall(name="x_search", arguments='{"query": "figs"}'),
    )
    delta = chat_pb2.Delta(
        role=chat_pb2.ROLE_ASSISTANT,
        content="t",
        reasoning_content="r",
        encrypted_content="e",
        tool_calls=[call],
    )
    output = chat_pb2.CompletionOutputChunk(index=2, delta=delta, finish_reason=chat_pb2.REASON_MAX_CONTEXT)
    chunk = chat_pb2.GetChatCompletionChunk(
        id="x1",
        model="grok-4.7",
        outputs=[output],
        usage=usage_pb2.SamplingUsage(prompt_tokens=5),
        citations=["https://example.com"],
    )
    assert list(Chunks().events_of(chunk)) == [
        Identified("x1", "grok-4.7"),
        UsageSoFar(Usage(prompt_tokens=5)),
        TextPiece(2, "assistant", "t", "r", "e"),
        Called(2, ToolCall("c1", 3, 3, "x_search", '{"query": "figs"}', "no"), Query("x", "figs")),
        Finished(2, cut_short=True),
        Cited(("https://example.com",)),
    ]


def test_an_empty_chunk_says_nothing() -> None:
    assert list(Chunks().events_of(chat_pb2.GetChatCompletionChunk())) == []
    bare = chat_pb2.GetChatCompletionChunk(outputs=[chat_pb2.CompletionOutputChunk()])
    assert list(Chunks().events_of(bare)) == []


def test_an_id_and_a_model_are_told_when_they_are_new_and_not_again() -> None:
    read, told = Chunks(), []
    for xai_id, model in [("x1", "grok"), ("x1", "grok"), ("", ""), ("x1", "grok"), ("x1", "grok-2"), ("x2", "grok-2")]:
        told.append(read.events_of(chat_pb2.GetChatCompletionChunk(id=xai_id, model=model)))
    assert told == [
        (Identified("x1", "grok"),),
        (),
        (),
        (),
        (Identified("x1", "grok-2"),),
        (Identified("x2", "grok-2"),),
    ]


def test_a_chunk_that_says_nothing_has_still_been_received() -> None:
    read = Chunks()
    assert not read.received
    assert read.events_of(chat_pb2.GetChatCompletionChunk()) == ()
    assert read.received


@pytest.mark.parametrize(
    ("reason", "events"),
    [
        (chat_pb2.REASON_INVALID, []),
        (chat_pb2.REASON_TOOL_CALLS, []),
        (chat_pb2.REASON_STOP, [Finished(1)]),
        (chat_pb2.REASON_MAX_LEN, [Finished(1, cut_short=True)]),
        (chat_pb2.REASON_MAX_CONTEXT, [Finished(1, cut_short=True)]),
        (chat_pb2.REASON_TIME_LIMIT, [Finished(1, cut_short=True)]),
    ],
)
def test_an_end_so_that_a_tool_can_run_is_no_end(
    reason: chat_pb2.FinishReason.ValueType, events: list[Finished]
) -> None:
    output = chat_pb2.CompletionOutputChunk(index=1, finish_reason=reason)
    assert list(Chunks().events_of(chat_pb2.GetChatCompletionChunk(outputs=[output]))) == events


@pytest.mark.parametrize(
    ("kind", "arguments", "query"),
    [
        (chat_pb2.TOOL_CALL_TYPE_WEB_SEARCH_TOOL, '{"query": "figs"}', Query("web", "figs")),
        (chat_pb2.TOOL_CALL_TYPE_X_SEARCH_TOOL, '{"query": "figs", "limit": 3}', Query("x", "figs")),
        (chat_pb2.TOOL_CALL_TYPE_WEB_SEARCH_TOOL, '{"url": "https://e.org/a"}', Query("web", "https://e.org/a")),
        (chat_pb2.TOOL_CALL_TYPE_X_SEARCH_TOOL, '{"post_id": "17"}', Query("x", "https://x.com/i/status/17")),
        (chat_pb2.TOOL_CALL_TYPE_X_SEARCH_TOOL, '{"post_id": 17}', Query("x", "https://x.com/i/status/17")),
        (chat_pb2.TOOL_CALL_TYPE_WEB_SEARCH_TOOL, '{"query": "figs", "url": "https://e.org"}', Query("web", "figs")),
        (chat_pb2.TOOL_CALL_TYPE_WEB_SEARCH_TOOL, '{"url": ["a"]}', Query("web", "['a']")),
        (chat_pb2.TOOL_CALL_TYPE_WEB_SEARCH_TOOL, "", Query("web", "")),
        (chat_pb2.TOOL_CALL_TYPE_WEB_SEARCH_TOOL, "{", Query("web", "")),
        (chat_pb2.TOOL_CALL_TYPE_WEB_SEARCH_TOOL, "[]", Query("web", "")),
        (chat_pb2.TOOL_CALL_TYPE_WEB_SEARCH_TOOL, "[" * 10_000, Query("web", "")),
        (chat_pb2.TOOL_CALL_TYPE_WEB_SEARCH_TOOL, '{"query": 7}', Query("web", "7")),
        (chat_pb2.TOOL_CALL_TYPE_CODE_EXECUTION_TOOL, '{"code": "1 + 1"}', Query("code", "")),
        (chat_pb2.TOOL_CALL_TYPE_CLIENT_SIDE_TOOL, '{"query": "figs"}', None),
    ],
)
def test_a_search_is_a_query_whatever_its_arguments_look_like(
    kind: chat_pb2.ToolCallType.ValueType, arguments: str, query: Query | None
) -> None:
    call = chat_pb2.ToolCall(id="c", type=kind, function=chat_pb2.FunctionCall(arguments=arguments))
    chunk = streams.chunk([streams.Atom(0, streams.ASSISTANT, call=call)])
    assert [e.query for e in Chunks().events_of(chunk) if isinstance(e, Called)] == [query]


def test_a_result_that_repeats_its_call_is_no_second_query() -> None:
    call = chat_pb2.ToolCall(id="c", type=chat_pb2.TOOL_CALL_TYPE_WEB_SEARCH_TOOL)
    chunk = streams.chunk([streams.Atom(1, streams.TOOL, call=call)])
    assert [e.query for e in Chunks().events_of(chunk) if isinstance(e, Called)] == [None]


def test_usage_is_read_field_by_field() -> None:
    tool = usage_pb2.SERVER_SIDE_TOOL_WEB_SEARCH
    usage = usage_pb2.SamplingUsage(
        prompt_tokens=1,
        cached_prompt_text_tokens=2,
        completion_tokens=3,
        reasoning_tokens=4,
        server_side_tools_used=[tool, tool],
        cost_in_usd_ticks=0,
    )
    assert usage_of(usage) == Usage(1, 2, 3, 4, tool_calls=2, cost_ticks=0)
    assert usage_of(usage_pb2.SamplingUsage()) == Usage(cost_ticks=None)


def test_inline_citations_come_with_their_positions_and_their_output() -> None:
    delta = chat_pb2.Delta(
        role=chat_pb2.ROLE_ASSISTANT,
        citations=[
            chat_pb2.InlineCitation(
                id="1", start_index=4, end_index=30, web_citation=chat_pb2.WebCitation(url="https://e.org/a")
            ),
            chat_pb2.InlineCitation(
                id="2", start_index=-1, end_index=0, x_citation=chat_pb2.XCitation(url="https://x.com/nasa/status/1")
            ),
            chat_pb2.InlineCitation(id="3", web_citation=chat_pb2.WebCitation(url="javascript:alert(1)")),
            chat_pb2.InlineCitation(id="4"),
        ],
    )
    chunk = chat_pb2.GetChatCompletionChunk(outputs=[chat_pb2.CompletionOutputChunk(index=2, delta=delta)])
    [cited] = [event for event in Chunks().events_of(chunk) if isinstance(event, CitedInText)]
    assert cited == CitedInText(2, (Citation("https://e.org/a", 4, 30), Citation("https://x.com/nasa/status/1", -1, 0)))
    chunk.outputs[0].delta.role = chat_pb2.ROLE_TOOL
    assert not any(isinstance(event, CitedInText) for event in Chunks().events_of(chunk))


def test_an_image_of_the_tool_is_an_image_and_no_text() -> None:
    said = json.dumps({"__type": "image_generation_result", "result": "data:image/png;base64,Zm94", "image_uuid": "1"})
    call = chat_pb2.ToolCall(
        id="call",
        type=chat_pb2.TOOL_CALL_TYPE_IMAGE_GENERATION_TOOL,
        status=chat_pb2.TOOL_CALL_STATUS_IN_PROGRESS,
        function=chat_pb2.FunctionCall(name="imagine_text_to_image", arguments='{"prompt": "a fox"}'),
    )
    begun = chat_pb2.Delta(role=chat_pb2.ROLE_ASSISTANT, tool_calls=[call])
    call.status = chat_pb2.TOOL_CALL_STATUS_COMPLETED
    made = chat_pb2.Delta(role=chat_pb2.ROLE_TOOL, content=said, tool_calls=[call])
    alone = chat_pb2.Delta(role=chat_pb2.ROLE_TOOL, content=said)
    failed = chat_pb2.Delta(role=chat_pb2.ROLE_TOOL, content='{"error": "no"}', tool_calls=[call])
    found = [
        [event for event in events_of(delta) if isinstance(event, (Drawing, Drawn))]
        for delta in (begun, made, alone, failed)
    ]
    fox = ImagePart(b"fox", "image/png")
    assert found == [[Drawing()], [Drawn(fox, "a fox")], [Drawn(fox, "")], []]
    pieces = [event for event in events_of(made) if isinstance(event, TextPiece)]
    assert pieces == [TextPiece(1, "tool")]


def events_of(delta: chat_pb2.Delta) -> Events:
    chunk = chat_pb2.GetChatCompletionChunk(outputs=[chat_pb2.CompletionOutputChunk(index=1, delta=delta)])
    return Chunks().events_of(chunk)
