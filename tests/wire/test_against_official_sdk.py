"""The hand-written protos against the descriptors of the official SDK."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grokbot.wire.xai.chat_pb2 import GetChatCompletionResponse

from .descriptors import OURS, differences, dump

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def official() -> dict[str, Any]:
    program = Path(__file__).with_name("descriptors.py")
    command = [sys.executable, str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 - our own
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


@pytest.fixture
def ours() -> dict[str, Any]:
    return dump(*OURS)


def test_everything_ours_declares_is_declared_alike_by_the_official_sdk(
    ours: dict[str, Any], official: dict[str, Any]
) -> None:
    assert differences(ours, official) == []


def test_every_proto_of_ours_is_compared() -> None:
    assert {f"{name.removesuffix('_pb2')}.proto" for name in OURS[1]} == {
        path.name for path in (ROOT / "protos" / "xai").glob("*.proto")
    }


def test_the_comparison_covers_every_kind_of_fact(ours: dict[str, Any]) -> None:
    kinds = [fact["kind"] for fact in ours.values()]
    assert {kind: kinds.count(kind) >= 3 for kind in ("message", "field", "enum", "value", "service", "method")} == {
        "message": True,
        "field": True,
        "enum": True,
        "value": True,
        "service": True,
        "method": True,
    }
    assert kinds.count("method") == 21


@pytest.mark.parametrize(
    ("name", "part", "wrong"),
    [
        ("xai_api.GetCompletionsRequest.n", "number", 9),
        ("xai_api.GetCompletionsRequest.n", "optional", False),
        ("xai_api.GetCompletionsRequest.messages", "label", "LABEL_OPTIONAL"),
        ("xai_api.SamplingUsage.cost_in_usd_ticks", "type", "TYPE_INT32"),
        ("xai_api.Content.image_url", "oneof", None),
        ("xai_api.Delta.role", "of", ".xai_api.FinishReason"),
        ("xai_api.ToolCallStatus.TOOL_CALL_STATUS_COMPLETED", "number", 0),
        ("xai_api.Chat.GetCompletionChunk", "server_streaming", False),
        ("xai_api.Auth.get_api_key_info", "takes", ".xai_api.ApiKey"),
    ],
)
def test_a_single_wrong_fact_is_reported(
    ours: dict[str, Any], official: dict[str, Any], name: str, part: str, wrong: object
) -> None:
    changed = copy.deepcopy(ours)
    assert changed[name][part] != wrong
    changed[name][part] = wrong
    assert [line.split(": ", 1)[0] for line in differences(changed, official)] == [name]


def test_a_name_that_the_official_sdk_does_not_have_is_reported(ours: dict[str, Any], official: dict[str, Any]) -> None:
    invented = {**ours, "xai_api.Message.mood": {"kind": "field", "number": 99}}
    assert [line.split(": ", 1)[0] for line in differences(invented, official)] == ["xai_api.Message.mood"]


def test_fields_that_ours_does_not_declare_survive_a_round_trip() -> None:
    debug_output = b"\x62\x02\x08\x07"  # field 12, a message that ours leaves out: {attempts: 7}
    parsed = GetChatCompletionResponse.FromString(b"\x0a\x01r" + debug_output)
    assert parsed.id == "r"
    assert debug_output in parsed.SerializeToString()
