"""Our client against a server that is made of the official package's generated code alone (`official_server.py`)."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.conversation.errors import GrokError, GrokFailure
from grokbot.conversation.history import KEPT_FOR, Prompt, PromptMessage, Role
from grokbot.conversation.response import Mode, Options, Query, Usage

from .asking import Chat, client_of, trouble
from .cases import NOW, conversation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from grokbot.xai.client import GrokClient

KEY = "xai-of-the-official-server"


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    command = [sys.executable, str(Path(__file__).with_name("official_server.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - ours
        assert server.stdin is not None
        assert server.stdout is not None
        yield f"127.0.0.1:{server.stdout.readline().strip()}"
        server.stdin.close()
        assert server.wait(20) == 0


@pytest.fixture
async def client(target: str) -> AsyncIterator[GrokClient]:
    async with client_of(target, KEY) as made:
        yield made


async def test_the_official_descriptors_read_every_field_that_we_send(client: GrokClient) -> None:
    options = Options("Be brief.", reasoning_effort="low", temperature=0.5, max_tokens=900)
    chat = Chat(client, conversation(guild_id=1, options=options))
    understood: dict[str, Any] = json.loads((await chat.say("Hello")).message)
    messages = understood.pop("messages")
    assert understood == {
        "conversation": "01J",
        "model": "grok-4.7",
        "n": 1,
        "effort": "EFFORT_LOW",
        "temperature": 0.5,
        "max_tokens": 900,
        "tools": [],
        "include": [],
        "encrypted": True,
        "store": False,
        "previous": "",
        "unknown": 0,
    }
    assert [message[:3] for message in messages] == [
        ["ROLE_SYSTEM", "", messages[0][2]],
        ["ROLE_USER", "alice", "alice: Hello"],
    ]
    assert messages[0][2].startswith("Be brief.\n\n")


async def test_what_the_official_server_says_is_read_in_full(client: GrokClient) -> None:
    answer = await Chat(client, conversation(options=Options(search=("web",)))).say("Figs?")
    assert json.loads(answer.message)["tools"] == ["web_search"]
    assert json.loads(answer.message)["include"] == [
        "INCLUDE_OPTION_VERBOSE_STREAMING",
        "INCLUDE_OPTION_INLINE_CITATIONS",
    ]
    assert (answer.reasoning, answer.encrypted_content) == ("So.", "c2VhbA")
    assert [(s.role, s.reasoning, len(s.tool_calls)) for s in answer.steps] == [
        ("assistant", "I look. ", 1),
        ("tool", "", 1),
    ]
    assert answer.queries == (Query("web", "figs"),)
    assert answer.citations == ("https://example.com/figs",)
    assert answer.usage == Usage(prompt_tokens=100)  # the last chunk replaces what the others said
    assert answer.model == "grok-4.7"


async def test_an_answer_with_a_search_comes_back_unchanged_with_the_next_turn(client: GrokClient) -> None:
    chat = Chat(client, conversation(options=Options(search=("web",))))
    first = await chat.say("Figs?")
    understood = json.loads((await chat.say("And plums?")).message)
    done = [["c1", 1, '{"query": "figs"}']]
    assert understood["messages"] == [
        ["ROLE_USER", "", "Figs?", "", "", [], ""],
        ["ROLE_ASSISTANT", "", "", "I look. ", "", done, ""],
        ["ROLE_TOOL", "", "", "", "", done, "c1"],
        ["ROLE_ASSISTANT", "", first.message, "So.", "c2VhbA", [], ""],
        ["ROLE_USER", "", "And plums?", "", "", [], ""],
    ]
    assert understood["unknown"] == 0


async def test_a_stateful_conversation_goes_on_from_what_is_kept(client: GrokClient) -> None:
    chat = Chat(client, conversation(Mode.STATEFUL))
    first = await chat.say("one")
    second = json.loads((await chat.say("two")).message)
    assert (second["store"], second["previous"]) == (True, first.xai_id)
    assert [message[2] for message in second["messages"]] == ["two"]


async def test_what_is_not_kept_is_told_as_gone(client: GrokClient) -> None:
    chat = Chat(client, conversation())
    unkept = await chat.say("one")  # the server was not asked to keep it
    chat.where = conversation(Mode.STATEFUL)
    chat.path[-1] = replace(unkept, stored_until=NOW + KEPT_FOR)
    with pytest.raises(GrokError) as caught:
        await chat.say("two")
    assert caught.value.kind is GrokFailure.RESPONSE_GONE


async def test_a_few_words_beside_a_conversation_are_asked_for_cheaply(client: GrokClient) -> None:
    options = Options("Be brief.", reasoning_effort="high", temperature=0.5, max_tokens=900, search=("web",))
    prompt = Prompt((PromptMessage(Role.SYSTEM, "Name it."), PromptMessage(Role.USER, "[]")))
    completion = await client.complete(prompt, conversation(Mode.STATEFUL, options=options), max_tokens=70)
    understood = json.loads(completion.text)
    assert [message[:3] for message in understood.pop("messages")] == [
        ["ROLE_SYSTEM", "", "Name it."],
        ["ROLE_USER", "", "[]"],
    ]
    assert understood == {
        "conversation": "",
        "model": "grok-4.7",
        "n": 1,
        "effort": "EFFORT_LOW",
        "temperature": None,
        "max_tokens": 70,
        "tools": [],
        "include": [],
        "encrypted": False,
        "store": False,
        "previous": "",
        "unknown": 0,
    }
    assert completion.usage == Usage(prompt_tokens=100, cost_ticks=7)


async def test_what_is_kept_can_be_deleted_and_is_gone_then(client: GrokClient) -> None:
    chat = Chat(client, conversation(Mode.STATEFUL))
    first = await chat.say("one")
    assert first.xai_id is not None
    for _ in range(2):  # the second time it is not found, which is as good
        await client.delete_stored(first.xai_id)
    with pytest.raises(GrokError) as caught:
        await chat.say("two")
    assert caught.value.kind is GrokFailure.RESPONSE_GONE


async def test_models_and_key_are_looked_up(client: GrokClient) -> None:
    assert await client.model_names() == {"grok-4.7", "grok-latest"}
    found = await client.key()
    assert (found.redacted_api_key, found.team_blocked, found.disabled) == ("xai-...ver", True, False)


async def test_a_stranger_is_refused(target: str) -> None:
    async with client_of(target, "xai-of-somebody-else") as stranger:
        assert (await trouble(stranger)).kind is GrokFailure.BAD_KEY
