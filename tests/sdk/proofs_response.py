"""Rows of the Grok SDK's page: single responses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from grokbot import sdk
from grokbot.sandbox.grok_server import Script, ScriptedQuery
from grokbot.sdk.grok import Response

from .conftest import PUBLIC_URL
from .proofs_grok import begun, said
from .rows import World, row


@row("grok.Response", "it takes what the service sent, its conversation and a stub")
async def _(world: World) -> None:
    conversation, answer = await begun(world)
    made = Response(response=answer._response, conversation=conversation, stub=world.client.grok._stub)
    assert made.message == answer.message
    assert made.parent_response is answer.parent_response


@row("grok.Response.children", "what stands under it, in its order")
async def _(world: World) -> None:
    _, answer = await begun(world)
    asked = answer.parent_response
    assert asked is not None
    _, response = answer.resample()
    another = await response
    assert asked.children == [answer, another]


@row("grok.Response.create_time", "it is now, in UTC")
async def _(world: World) -> None:
    _, answer = await begun(world)
    assert abs(datetime.now(UTC) - answer.create_time) < timedelta(minutes=1)


@row("grok.Response.manual", "True for what was put into the model's mouth, False for what was sampled")
async def _(world: World) -> None:
    _, answer = await begun(world)
    _, response = answer.replace("By hand.")
    assert (answer.manual, (await response).manual) == (False, True)


@row("grok.Response.message", "what it says")
async def _(world: World) -> None:
    world.served.grok.script(Script(text="Blue."))
    _, answer = await begun(world, "Sky?")
    assert answer.message == "Blue."
    assert answer.parent_response is not None
    assert answer.parent_response.message == "Sky?"


@row("grok.Response.parent_response", "the response above, None for a root, KeyError for one that is not known")
async def _(world: World) -> None:
    conversation, answer = await begun(world)
    assert answer.parent_response is not None
    assert answer.parent_response.parent_response is None
    del conversation._responses[answer.parent_response.response_id]
    with pytest.raises(KeyError, match="not known"):
        _ = answer.parent_response


@row("grok.Response.parent_response_id", "the id of the response above, None for a root")
async def _(world: World) -> None:
    _, answer = await begun(world)
    assert answer.parent_response is not None
    assert answer.parent_response_id == answer.parent_response.response_id
    assert answer.parent_response.parent_response_id is None


@row("grok.Response.partial", "True where the model did not come to its end")
async def _(world: World) -> None:
    conversation, whole = await begun(world)
    part = await conversation.add_model_response("Only half of", whole.parent_response_id, partial=True)
    assert (whole.partial, part.partial) == (False, True)


@row("grok.Response.query", "the last search's words")
async def _(world: World) -> None:
    world.served.grok.script(
        Script(text="It rains.", queries=(ScriptedQuery("where am I"), ScriptedQuery("weather in Vienna")))
    )
    _, answer = await begun(world, "Weather?")
    assert answer.query == "weather in Vienna"
    assert answer.parent_response is not None
    assert answer.parent_response.query == ""


@row("grok.Response.query_type", "where the last search looked")
async def _(world: World) -> None:
    world.served.grok.script(
        Script(text="They say so.", queries=(ScriptedQuery("latest"), ScriptedQuery("latest", "x")))
    )
    _, answer = await begun(world, "News?")
    assert answer.query_type == "x"


@row("grok.Response.response_id", "the id under which the daemon keeps it")
async def _(world: World) -> None:
    _, answer = await begun(world)
    assert (await world.served.house.kept(answer.response_id)).id == answer.response_id


@row("grok.Response.sender", '"human" for a person, something else for the model')
async def _(world: World) -> None:
    _, answer = await begun(world)
    assert answer.parent_response is not None
    assert (answer.parent_response.sender, answer.sender) == ("human", "model")


@row("grok.Response.shared", "True once a page shows the conversation up to it")
async def _(world: World) -> None:
    conversation, answer = await begun(world)
    before = answer.shared
    await answer.share()
    assert (before, answer.shared) == (False, True)
    again = await world.client.grok.get_conversation(conversation.conversation_id)
    assert again.get_response(answer.response_id).shared is True


@row("grok.Response.share", "the address is a page's of this daemon; asked for again, it is the same")
async def _(world: World) -> None:
    _, answer = await begun(world)
    address = await answer.share()
    assert address.startswith(f"{PUBLIC_URL}/s/")
    assert await answer.share() == address
    published = await world.served.engine.library.shares.shown(address.removeprefix(f"{PUBLIC_URL}/s/"))
    assert published is not None
    assert published.turns[-1].text == answer.message


@row("grok.Response.replace", "a human's words are answered anew, beside the old ones")
async def _(world: World) -> None:
    conversation, first = await begun(world, "Sky?")
    asked = first.parent_response
    assert asked is not None
    token_stream, response = asked.replace(new_message="Grass?")
    pieces = [token async for token in token_stream]
    other = await response
    assert "".join(pieces) == other.message
    assert [root.message for root in conversation.root_responses] == ["Sky?", "Grass?"]
    assert (await said(conversation, "And then?")).parent_response.parent_response_id == other.response_id  # type: ignore[union-attr]


@row("grok.Response.replace", "a model's words are replaced by hand, beside the old ones")
async def _(world: World) -> None:
    conversation, first = await begun(world)
    token_stream, response = first.replace(new_message="Something else.")
    assert [token async for token in token_stream] == []
    other = await response
    assert (other.message, other.sender, other.manual) == ("Something else.", "model", True)
    assert other.parent_response_id == first.parent_response_id
    assert (await said(conversation, "And then?")).parent_response.parent_response_id == other.response_id  # type: ignore[union-attr]


@row("grok.Response.resample", "as documented, awaited: another answer to the same, and the new leaf")
async def _(world: World) -> None:
    conversation, first = await begun(world)
    token_stream, response = await first.resample()
    pieces = [token async for token in token_stream]
    other = await response
    assert "".join(pieces) == other.message
    assert other.parent_response_id == first.parent_response_id
    assert other.response_id != first.response_id
    assert (await said(conversation, "And then?")).parent_response.parent_response_id == other.response_id  # type: ignore[union-attr]


@row("grok.Response.resample", "what a human said is a ValueError")
async def _(world: World) -> None:
    _, answer = await begun(world)
    assert answer.parent_response is not None
    with pytest.raises(ValueError, match="human"):
        await answer.parent_response.resample()


@row("grok.Response.select", "what is said next goes under it")
async def _(world: World) -> None:
    conversation, first = await begun(world)
    await said(conversation, "On?")
    first.select()
    other = await said(conversation, "Otherwise?")
    assert other.parent_response is not None
    assert other.parent_response.parent_response_id == first.response_id


@row("grok.Response.share", "NotFoundError for a conversation that is gone meanwhile")
async def _(world: World) -> None:
    conversation, answer = await begun(world)
    await world.client.daemon.delete(conversation.conversation_id)
    with pytest.raises(sdk.NotFoundError):
        await answer.share()
