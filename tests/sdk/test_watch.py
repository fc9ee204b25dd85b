"""Discord and a program in one conversation, live both ways."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

import pytest

from grokbot import sdk
from grokbot.sandbox.grok_server import Script
from grokbot.sdk.events import Answering, Deleted, Ended, LeafMoved, Loaded, Said, Titled
from tests.engine.house import ALICE, BOB

from .proofs_grok import said

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from grokbot.sdk import Client
    from grokbot.sdk.events import Happening
    from tests.api.service import ServedHouse

H = TypeVar("H")


async def following(happenings: AsyncGenerator[Happening, None], kind: type[H]) -> H:
    """The next happening of this kind."""
    async for happening in happenings:
        if isinstance(happening, kind):
            return happening
    raise AssertionError(f"no {kind.__name__} came")


async def test_what_is_said_in_discord_is_known_to_a_program_that_watches(served: ServedHouse, client: Client) -> None:
    first = await served.house.answered("Sky?", ALICE)
    conversation = await client.grok.get_conversation((await served.house.held()).id)
    async with aclosing(conversation.watch()) as happenings:
        assert await anext(happenings) == Loaded()
        served.grok.script(Script(text="Green, mostly."))
        running = await served.house.begin("Grass?", BOB)
        heard = await following(happenings, Said)
        assert (heard.response.message, heard.response.sender) == ("Grass?", "human")
        assert heard.response.parent_response_id == first.id
        ended = await following(happenings, Ended)
        assert (ended.response.message, ended.response.response_id) == ("Green, mostly.", running.id)
        assert conversation.get_response(running.id) is ended.response
        assert heard.response.children == [ended.response]
        await running.end()


async def test_an_answer_is_seen_to_grow(served: ServedHouse, client: Client) -> None:
    await served.house.answered("Sky?", ALICE)
    conversation = await client.grok.get_conversation((await served.house.held()).id)
    async with aclosing(conversation.watch()) as happenings:
        await anext(happenings)
        served.grok.script(Script(text="one two three four", hang_after_tokens=2, reasoning=""))
        running = await served.house.begin("Count!", ALICE)
        while not (await following(happenings, Answering)).response.message:
            pass
        assert conversation.get_response(running.id).message.startswith("one")
        await client.daemon.stop(conversation.conversation_id)
        assert (await following(happenings, Ended)).response.partial


async def test_what_a_program_says_goes_on_where_discord_is(served: ServedHouse, client: Client) -> None:
    await served.house.answered("Sky?", ALICE)
    conversation = await client.grok.get_conversation((await served.house.held()).id)
    answer = await said(conversation, "And the grass?")
    assert (await served.house.path())[-2:] == ["And the grass?", answer.message]
    again = await served.house.answered("And the sea?", ALICE)
    await conversation.load()
    newest = conversation.get_response(again.id)
    assert newest.parent_response is not None
    assert newest.parent_response.parent_response_id == answer.response_id


async def test_titles_leaves_and_the_end_are_told(client: Client) -> None:
    conversation = client.grok.create_conversation()
    answer = await said(conversation, "Sky?")
    async with aclosing(conversation.watch()) as happenings:
        await anext(happenings)
        other = await client.grok.get_conversation(conversation.conversation_id)
        await other.set_title("Colours")
        assert (await following(happenings, Titled)).title == "Colours" == conversation.title
        newest = await said(other, "Grass?")
        assert (await following(happenings, LeafMoved)).response_id == newest.response_id
        await client.daemon.select(answer.response_id)
        assert (await following(happenings, LeafMoved)).response_id == answer.response_id
        await other.delete()
        await following(happenings, Deleted)
        assert [happening async for happening in happenings] == []
    with pytest.raises(RuntimeError, match="deleted"):
        _ = conversation.title


async def test_refresh_brings_a_response_up_to_date_and_leaves_the_leaf(client: Client) -> None:
    conversation = client.grok.create_conversation()
    answer = await said(conversation, "Sky?")
    await client.daemon.share(conversation.conversation_id, answer.response_id)
    await client.daemon.say(conversation.conversation_id, "Elsewhere?").aclose()
    other = await client.grok.get_conversation(conversation.conversation_id)
    await said(other, "Elsewhere?")
    before = answer.shared
    await answer.refresh()
    assert (before, answer.shared) == (False, True)
    assert len(list(conversation.get_children(answer.response_id))) == 1
    here = await said(conversation, "Here?")
    assert here.parent_response is not None
    assert here.parent_response.parent_response_id == answer.response_id


async def test_a_conversation_that_is_not_there_cannot_be_watched(client: Client) -> None:
    with pytest.raises(ValueError, match="send a message"):
        client.grok.create_conversation().watch()
    conversation = sdk.grok.Conversation(client.grok._stub, "", False, "nobody")
    with pytest.raises(sdk.NotFoundError):
        await anext(conversation.watch())
