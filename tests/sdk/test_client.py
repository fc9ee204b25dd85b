"""Where a client looks for its daemon, with which key, and what it says when there is none."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

import grpc
import pytest

from grokbot import sdk
from grokbot.sdk.connection import is_local
from grokbot.sdk.errors import KINDS, error_of
from grokbot.settings import ApiSettings
from tests.api.service import serving_house

from .proofs_grok import said

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.service import ServedHouse


@pytest.mark.parametrize(
    ("target", "local"),
    [
        ("unix:/run/grokbot/api.sock", True),
        ("unix:///run/grokbot/api.sock", True),
        ("127.0.0.1:50051", True),
        ("127.1.2.3:50051", True),
        ("[::1]:50051", True),
        ("localhost:50051", True),
        ("ipv4:127.0.0.1:50051", True),
        ("grok.example.org:50051", False),
        ("192.0.2.7:50051", False),
        ("[2001:db8::7]:50051", False),
        ("localhost.example.org:50051", False),
    ],
)
def test_what_leaves_the_machine_goes_over_tls(target: str, local: bool) -> None:
    assert is_local(target) is local


def test_the_environment_says_where_and_with_which_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROKBOT_API", "127.0.0.1:1")
    monkeypatch.setenv("GROKBOT_API_KEY", "secret-1")
    client = sdk.Client()
    assert (client.target, client._line.metadata) == ("127.0.0.1:1", (("apikey", "secret-1"),))
    client = sdk.Client("127.0.0.1:2", "secret-2")
    assert (client.target, client._line.metadata) == ("127.0.0.1:2", (("apikey", "secret-2"),))
    assert "secret" not in repr(client)


def test_a_client_is_made_as_the_first_sdk_made_its_own() -> None:
    client = sdk.Client("gbk_123", api_host="127.0.0.1:3", initial_rng_seed=7)
    assert (client.target, client._line.metadata) == ("127.0.0.1:3", (("apikey", "gbk_123"),))
    assert sdk.Client("127.0.0.1:4").target == "127.0.0.1:4"


@pytest.mark.parametrize("key", ["k\u00fcche", "two\nlines", "a\x00b"])
def test_what_cannot_be_a_key_is_told_at_once(key: str) -> None:
    with pytest.raises(ValueError, match="not an API key"):
        sdk.Client("127.0.0.1:1", key)
    assert sdk.Client("127.0.0.1:1", "as-in-a-file\n")._line.metadata == (("apikey", "as-in-a-file"),)


async def test_without_any_daemon_the_first_call_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("GROKBOT_API", "XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    client = sdk.Client()
    if client.target:
        pytest.skip("a daemon of this machine's own runs here")
    with pytest.raises(sdk.UnreachableError, match="No grokbot daemon answers here"):
        await client.grok.list_conversations()
    with pytest.raises(sdk.UnreachableError):
        await client.chat.create_conversation().add_response_no_stream("Hello?")


async def test_where_nobody_answers_the_error_names_the_place(tmp_path: Path) -> None:
    async with sdk.Client(f"unix:{tmp_path}/none.sock") as client:
        with pytest.raises(sdk.UnreachableError, match=f"No grokbot daemon answers at unix:{tmp_path}/none.sock"):
            await client.grok.list_conversations()


async def test_a_daemon_that_goes_away_in_mid_answer_is_unreachable_or_says_why(tmp_path: Path) -> None:
    async with serving_house(tmp_path) as served:
        client = sdk.Client(served.target)
        token_stream, response = client.grok.create_conversation().add_response("Count! !hang 30")
        assert await anext(token_stream)
    with pytest.raises(sdk.ApiError):
        async for _ in token_stream:
            pass
    assert isinstance(response.exception(), sdk.ApiError)
    await client.close()


async def test_keys_say_who_asks_and_what_is_theirs_to_see(tmp_path: Path) -> None:
    api = ApiSettings(listen=("127.0.0.1:0",), owner_id=111)
    async with serving_house(tmp_path, api=api) as served:
        for key in ("", "gbk_wrong"):
            async with sdk.Client(served.target, key) as client:
                with pytest.raises(sdk.InvalidKeyError):
                    await client.daemon.status()
        async with (
            sdk.Client(served.target, await served.key(222, "bob")) as bob,
            sdk.Client(served.target, await served.key(333, "carol")) as carol,
        ):
            conversation = bob.grok.create_conversation()
            await said(conversation, "Mine?")
            assert len(await bob.grok.list_conversations()) == 1
            assert await carol.grok.list_conversations() == []
            with pytest.raises(sdk.NotFoundError):
                await carol.grok.get_conversation(conversation.conversation_id)


async def test_a_second_answer_meanwhile_is_busy_and_changes_nothing(client: sdk.Client) -> None:
    conversation = client.grok.create_conversation()
    first = await said(conversation, "Hello?")
    token_stream, _ = conversation.add_response("Count! !hang 30")
    await anext(token_stream)
    other = await client.grok.get_conversation(conversation.conversation_id)
    with pytest.raises(sdk.BusyError):
        await other.sample("Meanwhile?", first.response_id)[1]
    await token_stream.aclose()


async def test_several_first_words_at_the_same_time_are_said_in_one_conversation(client: sdk.Client) -> None:
    conversation = client.grok.create_conversation()
    answers = [conversation.add_response(f"{number} !wait 0.5")[1] for number in range(3)]
    ended = await asyncio.gather(*answers, return_exceptions=True)
    assert sorted(type(one).__name__ for one in ended) == ["BusyError", "BusyError", "Response"]
    assert len(await client.grok.list_conversations()) == 1


async def test_closing_a_client_ends_what_is_under_way_and_a_later_call_connects_anew(
    served: ServedHouse, client: sdk.Client
) -> None:
    token_stream, response = client.grok.create_conversation().add_response("Count! !hang 30")
    await anext(token_stream)
    await client.close()
    with pytest.raises(sdk.StoppedError, match="closed"):
        await anext(token_stream)
    assert isinstance(response.exception(), sdk.StoppedError)
    await served.grok.until(lambda: served.grok.running == 0)
    assert await client.grok.list_conversations()


def test_a_client_made_outside_a_loop_serves_one_loop_after_another(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys\n"
        "from grokbot import sdk\n"
        "client = sdk.Client(sys.argv[1])\n"
        "chat = client.chat\n"
        "async def ask(): return (await chat.create_conversation().add_response_no_stream('Hello?')).message\n"
        "async def leave(): await anext(chat.create_conversation().add_response('Count! !hang 30')[0])\n"
        "assert asyncio.run(ask()) == asyncio.run(ask())\n"
        "asyncio.run(leave())\n"
    )

    async def served() -> subprocess.CompletedProcess[str]:
        async with serving_house(tmp_path) as here:
            command = [sys.executable, "-X", "dev", "-W", "error", "-c", program, here.target]
            return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60)

    done = asyncio.run(served())
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("code", list(grpc.StatusCode), ids=lambda code: code.name)
def test_every_code_becomes_an_error_with_a_sentence(code: grpc.StatusCode) -> None:
    error = error_of(code, "Something is so.", "unix:/x")
    assert type(error) is KINDS.get(code, sdk.ApiError)
    assert (error.code, error.text, str(error)) == (code, "Something is so.", "Something is so.")
    assert str(error_of(code, "", "unix:/x"))
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(copy), copy.code, copy.text) == (type(error), code, error.text)
