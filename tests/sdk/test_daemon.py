"""The thin methods of `Client.daemon`: each reaches its call with what it was given."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from grokbot import sdk
from grokbot.sandbox.grok_server import Script, ScriptedQuery
from grokbot.wire.grokbot.daemon_pb2 import GetUsageRequest

from .conftest import PUBLIC_URL

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from grokbot.sdk import Client
    from grokbot.wire.prompt_ide import chat_pb2
    from tests.api.service import ServedHouse


async def streamed(
    parts: AsyncGenerator[chat_pb2.AddResponseResponse, None],
) -> tuple[list[str], chat_pb2.Response]:
    """The kinds of what came, repetitions together, and the answer that was last."""
    kinds: list[str] = []
    last = None
    async with aclosing(parts) as messages:
        async for message in messages:
            kind = str(message.WhichOneof("response"))
            kinds += [kind] if kinds[-1:] != [kind] else []
            last = message
    assert last is not None
    return kinds, last.model_response


async def test_a_conversation_from_its_beginning_to_its_end(served: ServedHouse, client: Client) -> None:
    daemon = client.daemon
    served.grok.script(Script(text="It rains.", queries=(ScriptedQuery("weather"),), reasoning=""))
    begun = (await daemon.begin()).conversation_id
    kinds, answer = await streamed(daemon.say(begun, "Weather?", model="grok-4.5", fun=True))
    assert (kinds[0], set(kinds[1:-1]) >= {"query_action", "token"}, kinds[-1]) == (
        "user_response", True, "model_response",
    )  # fmt: skip
    assert answer.message == "It rains."
    _, other = await streamed(daemon.resample(answer.response_id, "shorter"))
    assert other.parent_response_id == answer.parent_response_id
    _, by_hand = await streamed(daemon.replace(other.response_id, "By hand."))
    assert (by_hand.message, by_hand.manual) == ("By hand.", True)
    await daemon.select(answer.response_id)
    info = await daemon.info(begun)
    assert (info.leaf_response_id, info.persona, info.model) == (answer.response_id, "fun", "grok-4.5")
    assert [r.message for r in (await daemon.read(begun)).responses] == [
        "Weather?", "It rains.", other.message, "By hand.",
    ]  # fmt: skip
    branch = await daemon.branch(answer.response_id)
    assert branch.conversation_id != begun
    served.grok.script_title(Script(text="Rain"))
    assert await daemon.write_title(begun) == "Rain"
    assert (await daemon.update(begun, starred=True)).title == "Rain"
    changed = await daemon.update(begun, title="Weather")
    assert (changed.title, changed.starred) == ("Weather", True)
    assert (await daemon.share(begun, answer.response_id)).startswith(f"{PUBLIC_URL}/s/")
    assert (await daemon.unshare(begun), await daemon.unshare(begun)) == (1, 0)
    await daemon.delete(begun)
    with pytest.raises(sdk.NotFoundError):
        await daemon.read(begun)


async def test_lists_are_searched_starred_and_paged(client: Client) -> None:
    daemon = client.daemon
    for word in ("apples", "pears", "plums"):
        await streamed(daemon.say((await daemon.begin()).conversation_id, f"Tell me about {word}."))
    page = await daemon.conversations(limit=2)
    assert (len(page.entries), page.total) == (2, 3)
    assert [e.first_words for e in (await daemon.conversations(offset=2)).entries] == ["Tell me about apples."]
    [found] = (await daemon.conversations(search="PEARS")).entries
    await daemon.update(found.conversation.conversation_id, starred=True)
    assert [e.first_words for e in (await daemon.conversations(starred=True)).entries] == ["Tell me about pears."]


async def test_what_is_exported_comes_back_by_import(client: Client) -> None:
    daemon = client.daemon
    begun = (await daemon.begin()).conversation_id
    await streamed(daemon.say(begun, "Sky?"))
    assert b"Sky?" in (await daemon.export(begun)).content
    document = await daemon.export(begun, format="json", names=True)
    assert document.file_name.endswith(".json")
    copy = await daemon.import_(document.content)
    assert (await daemon.read(copy.conversation_id)).responses[0].message == "Sky?"
    with pytest.raises(sdk.InvalidInputError):
        await daemon.import_(b"not a document")


async def test_the_operator_sees_usage_keys_and_the_pause(client: Client) -> None:
    daemon = client.daemon
    await streamed(daemon.say((await daemon.begin()).conversation_id, "Sky?"))
    assert (await daemon.usage()).total.answers == 1
    [row] = (await daemon.usage(by=GetUsageRequest.MODEL)).rows
    assert row.usage.answers == 1
    assert (await daemon.usage(since=datetime.now(UTC) + timedelta(days=1))).total.answers == 0
    made = await daemon.make_key(222, "bob", everything=True)
    assert [(key.key_id, key.name, key.everything) for key in await daemon.keys()] == [(made.key.key_id, "bob", True)]
    assert (await daemon.revoke_key(made.key.key_id)).HasField("revoked_at")
    assert (await daemon.pause("a holiday")).reason == "a holiday"
    with pytest.raises(sdk.ClosedError):
        await streamed(daemon.say((await daemon.begin()).conversation_id, "Sky?"))
    assert (await daemon.status()).pause.paused
    assert not (await daemon.unpause()).paused


async def test_stopping_keeps_what_was_received(served: ServedHouse, client: Client) -> None:
    served.grok.script(Script(text="one two three four", hang_after_tokens=2, reasoning=""))
    begun = (await client.daemon.begin()).conversation_id
    async with aclosing(client.daemon.say(begun, "Count!")) as parts:
        async for part in parts:
            if part.token.HasField("token"):
                await client.daemon.stop(begun)
            if part.HasField("model_response"):
                assert part.model_response.partial
                assert part.model_response.message.startswith("one")
                break
        else:
            raise AssertionError("the answer did not come")
