"""Rows of the Grok SDK's page: conversations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import grpc.aio
import pytest

from grokbot import sdk
from grokbot.sandbox.grok_server import Script
from grokbot.wire.prompt_ide.chat_pb2_grpc import ChatStub
from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest
from tests.engine.house import shown

from .rows import World, row

if TYPE_CHECKING:
    from grokbot.sdk.grok import Conversation, Response


async def said(conversation: Conversation, message: str) -> Response:
    """Says something and returns the answer."""
    token_stream, response = conversation.add_response(message)
    async for _ in token_stream:
        pass
    return await response


async def begun(world: World, message: str = "Hello?") -> tuple[Conversation, Response]:
    """A conversation with one turn."""
    conversation = world.client.grok.create_conversation()
    return conversation, await said(conversation, message)


@row("Client.grok", "it is the same each time, and an AsyncGrok")
async def _(world: World) -> None:
    assert isinstance(world.client.grok, sdk.grok.AsyncGrok)
    assert world.client.grok is world.client.grok


@row("grok.AsyncGrok", "it takes a stub that somebody made on a channel of their own")
async def _(world: World) -> None:
    async with grpc.aio.insecure_channel(world.served.target) as channel:
        grok = sdk.grok.AsyncGrok(stub=ChatStub(channel))
        answer = await said(grok.create_conversation(), "Hello?")
        assert answer.message
        with pytest.raises(RuntimeError, match="Client"):
            await answer.share()


@row("grok.AsyncGrok.create_conversation", "model and fun mode are what its answers are sampled with")
async def _(world: World) -> None:
    conversation = world.client.grok.create_conversation(model_name="grok-4.5", fun_mode=True)
    await said(conversation, "Hello?")
    request = world.served.grok.requests[-1].request
    assert isinstance(request, GetCompletionsRequest)
    assert request.model == "grok-4.5"
    plain = world.client.grok.create_conversation()
    await said(plain, "Hello?")
    assert shown(world.served.grok.requests[-1])[0] != request.messages[0].content[0].text


@row("grok.AsyncGrok.create_conversation", "nothing is kept before something is said")
async def _(world: World) -> None:
    before = len(await world.client.grok.list_conversations())
    world.client.grok.create_conversation()
    assert len(await world.client.grok.list_conversations()) == before


@row("grok.AsyncGrok.get_conversation", "another program finds everything, and goes on at its end")
async def _(world: World) -> None:
    first, answer = await begun(world)
    second = await world.client.grok.get_conversation(
        conversation_id=first.conversation_id, model_name="grok-4.5", fun_mode=False
    )
    assert second.conversation_id == first.conversation_id
    assert second.get_response(answer.response_id).message == answer.message
    assert (await said(second, "And then?")).parent_response.parent_response_id == answer.response_id  # type: ignore[union-attr]


@row("grok.AsyncGrok.get_conversation", "an unknown id is NotFoundError")
async def _(world: World) -> None:
    with pytest.raises(sdk.NotFoundError):
        await world.client.grok.get_conversation("01JDXXXXXXXXXXXXXXXXXXXXXX")


@row("grok.AsyncGrok.list_conversations", "those changed last come first, also those of Discord, without responses")
async def _(world: World) -> None:
    conversation, _ = await begun(world)
    await (await world.served.house.begin("From Discord?", channel=4_001)).end()
    listed = await world.client.grok.list_conversations()
    ids = [one.conversation_id for one in listed]
    assert ids[:2] == [(await world.served.house.held(4_001)).id, conversation.conversation_id]
    assert not any(one.responses for one in listed)


@row("grok.Conversation", "dev_only_use_grok=False talks to the raw model: no system prompt, no tools")
async def _(world: World) -> None:
    conversation = sdk.grok.Conversation(
        stub=world.client.grok._stub, model_name="", fun_mode=True, conversation_id=None, dev_only_use_grok=False
    )
    await said(conversation, "Hello?")
    request = world.served.grok.requests[-1].request
    assert isinstance(request, GetCompletionsRequest)
    assert shown(world.served.grok.requests[-1]) == ["user: Hello?"]
    assert not request.tools


@row("grok.Conversation", "one that was only named loads itself when something is said")
async def _(world: World) -> None:
    first, answer = await begun(world)
    second = sdk.grok.Conversation(world.client.grok._stub, "", False, first.conversation_id)
    with pytest.raises(ValueError, match="load"):
        _ = second.title
    assert (await said(second, "And then?")).parent_response.parent_response_id == answer.response_id  # type: ignore[union-attr]


@row("grok.Conversation.conversation_id", "there is one as soon as something was said, and ValueError before")
async def _(world: World) -> None:
    conversation = world.client.grok.create_conversation()
    with pytest.raises(ValueError, match="not exist yet"):
        _ = conversation.conversation_id
    await said(conversation, "Hello?")
    assert await world.served.house.store.conversations.get(conversation.conversation_id)


@row("grok.Conversation.create_time", "it is now, in UTC, and ValueError before something was said")
async def _(world: World) -> None:
    with pytest.raises(ValueError, match="not exist yet"):
        _ = world.client.grok.create_conversation().create_time
    conversation, _ = await begun(world)
    assert abs(datetime.now(UTC) - conversation.create_time) < timedelta(minutes=1)


@row("grok.Conversation.starred", "it follows star and unstar, and is what others load; ValueError before")
async def _(world: World) -> None:
    with pytest.raises(ValueError, match="not exist yet"):
        _ = world.client.grok.create_conversation().starred
    conversation, _ = await begun(world)
    before = conversation.starred
    await conversation.star()
    assert (before, conversation.starred) == (False, True)
    assert (await world.client.grok.get_conversation(conversation.conversation_id)).starred is True


@row("grok.Conversation.star", "the star is the same one that Discord's history shows, and leaves the title")
async def _(world: World) -> None:
    conversation, _ = await begun(world)
    other = await world.client.grok.get_conversation(conversation.conversation_id)
    await other.set_title("Given elsewhere")
    await conversation.star()
    assert conversation.title == "Given elsewhere"
    starred = await world.client.daemon.conversations(starred=True)
    assert conversation.conversation_id in [entry.conversation.conversation_id for entry in starred.entries]


@row("grok.Conversation.unstar", "it takes the star away")
async def _(world: World) -> None:
    conversation, _ = await begun(world)
    await conversation.star()
    await conversation.unstar()
    assert conversation.starred is False
    assert (await world.client.grok.get_conversation(conversation.conversation_id)).starred is False


@row("grok.Conversation.title", "it is known here and there, and ValueError before something was said")
async def _(world: World) -> None:
    with pytest.raises(ValueError, match="not exist yet"):
        _ = world.client.grok.create_conversation().title
    conversation, _ = await begun(world)
    await conversation.set_title("The sky")
    assert conversation.title == "The sky"
    assert (await world.client.grok.get_conversation(conversation.conversation_id)).title == "The sky"


@row("grok.Conversation.set_title", "the star stays")
async def _(world: World) -> None:
    conversation, _ = await begun(world)
    await conversation.star()
    await conversation.set_title(title="The sky")
    again = await world.client.grok.get_conversation(conversation.conversation_id)
    assert (again.title, again.starred) == ("The sky", True)


@row("grok.Conversation.generate_title", "Grok's title is returned and kept")
async def _(world: World) -> None:
    conversation, _ = await begun(world)
    world.served.grok.script_title(Script(text="A Greeting"))
    assert await conversation.generate_title() == "A Greeting" == conversation.title
    assert (await world.client.grok.get_conversation(conversation.conversation_id)).title == "A Greeting"


@row("grok.Conversation.load", "it knows what others have said since, and the newest becomes the leaf")
async def _(world: World) -> None:
    conversation, answer = await begun(world)
    other = await world.client.grok.get_conversation(conversation.conversation_id)
    newest = await said(other, "From elsewhere?")
    with pytest.raises(KeyError):
        conversation.get_response(newest.response_id)
    await conversation.load()
    assert conversation.get_response(newest.response_id).message == newest.message
    assert conversation.get_response(answer.response_id) is answer
    assert (await said(conversation, "And here?")).parent_response.parent_response_id == newest.response_id  # type: ignore[union-attr]


@row("grok.Conversation.load", "one without an id is a ValueError")
async def _(world: World) -> None:
    with pytest.raises(ValueError, match="send a message"):
        await world.client.grok.create_conversation().load()


@row("grok.Conversation.delete", "it is gone, and everything of it raises RuntimeError from then on")
async def _(world: World) -> None:
    conversation, answer = await begun(world)
    conversation_id = conversation.conversation_id
    await conversation.delete()
    for use in (
        lambda: conversation.title, lambda: conversation.conversation_id, lambda: conversation.create_time,
        lambda: conversation.starred, lambda: list(conversation.root_responses),
        lambda: conversation.get_response(answer.response_id), lambda: list(conversation.get_children("x")),
        lambda: conversation.add_response("Hello?"), lambda: conversation.set_leaf_response_id(None),
        lambda: conversation.register_response(answer), answer.select, answer.resample,
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match="deleted"):
            use()
    for wait in (
        conversation.load, conversation.star, conversation.unstar, conversation.generate_title, conversation.delete,
        lambda: conversation.set_title("x"),
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match="deleted"):
            await wait()
    with pytest.raises(sdk.NotFoundError):
        await world.client.grok.get_conversation(conversation_id)
