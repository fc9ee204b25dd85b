from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from grokbot.conversation.history import Prompt, PromptMessage, Role
from grokbot.conversation.parts import Detail, FilePart, ImagePart, TextPart
from grokbot.conversation.response import Options, SearchLimits, Step, ToolCall
from grokbot.wire.xai import chat_pb2
from grokbot.xai.requests import EFFORTS, metadata_of, request_of, small_request_of

from .cases import conversation

HI = Prompt((PromptMessage(Role.USER, "hi"),))


def request(prompt: Prompt = HI, **options: Any) -> chat_pb2.GetCompletionsRequest:
    return request_of(prompt, conversation(options=Options(**options)))


def as_dict(made: chat_pb2.GetCompletionsRequest | chat_pb2.Message) -> dict[str, Any]:
    return MessageToDict(made, preserving_proto_field_name=True)


def test_a_plain_request_says_no_more_than_it_must() -> None:
    assert as_dict(request()) == {
        "messages": [{"content": [{"text": "hi"}], "role": "ROLE_USER"}],
        "model": "grok-4.7",
        "n": 1,
        "use_encrypted_content": True,
    }


def test_every_option_arrives() -> None:
    made = request(reasoning_effort="high", temperature=0.5, max_tokens=70, search=("x", "web"))
    expected = as_dict(request())
    expected |= {
        "reasoning_effort": "EFFORT_HIGH",
        "temperature": 0.5,
        "max_tokens": 70,
        "tools": [{"web_search": {}}, {"x_search": {}}],
        "include": ["INCLUDE_OPTION_VERBOSE_STREAMING", "INCLUDE_OPTION_INLINE_CITATIONS"],
    }
    assert as_dict(made) == expected


@pytest.mark.parametrize("effort", ["none", "low", "medium", "high", "xhigh"])
def test_each_effort_has_its_number(effort: str) -> None:
    assert (
        chat_pb2.ReasoningEffort.Name(request(reasoning_effort=effort).reasoning_effort) == f"EFFORT_{effort.upper()}"
    )
    assert len(set(EFFORTS.values())) == len(EFFORTS) == 5


def test_a_temperature_of_nothing_is_sent_and_an_unset_one_is_not() -> None:
    assert request(temperature=0.0).HasField("temperature")
    unset = request()
    assert not any(unset.HasField(name) for name in ("temperature", "max_tokens", "reasoning_effort"))


@pytest.mark.parametrize(
    ("search", "tools"),
    [
        ((), []),
        (("web",), ["web_search"]),
        (("x",), ["x_search"]),
        (("x", "web"), ["web_search", "x_search"]),
        (("code", "web"), ["web_search", "code_execution"]),
        (("code",), ["code_execution"]),
    ],
)
def test_tools_stand_in_one_order_however_they_are_set(search: tuple[str, ...], tools: list[str]) -> None:
    made = request(search=search)
    assert [tool.WhichOneof("tool") for tool in made.tools] == tools
    wanted = [chat_pb2.INCLUDE_OPTION_VERBOSE_STREAMING] if tools else []
    wanted += [chat_pb2.INCLUDE_OPTION_INLINE_CITATIONS] if {"web", "x"} & set(search) else []
    wanted += [chat_pb2.INCLUDE_OPTION_CODE_EXECUTION_CALL_OUTPUT] if "code" in search else []
    assert list(made.include) == wanted


def test_what_searches_find_is_told_to_the_tools() -> None:
    limits = SearchLimits(("nasa.gov",), (), (), ("spam",), date(2026, 1, 31), images=True)
    assert as_dict(request(search=("web", "x"), search_limits=limits))["tools"] == [
        {"web_search": {"allowed_domains": ["nasa.gov"], "enable_image_understanding": True}},
        {
            "x_search": {
                "excluded_x_handles": ["spam"],
                "enable_image_understanding": True,
                "from_date": "2026-01-31T00:00:00Z",
            }
        },
    ]


def test_rounds_of_searches_are_bound_only_where_there_are_any() -> None:
    assert request_of(HI, conversation(options=Options(search=("web",))), 6).max_turns == 6
    assert not request_of(HI, conversation(), 6).HasField("max_turns")


def test_who_asks_is_named_in_large_and_small_requests_and_shown_to_no_model() -> None:
    asked = Prompt(HI.messages, person="5ca1ab1e")
    small = small_request_of(asked, "grok-4.7", effort=None, max_tokens=9)
    assert request(asked).safety_identifier == small.safety_identifier == "5ca1ab1e"
    assert request(asked).messages == request().messages
    assert not request().HasField("safety_identifier")


def test_a_stateful_request_names_what_xai_keeps_and_has_the_rest_kept() -> None:
    first = request(Prompt(HI.messages, store=True))
    assert first.store_messages
    assert not first.HasField("previous_response_id")
    next_one = request(Prompt(HI.messages, "x1", store=True))
    assert next_one.store_messages
    assert next_one.previous_response_id == "x1"


def test_all_calls_of_a_conversation_carry_its_id() -> None:
    assert metadata_of(Prompt(()), conversation()) == (("x-grok-conv-id", "01J"),)


def test_those_of_a_branch_carry_the_id_of_what_it_begins_with() -> None:
    assert metadata_of(Prompt((), root_id="01A"), conversation()) == (("x-grok-conv-id", "01A"),)


def message(said: PromptMessage) -> dict[str, Any]:
    return as_dict(request(Prompt((said,))).messages[0])


def test_a_person_is_named_and_the_system_is_not() -> None:
    assert message(PromptMessage(Role.USER, "alice: hi", name="alice")) == {
        "role": "ROLE_USER",
        "content": [{"text": "alice: hi"}],
        "name": "alice",
    }
    assert message(PromptMessage(Role.SYSTEM, "Be brief.")) == {
        "role": "ROLE_SYSTEM",
        "content": [{"text": "Be brief."}],
    }


def test_the_part_of_an_answer_that_broke_off_is_sent_as_nothing_but_text() -> None:
    assert message(PromptMessage(Role.ASSISTANT, "half")) == {"role": "ROLE_ASSISTANT", "content": [{"text": "half"}]}


def test_a_step_is_replayed_with_all_that_it_had() -> None:
    call = ToolCall("c1", chat_pb2.TOOL_CALL_TYPE_WEB_SEARCH_TOOL, 3, "web_search", '{"query": "figs"}', "no such page")
    sent = {
        "id": "c1",
        "type": "TOOL_CALL_TYPE_WEB_SEARCH_TOOL",
        "status": "TOOL_CALL_STATUS_FAILED",
        "error_message": "no such page",
        "function": {"name": "web_search", "arguments": '{"query": "figs"}'},
    }
    step = Step("assistant", "", "I look.", "c2VhbA", (call,))
    assert message(PromptMessage(Role.ASSISTANT, "", step=step)) == {
        "role": "ROLE_ASSISTANT",
        "content": [{"text": ""}],
        "reasoning_content": "I look.",
        "encrypted_content": "c2VhbA",
        "tool_calls": [sent],
    }
    other = ToolCall("c2", 3, 1, "x_search", "{}")
    result = message(PromptMessage(Role.TOOL, "found", step=Step("tool", "found", tool_calls=(call, other))))
    assert result["tool_call_id"] == "c1"
    assert [c["id"] for c in result["tool_calls"]] == ["c1", "c2"]
    assert "error_message" not in result["tool_calls"][1]


def test_only_a_tools_result_names_the_call_that_it_belongs_to() -> None:
    call = ToolCall("c1", 2, 1, "web_search", "{}")
    assert "tool_call_id" not in message(PromptMessage(Role.ASSISTANT, "", step=Step("assistant", tool_calls=(call,))))
    assert "tool_call_id" not in message(PromptMessage(Role.TOOL, "found", step=Step("tool", "found")))


def test_parts_stand_before_the_words_in_their_order() -> None:
    picture, paper = ImagePart(b"\xff\xd8x", "image/jpeg", Detail.HIGH), FilePart("a.pdf", "application/pdf", b"%PDF")
    assert message(PromptMessage(Role.USER, "What is it?", parts=(TextPart("before"), picture, paper))) == {
        "role": "ROLE_USER",
        "content": [
            {"text": "before"},
            {"image_url": {"image_url": "data:image/jpeg;base64,/9h4", "detail": "DETAIL_HIGH"}},
            {"file": {"data": "JVBERg==", "filename": "a.pdf", "mime_type": "application/pdf"}},
            {"text": "What is it?"},
        ],
    }


def test_a_picture_without_words_stands_alone() -> None:
    picture = ImagePart(b"\x89PNG", "image/png", Detail.LOW)
    assert [
        content.WhichOneof("content")
        for content in request(Prompt((PromptMessage(Role.USER, "", parts=(picture,)),))).messages[0].content
    ] == ["image_url"]
