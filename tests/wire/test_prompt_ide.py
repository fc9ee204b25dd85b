"""The wire format of the SDK of 2024: our generated code against a table, and bytes, written by hand from the facts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from grokbot.wire.prompt_ide import chat_pb2, sampler_public_pb2, stateless_chat_pb2

from .by_hand import fields, float32, message, varint

if TYPE_CHECKING:
    from google.protobuf.message import Message

PROTOS = Path(__file__).resolve().parents[2] / "protos" / "prompt_ide"

MODULES = (chat_pb2, sampler_public_pb2, stateless_chat_pb2)

MESSAGES = {
    "StatelessConversation": [
        "1 repeated StatelessResponse responses",
        "2 string system_prompt_name",
        "3 string name",
        "4 string username",
        "5 string stateless_conversation_id",
        "6 bool expose_username_to_grok",
    ],
    "StatelessResponse": ["1 StatelessResponse.Sender sender", "2 string message", "3 string query", "reserved 4"],
    "DeleteLoggedConversationsRequest": ["1 string accounting_key"],
    "CreateConversationRequest": [],
    "GetConversationRequest": ["1 string conversation_id"],
    "DeleteConversationRequest": ["1 string conversation_id"],
    "ListConversationsResponse": ["1 repeated Conversation conversations"],
    "GenerateTitleRequest": ["1 string conversation_id", "2 string leaf_response_id"],
    "GenerateTitleResponse": ["1 string new_title"],
    "AddModelResponseRequest": [
        "1 string conversation_id",
        "2 string message",
        "3 bool partial",
        "4 string parent_response_id",
    ],
    "UpdateConversationRequest": ["1 string conversation_id", "2 string title", "3 bool starred"],
    "AddResponseRequest": [
        "1 string conversation_id",
        "2 string message",
        "3 string model_name",
        "5 string parent_response_id",
        "6 bool use_grok",
        "7 string system_prompt_name",
        "reserved 4",
    ],
    "AddResponseResponse": [
        "1 Response user_response (response)",
        "2 SampleTokensResponse token (response)",
        "3 Response model_response (response)",
        "4 QueryAction query_action (response)",
    ],
    "QueryAction": ["1 string query", "2 string type"],
    "Conversation": [
        "1 string conversation_id",
        "2 string title",
        "3 google.protobuf.Timestamp create_time",
        "4 google.protobuf.Timestamp modify_time",
        "5 repeated Response responses",
        "6 bool starred",
    ],
    "Response": [
        "1 string response_id",
        "2 string message",
        "3 string sender",
        "4 google.protobuf.Timestamp create_time",
        "5 string parent_response_id",
        "6 bool manual",
        "7 bool partial",
        "8 bool shared",
        "9 string query",
        "10 string query_type",
    ],
    "ShareConversationRequest": ["1 string conversation_id", "2 string response_id"],
    "ShareConversationResponse": ["1 string shared_id"],
    "SampleTokensResponse": ["1 Token token (response)", "2 TokenBudget budget (response)", "reserved 3"],
    "Token": [
        "1 Logit final_logit",
        "3 Token.TokenType token_type",
        "4 repeated Logit top_k",
        "5 repeated float attention",
        "reserved 2",
    ],
    "Logit": ["1 uint32 token_id", "2 string string_token", "3 float prob"],
    "TokenBudget": ["1 int32 token_limit", "2 int32 tokens_spent"],
}

ENUMS = {
    "StatelessResponse.Sender": {"UNKNOWN": 0, "HUMAN": 1, "ASSISTANT": 2},
    "Token.TokenType": {"UNKNOWN": 0, "USER": 1, "MODEL": 2},
}

EMPTY = "google.protobuf.Empty"

SERVICES = {
    "StatelessChat": {
        "AddResponse": ("StatelessConversation", "stream StatelessResponse"),
        "LogForDebugging": ("StatelessConversation", EMPTY),
        "DeleteLoggedConversations": ("DeleteLoggedConversationsRequest", EMPTY),
    },
    "Chat": {
        "CreateConversation": ("CreateConversationRequest", "Conversation"),
        "GetConversation": ("GetConversationRequest", "Conversation"),
        "ListConversations": (EMPTY, "ListConversationsResponse"),
        "AddResponse": ("AddResponseRequest", "stream AddResponseResponse"),
        "DeleteConversation": ("DeleteConversationRequest", EMPTY),
        "GenerateTitle": ("GenerateTitleRequest", "GenerateTitleResponse"),
        "UpdateConversation": ("UpdateConversationRequest", "Conversation"),
        "AddModelResponse": ("AddModelResponseRequest", "Response"),
        "ShareConversation": ("ShareConversationRequest", "ShareConversationResponse"),
    },
}

TYPES = {
    number: name.removeprefix("TYPE_").lower() for name, number in descriptor_pb2.FieldDescriptorProto.Type.items()
}


def file_of(module: Any) -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto()
    module.DESCRIPTOR.CopyToProto(file)
    return file


def short(name: str) -> str:
    return name.removeprefix(".").removeprefix("prompt_ide.")


def written(found: descriptor_pb2.DescriptorProto) -> list[str]:
    """A message as the table writes it."""
    lines = []
    for field in found.field:
        repeated = "repeated " if field.label == descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED else ""
        oneof = f" ({found.oneof_decl[field.oneof_index].name})" if field.HasField("oneof_index") else ""
        kind = short(field.type_name) or TYPES[field.type]
        lines.append(f"{field.number} {repeated}{kind} {field.name}{oneof}")
    return [*lines, *(f"reserved {span.start}" for span in found.reserved_range if span.end == span.start + 1)]


def test_every_proto_is_compared() -> None:
    names = {f"{module.__name__.rpartition('.')[2].removesuffix('_pb2')}.proto" for module in MODULES}
    assert names == {path.name for path in PROTOS.glob("*.proto")}


def test_package_and_syntax_are_those_of_the_release() -> None:
    assert {(file_of(module).package, file_of(module).syntax) for module in MODULES} == {("prompt_ide", "proto3")}


def test_messages_are_as_in_the_facts() -> None:
    ours = {found.name: written(found) for module in MODULES for found in file_of(module).message_type}
    assert ours == MESSAGES


def test_enums_are_as_in_the_facts() -> None:
    ours = {
        f"{found.name}.{enum.name}": {value.name: value.number for value in enum.value}
        for module in MODULES
        for found in file_of(module).message_type
        for enum in found.enum_type
    }
    assert ours == ENUMS
    assert not any(file_of(module).enum_type for module in MODULES)


def test_services_are_as_in_the_facts() -> None:
    ours = {
        service.name: {
            method.name: (short(method.input_type), "stream " * method.server_streaming + short(method.output_type))
            for method in service.method
        }
        for module in MODULES
        for service in file_of(module).service
    }
    assert ours == SERVICES
    assert not any(
        method.client_streaming
        for module in MODULES
        for service in file_of(module).service
        for method in service.method
    )


NOON = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)
NOON_BY_HAND = message((1, 1_795_435_200), (2, 250_000_000))


def noon() -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(NOON)
    return stamp


RESPONSE = chat_pb2.Response(
    response_id="r1",
    message="größer 🙂",
    sender="human",
    create_time=noon(),
    parent_response_id="r0",
    manual=True,
    partial=True,
    shared=True,
    query="weather",
    query_type="web",
)
RESPONSE_BY_HAND = message(
    (1, "r1"),
    (2, "größer 🙂"),
    (3, "human"),
    (4, NOON_BY_HAND),
    (5, "r0"),
    (6, 1),
    (7, 1),
    (8, 1),
    (9, "weather"),
    (10, "web"),
)

CASES: dict[str, tuple[Message, bytes]] = {
    "a stateless conversation": (
        stateless_chat_pb2.StatelessConversation(
            responses=[
                stateless_chat_pb2.StatelessResponse(sender=stateless_chat_pb2.StatelessResponse.HUMAN, message="Hi"),
                stateless_chat_pb2.StatelessResponse(
                    sender=stateless_chat_pb2.StatelessResponse.ASSISTANT, message="Hello", query="greeting"
                ),
            ],
            system_prompt_name="fun",
            name="n",
            username="alice",
            stateless_conversation_id="s1",
            expose_username_to_grok=True,
        ),
        message(
            (1, message((1, 1), (2, "Hi"))),
            (1, message((1, 2), (2, "Hello"), (3, "greeting"))),
            (2, "fun"),
            (3, "n"),
            (4, "alice"),
            (5, "s1"),
            (6, 1),
        ),
    ),
    "logged conversations": (
        stateless_chat_pb2.DeleteLoggedConversationsRequest(accounting_key="k"),
        message((1, "k")),
    ),
    "a response": (RESPONSE, RESPONSE_BY_HAND),
    "a conversation": (
        chat_pb2.Conversation(
            conversation_id="c1", title="T", create_time=noon(), modify_time=noon(), responses=[RESPONSE], starred=True
        ),
        message((1, "c1"), (2, "T"), (3, NOON_BY_HAND), (4, NOON_BY_HAND), (5, RESPONSE_BY_HAND), (6, 1)),
    ),
    "nothing": (chat_pb2.CreateConversationRequest(), b""),
    "a list": (
        chat_pb2.ListConversationsResponse(conversations=[chat_pb2.Conversation(conversation_id="c1")]),
        message((1, message((1, "c1")))),
    ),
    "a question": (
        chat_pb2.AddResponseRequest(
            conversation_id="c1",
            message="Hi",
            model_name="grok-4.7",
            parent_response_id="r1",
            use_grok=True,
            system_prompt_name="fun",
        ),
        message((1, "c1"), (2, "Hi"), (3, "grok-4.7"), (5, "r1"), (6, 1), (7, "fun")),
    ),
    "what a person said": (
        chat_pb2.AddResponseResponse(user_response=RESPONSE),
        message((1, RESPONSE_BY_HAND)),
    ),
    "a token": (
        chat_pb2.AddResponseResponse(
            token=sampler_public_pb2.SampleTokensResponse(
                token=sampler_public_pb2.Token(
                    final_logit=sampler_public_pb2.Logit(token_id=300, string_token="Hel", prob=0.5),
                    token_type=sampler_public_pb2.Token.MODEL,
                )
            )
        ),
        message((2, message((1, message((1, message((1, 300), (2, "Hel")) + float32(3, 0.5)), (3, 2)))))),
    ),
    "a budget": (
        chat_pb2.AddResponseResponse(
            token=sampler_public_pb2.SampleTokensResponse(
                budget=sampler_public_pb2.TokenBudget(token_limit=4096, tokens_spent=-1)
            )
        ),
        message((2, message((2, message((1, 4096), (2, -1)))))),
    ),
    "an answer": (chat_pb2.AddResponseResponse(model_response=RESPONSE), message((3, RESPONSE_BY_HAND))),
    "a search": (
        chat_pb2.AddResponseResponse(query_action=chat_pb2.QueryAction(query="weather", type="web")),
        message((4, message((1, "weather"), (2, "web")))),
    ),
    "words for the model": (
        chat_pb2.AddModelResponseRequest(conversation_id="c1", message="Hello", partial=True, parent_response_id="r1"),
        message((1, "c1"), (2, "Hello"), (3, 1), (4, "r1")),
    ),
    "title and star": (
        chat_pb2.UpdateConversationRequest(conversation_id="c1", title="T", starred=True),
        message((1, "c1"), (2, "T"), (3, 1)),
    ),
    "a title to be written": (
        chat_pb2.GenerateTitleRequest(conversation_id="c1", leaf_response_id="r1"),
        message((1, "c1"), (2, "r1")),
    ),
    "a title": (chat_pb2.GenerateTitleResponse(new_title="T"), message((1, "T"))),
    "what to share": (
        chat_pb2.ShareConversationRequest(conversation_id="c1", response_id="r1"),
        message((1, "c1"), (2, "r1")),
    ),
    "what is shared": (chat_pb2.ShareConversationResponse(shared_id="s1"), message((1, "s1"))),
}


@pytest.mark.parametrize("case", CASES)
def test_what_we_write_is_what_the_facts_say(case: str) -> None:
    ours, by_hand = CASES[case]
    assert fields(ours.SerializeToString(deterministic=True)) == fields(by_hand)
    assert ours.SerializeToString(deterministic=True) == by_hand


@pytest.mark.parametrize("case", CASES)
def test_what_others_write_is_what_we_read(case: str) -> None:
    ours, by_hand = CASES[case]
    read = type(ours).FromString(by_hand)
    assert read == ours
    assert not read.SerializeToString(deterministic=True).removeprefix(by_hand)


def test_floats_of_a_list_are_read_packed_and_apart() -> None:
    packed = message((5, float32(1, 0.5)[1:] + float32(1, 0.25)[1:]))
    apart = float32(5, 0.5) + float32(5, 0.25)
    for encoded in (packed, apart):
        assert list(sampler_public_pb2.Token.FromString(encoded).attention) == [0.5, 0.25]


def test_a_field_that_we_do_not_know_is_passed_over_and_a_reserved_one_too() -> None:
    strange = message((4, "reserved"), (99, "later"), (2, "Hi"), (1, "c1")) + varint(77 << 3) + varint(5)
    read = chat_pb2.AddResponseRequest.FromString(strange)
    assert (read.conversation_id, read.message) == ("c1", "Hi")
