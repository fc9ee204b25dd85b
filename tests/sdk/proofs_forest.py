"""Rows of the Grok SDK's page: what is said in a conversation, and its forest."""

from __future__ import annotations

import pytest

from grokbot.sandbox.grok_server import Script
from grokbot.sdk.grok import Response
from tests.engine.house import shown

from .proofs_grok import begun, said
from .rows import World, row


@row("grok.Conversation.add_response", "pieces stream, and the future resolves to the response they became")
async def _(world: World) -> None:
    conversation = world.client.grok.create_conversation()
    world.served.grok.script(Script(text="one two three four five six seven eight nine ten", tokens_per_second=200.0))
    token_stream, response = conversation.add_response(user_message="Count!")
    pieces = [token async for token in token_stream]
    answer = await response
    assert len(pieces) > 1
    assert "".join(pieces) == answer.message == "one two three four five six seven eight nine ten"
    assert (await world.served.house.kept(answer.response_id)).message == answer.message


@row("grok.Conversation.add_response", "each goes under the one before, and the model is shown all of them")
async def _(world: World) -> None:
    conversation, first = await begun(world, "Sky?")
    second = await said(conversation, "Grass?")
    asked = second.parent_response
    assert asked is not None
    assert (asked.message, asked.sender, asked.parent_response_id) == ("Grass?", "human", first.response_id)
    assert shown(world.served.grok.requests[-1])[-3:] == ["user: Sky?", f"assistant: {first.message}", "user: Grass?"]


@row("grok.Conversation.add_response", '"" adds no human response: the leaf is answered, once more')
async def _(world: World) -> None:
    conversation, answer = await begun(world)
    assert answer.parent_response is not None
    answer.parent_response.select()
    another = await said(conversation, "")
    assert another.parent_response_id == answer.parent_response_id
    assert another.response_id != answer.response_id


@row("grok.Conversation.root_responses", "a conversation may have several")
async def _(world: World) -> None:
    conversation, answer = await begun(world, "First?")
    assert [root.message for root in conversation.root_responses] == ["First?"]
    conversation.set_leaf_response_id(None)
    await said(conversation, "Second?")
    assert [root.message for root in conversation.root_responses] == ["First?", "Second?"]
    assert next(conversation.root_responses) is answer.parent_response
    again = await world.client.grok.get_conversation(conversation.conversation_id)
    assert [root.message for root in again.root_responses] == ["First?", "Second?"]


@row("grok.Conversation.get_response", "a response by its id, and KeyError for an unknown one")
async def _(world: World) -> None:
    conversation, answer = await begun(world)
    assert conversation.get_response(response_id=answer.response_id) is answer
    with pytest.raises(KeyError):
        conversation.get_response("nobody")


@row("grok.Conversation.get_children", "a generator of what stands under a response")
async def _(world: World) -> None:
    conversation, answer = await begun(world)
    assert answer.parent_response_id is not None
    children = conversation.get_children(parent_response_id=answer.parent_response_id)
    assert next(children) is answer
    assert list(children) == []
    assert list(conversation.get_children(answer.response_id)) == []


@row("grok.Conversation.set_leaf_response_id", "what is said next goes under it; None makes a root")
async def _(world: World) -> None:
    conversation, first = await begun(world)
    await said(conversation, "On?")
    conversation.set_leaf_response_id(leaf_response_id=first.response_id)
    other = await said(conversation, "Otherwise?")
    assert other.parent_response is not None
    assert other.parent_response.parent_response_id == first.response_id
    conversation.set_leaf_response_id(None)
    root = await said(conversation, "Anew?")
    assert root.parent_response is not None
    assert root.parent_response.parent_response_id is None


@row("grok.Conversation.register_response", "a response made by hand is found, and nothing is sent")
async def _(world: World) -> None:
    conversation, answer = await begun(world)
    again = await world.client.grok.get_conversation(conversation.conversation_id)
    mine = Response(answer._response, again, world.client.grok._stub)
    again.register_response(response=mine)
    assert again.get_response(answer.response_id) is mine
