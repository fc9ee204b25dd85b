"""The faults of the documented SDK, each with what is so instead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from grokbot import sdk
from grokbot.sandbox.grok_server import Script

from .proofs_grok import said

if TYPE_CHECKING:
    from grokbot.sdk import Client
    from tests.api.service import ServedHouse

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("own_scripts")]

OVERLOADED = "Grok cannot be reached right now"


async def test_children_are_found(one_client: Client) -> None:
    conversation = one_client.grok.create_conversation()
    answer = await said(conversation, "Hello?")
    [asked] = conversation.root_responses
    assert list(conversation.get_children(asked.response_id)) == [answer] == asked.children


async def test_replacing_a_models_words_returns_a_stream_and_a_future_and_is_done(
    one_served: ServedHouse, one_client: Client
) -> None:
    conversation = one_client.grok.create_conversation()
    answer = await said(conversation, "Hello?")
    token_stream, response = answer.replace("Something else.")
    assert isinstance(response, asyncio.Future)
    assert [token async for token in token_stream] == []
    other = await response
    kept = await one_served.house.kept(other.response_id)
    assert (kept.message, kept.manual, kept.parent_id) == ("Something else.", True, answer.parent_response_id)
    assert (await one_served.house.kept(answer.response_id)).message == answer.message


@pytest.mark.parametrize("tokens", [0, 3])
async def test_a_turn_whose_answer_failed_is_not_in_the_stateless_history(
    one_served: ServedHouse, one_client: Client, tokens: int
) -> None:
    conversation = one_client.chat.create_conversation()
    await conversation.add_response_no_stream("First?")
    one_served.grok.script(Script(text="one two three four", fail="overloaded", fail_after_tokens=tokens))
    with pytest.raises(sdk.ApiError):
        await conversation.add_response_no_stream("Second?")
    assert [turn.message for turn in conversation.history][::2] == ["First?"]
    await conversation.add_response_no_stream("Third?")
    assert [turn.message for turn in conversation.history][::2] == ["First?", "Third?"]


@pytest.mark.parametrize("kind", ["chat", "grok"])
async def test_the_token_stream_raises_what_the_future_holds(
    one_served: ServedHouse, one_client: Client, kind: str
) -> None:
    one_served.grok.script(Script(fail="overloaded"))
    begin = one_client.chat.create_conversation if kind == "chat" else one_client.grok.create_conversation
    token_stream, response = begin().add_response("Hello?")
    with pytest.raises(sdk.UnavailableError, match=OVERLOADED) as raised:
        async for _ in token_stream:
            pass
    assert response.exception() is raised.value
    assert not isinstance(raised.value, sdk.UnreachableError)


async def test_resample_is_used_like_its_siblings_and_also_awaited(one_client: Client) -> None:
    first = await said(one_client.grok.create_conversation(), "Hello?")
    token_stream, response = first.resample()
    assert "".join([token async for token in token_stream]) == (await response).message
    answer = await first.resample()
    token_stream, response = answer
    assert isinstance(answer, tuple)
    assert "".join([token async for token in token_stream]) == (await response).message
    assert first.parent_response is not None
    assert len(first.parent_response.children) == 3


async def test_a_resampling_that_fails_leaves_the_leaf_where_it_was(
    one_served: ServedHouse, one_client: Client
) -> None:
    conversation = one_client.grok.create_conversation()
    first = await said(conversation, "Hello?")
    one_served.grok.script(Script(fail="overloaded"))
    _, response = first.resample()
    with pytest.raises(sdk.UnavailableError):
        await response
    second = await said(conversation, "And then?")
    assert second.parent_response is not None
    assert second.parent_response.parent_response_id == first.response_id


async def test_a_star_does_not_write_an_old_title_back(one_client: Client) -> None:
    conversation = one_client.grok.create_conversation()
    await said(conversation, "Hello?")
    await conversation.set_title("Old")
    await one_client.daemon.update(conversation.conversation_id, title="New")
    await conversation.star()
    assert (await one_client.daemon.read(conversation.conversation_id)).title == "New" == conversation.title
