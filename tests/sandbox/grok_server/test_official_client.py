"""xAI's own client, unmodified, finds in the sandbox what it expects of xAI."""

from __future__ import annotations

import asyncio
import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest

from grokbot.sandbox.grok_server import MODELS, GrokRules, GrokSandbox, RecordedCall

ROLE_ASSISTANT, ROLE_TOOL = 2, 5
IN_PROGRESS, COMPLETED = 0, 1


async def _run() -> tuple[dict[str, Any], list[RecordedCall]]:
    async with GrokSandbox(GrokRules(tokens_per_second=math.inf, query_seconds=0.0)) as grok:
        program = str(Path(__file__).with_name("official_client.py"))
        process = await asyncio.create_subprocess_exec(
            sys.executable, program, grok.target, grok.api_key, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0
        seen: dict[str, Any] = json.loads(output)
        return seen, grok.requests


@pytest.fixture(scope="module")
def everything() -> tuple[dict[str, Any], list[RecordedCall]]:
    return asyncio.run(_run())


@pytest.fixture
def seen(everything: tuple[dict[str, Any], list[RecordedCall]]) -> dict[str, Any]:
    return everything[0]


def test_sample_gets_an_answer_with_usage_and_cost(seen: dict[str, Any]) -> None:
    found = seen["sample"]
    assert "How are you?" in found["content"]
    assert found["reasoning"]
    assert found["finish"] == "REASON_STOP"
    assert found["role"] == "ROLE_ASSISTANT"
    assert found["total"] == found["parts"]
    assert 0 < found["cost"] < 0.1


def test_stream_adds_up_to_the_whole_answer(seen: dict[str, Any]) -> None:
    found = seen["stream"]
    assert len([piece for piece in found["pieces"] if piece]) > 250
    assert "".join(found["pieces"]) == found["content"]
    assert found["reasoning"] == found["reasoning_whole"] != ""
    assert found["reasoning_before_text"]
    assert found["encrypted"]
    assert found["role"] == "ROLE_ASSISTANT"
    assert found["finish"] == "REASON_STOP"
    assert found["usages"] == sorted(found["usages"])
    assert found["usages"][0] == 0


def test_a_conversation_that_only_grows_hits_the_cache(seen: dict[str, Any]) -> None:
    first, second, third = seen["replayed"]["cached"]
    assert first[1] == 0
    assert second[1] == first[0]
    assert third[1] == second[0]
    assert "3 questions" in seen["replayed"]["content"]


def test_a_stored_conversation_goes_on_and_can_be_read_and_deleted(seen: dict[str, Any]) -> None:
    found = seen["stored"]
    assert "2 questions" in found["second"]
    assert found["found"] == found["second"]
    assert found["deleted"]
    assert found["gone"] == found["gone_again"] == f"NOT_FOUND: Response with id={found['id']} not found."


def test_a_title_is_a_few_words_that_are_not_stored(seen: dict[str, Any]) -> None:
    found = seen["titled"]
    assert found["content"] == "Growing Figs At Home"
    assert found["finish"] == "REASON_STOP"
    assert found["reasoning_tokens"] > 0
    assert found["kept"] == f"NOT_FOUND: Response with id={found['id']} not found."
    assert found["refused"].startswith("INVALID_ARGUMENT")
    assert "reasoning_effort" in found["refused"]


def test_only_what_is_stored_can_be_deleted(seen: dict[str, Any]) -> None:
    found = seen["titled"]
    assert found["never_was"] == "NOT_FOUND: Response with id=never-was not found."
    assert found["nothing"].startswith("INVALID_ARGUMENT")


def test_a_search_is_seen_as_call_result_and_answer(seen: dict[str, Any]) -> None:
    found = seen["tools"]
    arguments = '{"query": "cheap figs"}'
    assert found["calls"] == [["web_search_0", IN_PROGRESS, arguments], ["web_search_0", COMPLETED, arguments]]
    assert found["outputs"] == [[0, ROLE_ASSISTANT], [1, ROLE_TOOL], [2, ROLE_ASSISTANT]]
    assert found["used"] == {"SERVER_SIDE_TOOL_WEB_SEARCH": 1}
    assert found["citations"] == ["https://example.com/web/cheap-figs/1", "https://example.com/web/cheap-figs/2"]
    assert [url for _, _, url in found["inline"]] == found["citations"]
    for number, (start, end, url) in enumerate(found["inline"], start=1):
        assert found["content"][start:end] == f"[[{number}]]({url})"
    assert json.loads(found["output"]) == {"results": found["citations"]}
    assert found["whole_calls"] == [["web_search_0", COMPLETED]]
    assert found["whole_content"] == found["content"]


def test_pictures_and_files_go_in_and_come_out(seen: dict[str, Any]) -> None:
    found = seen["media"]
    assert found["picture"] == found["fetched"] == b"\x89PNG".hex()
    assert found["costs"] == pytest.approx([0.02, 0.022])
    shown = "a picture of 880 by 1184, the file lines.txt of 8 bytes, the file a.pdf of 8 bytes"
    assert f"With it came {shown}." in found["content"]
    assert found["image_tokens"] == 2 * 1792  # it is looked at again once the document is read
    assert found["calls"] == [["pdf_browse", "attachment_search_tool"]]
    assert found["used"] == {"SERVER_SIDE_TOOL_ATTACHMENT_SEARCH": 1}
    assert found["listed"] == ["lines.txt", "night.png"]
    assert (found["stored"], found["read"]) == ("night.png", "one\ntwo\n")
    assert found["gone"].startswith("NOT_FOUND: File with id=")
    assert found["refused"] == "INVALID_ARGUMENT: Generated image rejected by content moderation."
    assert "grok-imagine-image" in found["models"]


def test_tools_run_on_both_sides_and_their_results_go_back(seen: dict[str, Any]) -> None:
    found = seen["agent"]
    assert (found["code"], found["printed"]) == (["code_execution"], "")
    assert found["images"] == [["image/png", b"\x89PNG".hex(), "imagine_text_to_image"]]
    assert found["used"] == {"SERVER_SIDE_TOOL_IMAGE_GENERATION": 1}
    assert found["asked"] == [["weather", "client_side_tool"]]
    assert found["told"] == "REASON_STOP"


def test_a_conversation_is_compacted_in_place(seen: dict[str, Any]) -> None:
    found = seen["compacted"]
    assert found["dropped"] == 7
    assert found["after"] < found["before"] / 3
    assert "**1 question**" in found["content"]
    assert found["again"] == 3


def test_answers_come_later_and_several_at_once(seen: dict[str, Any]) -> None:
    found = seen["deferred"]
    assert "> Later" in found["content"]
    assert (found["several"], found["count"]) == (1, 3)


def test_models_key_and_tokens_are_listed(seen: dict[str, Any]) -> None:
    found = seen["directory"]
    assert found["models"] == {model.name: [model.context, model.prompt_price] for model in MODELS}
    assert found["models"]["grok-4.7"] == [500_000, 20_000]
    assert found["alias"] == "grok-4.7"
    assert found["unknown"].startswith("NOT_FOUND: The model grok-0")
    assert found["key"] == ["xai...6789", False, False]
    assert found["tokens"] == "one two three"


def test_wrong_requests_are_refused_as_xai_refuses_them(seen: dict[str, Any]) -> None:
    found = seen["refusals"]
    assert found.pop("fine") == "fine"
    assert {name: text.split(":")[0] for name, text in found.items()} == {
        "model": "NOT_FOUND",
        "penalty": "INVALID_ARGUMENT",
        "stop": "INVALID_ARGUMENT",
        "gone": "NOT_FOUND",
        "image": "DATA_LOSS",
        "empty": "INVALID_ARGUMENT",
    }
    assert found["gone"] == "NOT_FOUND: Response with id=nothing not found."
    assert found["model"] != found["gone"]


def test_a_foreign_key_is_refused(seen: dict[str, Any]) -> None:
    assert seen["stranger"]["refused"].startswith("UNAUTHENTICATED")


def test_the_clients_five_attempts_at_an_overloaded_server_all_arrive(
    everything: tuple[dict[str, Any], list[RecordedCall]],
) -> None:
    found, calls = everything
    assert found["overloaded"]["refused"].startswith("UNAVAILABLE")
    assert [call.status for call in calls].count("UNAVAILABLE") == 5


def test_the_conversations_name_arrives_as_metadata(
    everything: tuple[dict[str, Any], list[RecordedCall]],
) -> None:
    assert [call.metadata.get("x-grok-conv-id") for call in everything[1]].count("talk") == 3
