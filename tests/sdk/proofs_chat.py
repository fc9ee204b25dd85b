"""Rows of the Chat SDK's page."""

from __future__ import annotations

import inspect

import grpc.aio

from grokbot import sdk
from grokbot.sandbox.grok_server import Script, ScriptedQuery
from grokbot.wire.prompt_ide.stateless_chat_pb2 import StatelessResponse
from grokbot.wire.prompt_ide.stateless_chat_pb2_grpc import StatelessChatStub
from tests.engine.house import shown

from .rows import World, row


@row("Client", "it can be made with nothing, and outside an event loop")
async def _(world: World) -> None:
    assert {p.default for p in inspect.signature(sdk.Client).parameters.values()} == {None}
    assert world.client.target == world.served.target


@row("Client.chat", "it is the same each time, and an AsyncChat")
async def _(world: World) -> None:
    assert isinstance(world.client.chat, sdk.chat.AsyncChat)
    assert world.client.chat is world.client.chat


@row("chat.AsyncChat", "it takes a stub that somebody made on a channel of their own")
async def _(world: World) -> None:
    async with grpc.aio.insecure_channel(world.served.target) as channel:
        conversation = sdk.chat.AsyncChat(stub=StatelessChatStub(channel)).create_conversation()
        assert (await conversation.add_response_no_stream("Hello?")).message


@row("chat.AsyncChat.create_conversation", "nothing is sent, and each is another one")
async def _(world: World) -> None:
    calls = len(world.served.grok.requests)
    first, second = world.client.chat.create_conversation(), world.client.chat.create_conversation(fun_mode=True)
    assert (first.fun_mode, second.fun_mode) == (False, True)
    assert first._conversation.stateless_conversation_id != second._conversation.stateless_conversation_id
    assert len(world.served.grok.requests) == calls


@row("chat.Conversation", "it takes a stub and a mode")
async def _(world: World) -> None:
    conversation = sdk.chat.Conversation(world.client.chat._stub, True)
    assert conversation.fun_mode
    assert (await conversation.add_response_no_stream("Hello?")).message


@row("chat.Conversation.fun_mode", "the fun persona is told to the model, and nothing like it without")
async def _(world: World) -> None:
    asked = []
    for fun_mode in (False, True):
        conversation = world.client.chat.create_conversation(fun_mode)
        await conversation.add_response_no_stream("Hello?")
        assert conversation.fun_mode is fun_mode
        asked.append([line for line in shown(world.served.grok.requests[-1]) if line.startswith("system")])
    assert asked[0] != asked[1]


@row("chat.Conversation.history", "it holds what was said, in order, and goes with each request")
async def _(world: World) -> None:
    conversation = world.client.chat.create_conversation()
    assert list(conversation.history) == []
    world.served.grok.script(Script(text="Blue.", reasoning=""))
    world.served.grok.script(Script(text="Green.", reasoning=""))
    await conversation.add_response_no_stream("Sky?")
    await conversation.add_response_no_stream("Grass?")
    human, assistant = StatelessResponse.HUMAN, StatelessResponse.ASSISTANT
    assert [(said.sender, said.message) for said in conversation.history] == [
        (human, "Sky?"), (assistant, "Blue."), (human, "Grass?"), (assistant, "Green."),
    ]  # fmt: skip
    assert shown(world.served.grok.requests[-1])[-3:] == ["user: Sky?", "assistant: Blue.", "user: Grass?"]


@row("chat.Conversation.add_response", "pieces stream, and the future resolves to all of them together")
async def _(world: World) -> None:
    conversation = world.client.chat.create_conversation()
    world.served.grok.script(Script(text="one two three four five six seven eight nine ten", tokens_per_second=200.0))
    token_stream, response = conversation.add_response(user_message="Count!")
    pieces = [token async for token in token_stream]
    answer = await response
    assert len(pieces) > 1
    assert "".join(pieces) == answer.message == "one two three four five six seven eight nine ten"
    assert answer.sender == StatelessResponse.ASSISTANT


@row("chat.Conversation.add_response", "what was searched for is in the answer's query, and never in the stream")
async def _(world: World) -> None:
    conversation = world.client.chat.create_conversation()
    world.served.grok.script(Script(text="It rains.", queries=(ScriptedQuery("weather in Vienna"),)))
    token_stream, response = conversation.add_response("Weather?")
    assert "".join([token async for token in token_stream]) == "It rains."
    assert (await response).query == "weather in Vienna"


@row("chat.Conversation.add_response_no_stream", "it returns the whole answer")
async def _(world: World) -> None:
    conversation = world.client.chat.create_conversation()
    world.served.grok.script(Script(text="Blue."))
    assert (await conversation.add_response_no_stream(user_message="Sky?")).message == "Blue."
