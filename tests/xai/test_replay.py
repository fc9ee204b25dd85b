"""The way of an answer through chunks, draft and history back into a request, beside the official SDK's own way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.history import prompt_of
from grokbot.conversation.response import Author, State
from grokbot.wire.xai import chat_pb2
from grokbot.xai.requests import request_of

from . import streams
from .cases import NOW, conversation, drafted, human, pending

if TYPE_CHECKING:
    from collections.abc import Sequence

STREAMS = 400
ALICE = Author(1, "alice")

Chunks = list[chat_pb2.GetChatCompletionChunk]


def ours(chunks: Chunks) -> list[chat_pb2.Message]:
    """What the next request shows of the answer that came in these chunks."""
    answer = drafted(chunks).ended(pending("m1", "h1"), State.DONE, NOW)
    path = [human("h1", None, "a question", ALICE), answer, human("h2", "m1", "another", ALICE)]
    return list(request_of(prompt_of(path, conversation(), NOW), conversation()).messages[1:-1])


def theirs(all_chunks: Sequence[Chunks]) -> list[list[chat_pb2.Message]]:
    """What the official SDK would replay of each of these answers."""
    given = json.dumps([[chunk.SerializeToString().hex() for chunk in chunks] for chunks in all_chunks])
    program = str(Path(__file__).with_name("official_replay.py"))
    command = [sys.executable, program]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603 - ours
    return [[chat_pb2.Message.FromString(bytes.fromhex(m)) for m in messages] for messages in json.loads(done.stdout)]


def without_earlier_states(message: chat_pb2.Message) -> chat_pb2.Message:
    """The message with the last state of each call only, as an answer has it that was not streamed."""
    last = {call.id: call for call in message.tool_calls}
    calls = list(last.values())
    changed = chat_pb2.Message()
    changed.CopyFrom(message)
    del changed.tool_calls[:]
    changed.tool_calls.extend(calls)
    return changed


def made(verbose: bool) -> list[Chunks]:
    random = Random(f"replay {verbose}")
    return [streams.cut(random, streams.stream(random, verbose=verbose)) for _ in range(STREAMS)]


def test_an_answer_is_replayed_byte_for_byte_as_the_official_sdk_replays_it() -> None:
    answers = made(verbose=False)
    expected = theirs(answers)
    assert any(len(messages) > 3 for messages in expected)
    for chunks, messages in zip(answers, expected, strict=True):
        serialized = [m.SerializeToString(deterministic=True) for m in ours(chunks)]
        assert serialized == [m.SerializeToString(deterministic=True) for m in messages]


def test_a_call_that_was_seen_running_is_replayed_once_where_the_official_sdk_repeats_it() -> None:
    answers = made(verbose=True)
    expected = theirs(answers)
    assert expected != [[without_earlier_states(m) for m in messages] for messages in expected]
    for chunks, messages in zip(answers, expected, strict=True):
        assert ours(chunks) == [without_earlier_states(m) for m in messages]


def atoms_with_the_last_text_before_a_tool() -> list[streams.Atom]:
    kind = chat_pb2.TOOL_CALL_TYPE_WEB_SEARCH_TOOL
    call = chat_pb2.ToolCall(
        id="c", type=kind, status=chat_pb2.TOOL_CALL_STATUS_COMPLETED, function=chat_pb2.FunctionCall(name="web_search")
    )
    return [
        streams.Atom(0, streams.ASSISTANT, text="I look it up."),
        streams.Atom(0, streams.ASSISTANT, call=call),
        streams.Atom(1, streams.TOOL, call=call),
        streams.Atom(2, streams.ASSISTANT, reasoning="Nothing found."),
        streams.Atom(2, streams.ASSISTANT, sealed="c2VhbA"),
        streams.Atom(2, streams.ASSISTANT, finish=chat_pb2.REASON_MAX_LEN),
    ]


def atoms_with_a_call_in_the_answers_own_output() -> list[streams.Atom]:
    kind = chat_pb2.TOOL_CALL_TYPE_CODE_EXECUTION_TOOL
    call = chat_pb2.ToolCall(
        id="c",
        type=kind,
        status=chat_pb2.TOOL_CALL_STATUS_COMPLETED,
        function=chat_pb2.FunctionCall(name="code_execution"),
    )
    return [
        streams.Atom(0, streams.ASSISTANT, call=call),
        streams.Atom(0, streams.ASSISTANT, text="Two."),
        streams.Atom(0, streams.ASSISTANT, finish=chat_pb2.REASON_STOP),
    ]


@pytest.mark.parametrize(
    "atoms", [atoms_with_the_last_text_before_a_tool(), atoms_with_a_call_in_the_answers_own_output()]
)
def test_an_answer_that_is_not_the_whole_of_the_last_output_is_replayed_in_full(atoms: list[streams.Atom]) -> None:
    chunks = [streams.chunk([atom]) for atom in atoms]
    assert [ours(chunks)] == theirs([chunks])
