"""`grokbot mcp` as a process, with the protocol's official client at its standard input and output."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from grokbot.conversation.response import State
from grokbot.sandbox.grok_server import GrokSandbox, Script
from grokbot.store import Store
from grokbot.terminal.daemon_access import Way
from grokbot.terminal.mcp.access import SharedAccess
from grokbot.terminal.mcp.arguments import AskArguments, StatefulChatArguments, read_arguments
from grokbot.terminal.mcp.server import Tools, _decoded, server_of
from grokbot.terminal.mcp.tools import TOOLS
from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest
from tests.api.service import fast_rules
from tests.engine.house import eventually, previous, shown
from tests.terminal.test_processes import begun
from tests.terminal.window import PATIENCE_SECONDS, environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from tests.api.service import ServedHouse


@contextlib.asynccontextmanager
async def mcp_client(folder: Path, env: Mapping[str, str]) -> AsyncIterator[Client]:
    """A client that starts the command, as a chat program does."""
    with (folder / "errors").open("w+") as errors:
        command = StdioServerParameters(
            command=sys.executable, args=["-m", "grokbot", "mcp"], env=environment(folder, env), cwd=folder
        )
        async with Client(stdio_client(command, errlog=errors), mode="legacy", read_timeout_seconds=20) as client:
            yield client
        errors.seek(0)
        assert errors.read() == ""


@contextlib.asynccontextmanager
async def nearby_client(served: ServedHouse | None, mode: Literal["legacy", "auto"]) -> AsyncIterator[Client]:
    """The same in this process, which begins sooner."""
    tools = Tools(SharedAccess(Way(served.target if served else None, None), sandbox=False, config=None))
    try:
        async with Client(server_of(tools), mode=mode, read_timeout_seconds=20) as client:
            yield client
    finally:
        await tools.close()


async def answered(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    [said] = result.content
    assert said.type == "text"
    assert json.loads(said.text) == result.structured_content
    return dict(result.structured_content or {})


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    [said] = result.content
    assert said.type == "text"
    return said.text


async def test_stateful_chat_is_the_documented_tool(tmp_path: Path, served: ServedHouse) -> None:
    async with mcp_client(tmp_path, {"GROKBOT_API": served.target}) as client:
        [tool] = [tool for tool in (await client.list_tools()).tools if tool.name == "stateful_chat"]
        taken = tool.input_schema["properties"]
        assert {name: one.get("default") for name, one in taken.items()} == {
            "prompt": None,
            "response_id": None,
            "model": "grok-4",
            "system_prompt": None,
            "include_reasoning": False,
            "temperature": None,
            "max_tokens": None,
        }
        assert list(taken) == list(StatefulChatArguments.model_fields), "in the documented order"
        assert tool.input_schema["required"] == ["prompt"]

        served.grok.script(Script(text="Rayleigh scattering.", reasoning="Light."))
        first = await answered(client, "stateful_chat", prompt="Sky?", system_prompt="Be brief.", temperature=0.5)
        assert list(first) == [
            *("content", "response_id", "status", "model", "usage", "stored_until", "continued_from")
        ], "and no reasoning, which nobody asked for"
        assert (first["content"], first["status"], first["continued_from"]) == (
            "Rayleigh scattering.",
            "completed",
            None,
        )
        assert first["stored_until"] == (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%d")
        asked = served.grok.requests[-1].request
        assert isinstance(asked, GetCompletionsRequest)
        assert (asked.model, asked.store_messages, asked.temperature) == ("grok-4.7", True, 0.5)
        assert shown(served.grok.requests[-1])[0].startswith("system: Be brief.")

        kept = served.grok.requests[-1].response_id
        served.grok.script(Script(text="At sunset.", reasoning="Longer way."))
        second = await answered(
            client, "stateful_chat", prompt="Red?", response_id=first["response_id"], include_reasoning=True
        )
        assert (second["reasoning"], second["continued_from"]) == ("Longer way.", first["response_id"])
        assert previous(served.grok.requests[-1]) == kept
        assert shown(served.grok.requests[-1]) == ["user: Red?"]

        assert "no longer exists" in await refused(client, "stateful_chat", prompt="On?", response_id="nobody")
        assert await refused(client, "stateful_chat", prompt="On?", temperature=3) == "`temperature` must be at most 2."
        assert (await refused(client, "nonsense")).startswith("There is no tool 'nonsense'.")


async def test_a_call_reports_its_progress_and_its_end_stops_the_answer(served: ServedHouse) -> None:
    async with nearby_client(served, "legacy") as client:
        served.grok.script(Script(text="word " * 2000, tokens_per_second=50))
        told: list[tuple[float, str]] = []
        written = asyncio.Event()

        async def report(progress: float, total: float | None, message: str | None) -> None:
            assert total is None
            told.append((progress, message or ""))
            if len(told) == 2:
                written.set()

        call = asyncio.create_task(client.call_tool("ask", {"prompt": "Hi"}, progress_callback=report))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await written.wait()
        assert told[0] < told[1], "the number only ever grows"
        assert told[0][1].startswith("Writing, ")
        [running] = served.engine.runner.running
        call.cancel()
        await asyncio.wait([call])
        await eventually(lambda: not served.engine.runner.running)
        stopped = await served.house.store.responses.get(running.id)
        assert stopped is not None
        assert stopped.state is State.STOPPED
        assert (await answered(client, "list_conversations"))["total"] == 1, "the next call is answered as ever"


async def test_conversations_are_found_read_and_managed(served: ServedHouse) -> None:
    there = await served.house.answered("about cats", channel=900)
    async with nearby_client(served, "auto") as client:
        served.grok.script(Script(text="Dogs bark."))
        first = await answered(client, "ask", prompt="about dogs")
        identifier = first["conversation_id"]
        assert (first["message"], first["status"], first["sources"]) == ("Dogs bark.", "completed", [])
        second = await answered(client, "ask", prompt="and wolves", conversation_id=identifier[-6:])
        assert second["conversation_id"] == identifier
        third = await answered(client, "resample", conversation_id=identifier, instruction="shorter")
        listed = await answered(client, "list_conversations", limit=1)
        assert (listed["conversations"][0]["id"], listed["total"]) == (identifier, 2)
        found = await answered(client, "search_conversations", words="CATS")
        assert [one["id"] for one in found["conversations"]] == [there.conversation_id]

        read = await answered(client, "show_conversation", conversation_id=identifier)
        assert [one["id"] for one in read["responses"] if one["sender"] == "model"] == [
            first["response_id"],
            third["response_id"],
        ]
        read = await answered(client, "show_conversation", conversation_id=identifier, all_branches=True, limit=1)
        assert (len(read["responses"]), read["left_out"]) == (1, 4)

        assert (await answered(client, "title_conversation", conversation_id=identifier, title="Pets"))[
            "title"
        ] == "Pets"
        await answered(client, "star_conversation", conversation_id=identifier)
        [starred] = (await answered(client, "list_conversations", starred=True))["conversations"]
        assert starred["title"] == "Pets"
        page = await answered(client, "share_conversation", conversation_id=identifier)
        assert page["address"].startswith("https://grok.example.org/s/")
        assert page["response_id"] == third["response_id"]
        assert (await answered(client, "unshare_conversation", conversation_id=identifier))["closed"] == 1
        assert "no conversation" in await refused(client, "show_conversation", conversation_id="ABCD")


@pytest.mark.usefixtures("_logging_as_before")
async def test_where_no_daemon_runs_one_lives_for_each_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = f"sqlite+aiosqlite:///{tmp_path}/grokbot.sqlite3"
    monkeypatch.chdir(tmp_path)
    async with GrokSandbox(fast_rules()) as grok:
        monkeypatch.setenv("GROKBOT_XAI__API_KEY", grok.api_key)
        monkeypatch.setenv("GROKBOT_XAI__TARGET", grok.target)
        monkeypatch.setenv("GROKBOT_XAI__INSECURE", "true")
        monkeypatch.setenv("GROKBOT_STORE__URL", database)
        async with nearby_client(None, "legacy") as client:
            first, second = await asyncio.gather(
                answered(client, "stateful_chat", prompt="Hi"), answered(client, "stateful_chat", prompt="Ho")
            )
            assert first["response_id"] != second["response_id"]
            store = await Store.open(database, alone=True)  # between calls it is free
            await store.close()
            assert (await answered(client, "list_conversations"))["total"] == 2


async def test_without_a_daemon_and_a_key_a_sentence_says_what_to_set_and_a_signal_ends_it(tmp_path: Path) -> None:
    async with begun(tmp_path, "mcp", env={}) as process:
        call = {"name": "ask", "arguments": {"prompt": "Hi \ud83d"}}  # half a character, as a cut text has
        said: list[dict[str, object]] = [
            {"id": 1, "method": "initialize", "params": {
                "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}},
            {"method": "notifications/initialized"},
            {"id": 2, "method": "tools/call", "params": call},
        ]  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        for one in said:
            process.stdin.write(json.dumps({"jsonrpc": "2.0", **one}).encode() + b"\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert json.loads(await process.stdout.readline())["result"]["serverInfo"]["name"] == "grokbot"
            result = json.loads(await process.stdout.readline())["result"]
            assert result["isError"]
            assert "xai.api_key" in result["content"][0]["text"]
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == -signal.SIGTERM


async def test_a_client_that_has_gone_ends_it_in_silence(tmp_path: Path) -> None:
    async with begun(tmp_path, "mcp", env={}) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined] # nothing public closes it
        process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}).encode() + b"\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert (await process.wait(), await process.stderr.read()) == (0, b"")


async def test_a_line_that_is_too_long_is_skipped() -> None:
    reader = asyncio.StreamReader(limit=8)
    reader.feed_data(b"x" * 20 + b"\n[1]\n")
    reader.feed_eof()
    assert [line async for line in _decoded(reader)] == ["[1]\n"]


def test_hints_tell_what_a_tool_may_change() -> None:
    assert {name for name, card in TOOLS.items() if card.reads_only} == {
        "list_conversations",
        "search_conversations",
        "show_conversation",
    }
    assert {name for name, card in TOOLS.items() if card.destroys} == {"title_conversation", "unshare_conversation"}
    for card in TOOLS.values():
        for field in card.arguments.model_fields.values():
            assert field.description or field.metadata


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "`prompt` is missing."),
        ({"prompt": 1}, "`prompt` must be text."),
        ({"prompt": "Hi", "max_tokens": 0}, "`max_tokens` must be at least 1."),
        (
            {"prompt": "Hi", "conversation": "x"},
            f"There is no argument `conversation`. There are: {', '.join(AskArguments.model_fields)}.",
        ),
    ],
)
def test_a_wrong_argument_is_named(given: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=r"^There is|^`") as wrong:
        read_arguments(AskArguments, given)
    assert str(wrong.value) == told
