"""What the client asks beside the stream of answers: a few words, and the deletion of what is stored."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import GrokError, GrokFailure
from grokbot.conversation.history import Prompt, PromptMessage, Role
from grokbot.conversation.response import Mode, Options
from grokbot.sandbox.grok_server import FAILURES, GrokRules, GrokSandbox, Script
from grokbot.wire.xai import chat_pb2

from .asking import Chat, client_of
from .cases import conversation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import Conversation
    from grokbot.xai.client import GrokClient

TITLE = Prompt((PromptMessage(Role.SYSTEM, "Write a title."), PromptMessage(Role.USER, "growing figs at home")))
SEARCHING = Options("Be brief.", reasoning_effort="high", temperature=0.3, max_tokens=9, search=("web", "x"))


def requests(grok: GrokSandbox) -> Sequence[chat_pb2.GetCompletionsRequest]:
    return [call.request for call in grok.requests if isinstance(call.request, chat_pb2.GetCompletionsRequest)]


def of(model: str, effort: str | None = "low") -> Conversation:
    return replace(conversation(options=Options(reasoning_effort=effort)), model=model)


async def test_a_few_words_come_in_one_piece_on_the_cheapest_request(client: GrokClient, grok: GrokSandbox) -> None:
    completion = await client.complete(TITLE, conversation(Mode.STATEFUL, options=SEARCHING), max_tokens=500)
    assert completion.text == "Growing Figs At Home"
    assert completion.usage.cost_ticks
    [call] = grok.requests
    assert call.method == "GetCompletion"
    assert "x-grok-conv-id" not in call.metadata  # another beginning: it would only push the conversation's out
    [request] = requests(grok)
    assert request == chat_pb2.GetCompletionsRequest(
        model="grok-4.7", n=1, max_tokens=500, reasoning_effort=chat_pb2.EFFORT_LOW, messages=request.messages
    )


@pytest.mark.parametrize(
    ("model", "configured", "tried"),
    [
        ("grok-4.7", "high", ["EFFORT_LOW"]),
        ("grok-4.3", "high", ["EFFORT_NONE"]),
        ("grok-4.20-0309-non-reasoning", "low", [None]),
        ("grok-4.6", "none", ["EFFORT_LOW"]),
        ("grok-latest", "none", ["EFFORT_NONE", "EFFORT_LOW"]),
    ],
)
async def test_the_model_reasons_as_little_as_it_can_and_what_it_refuses_is_tried_once(
    client: GrokClient, grok: GrokSandbox, model: str, configured: str | None, tried: Sequence[str | None]
) -> None:
    for _ in range(2):
        await client.complete(TITLE, of(model, configured), max_tokens=500)
    asked = [
        chat_pb2.ReasoningEffort.Name(r.reasoning_effort) if r.HasField("reasoning_effort") else None
        for r in requests(grok)
    ]
    assert asked == [*tried, tried[-1]]


@pytest.mark.parametrize("name", sorted(set(FAILURES) - {"too_slow"}))
async def test_whatever_goes_wrong_is_a_trouble_and_is_not_asked_again(
    client: GrokClient, grok: GrokSandbox, name: str
) -> None:
    grok.script_title(Script(fail=name))
    with pytest.raises(GrokError):
        await client.complete(TITLE, conversation(), max_tokens=500)
    assert len(grok.requests) == 1


async def test_an_answer_with_nothing_in_it_is_a_trouble(client: GrokClient, grok: GrokSandbox) -> None:
    grok.script_title(Script(text=" \n"))
    with pytest.raises(GrokError) as caught:
        await client.complete(TITLE, conversation(), max_tokens=500)
    assert caught.value.kind is GrokFailure.EMPTY


async def test_a_stored_response_is_deleted_and_that_it_is_gone_already_is_as_good(
    client: GrokClient, grok: GrokSandbox
) -> None:
    chat = Chat(client, conversation(Mode.STATEFUL))
    first = await chat.say("one")
    assert first.xai_id is not None
    for _ in range(2):
        await client.delete_stored(first.xai_id)
    await client.delete_stored("never-was")
    assert not grok.expire(first.xai_id)
    deletions = [call.status for call in grok.requests if call.method == "DeleteStoredCompletion"]
    assert deletions == ["OK", "NOT_FOUND", "NOT_FOUND"]


async def test_a_deletion_that_did_not_get_through_says_so() -> None:
    async with GrokSandbox(GrokRules(tokens_per_second=math.inf)) as grok:
        async with client_of(grok.target, "xai-of-somebody-else") as stranger:
            with pytest.raises(GrokError) as caught:
                await stranger.delete_stored("x")
        assert caught.value.kind is GrokFailure.BAD_KEY
        async with client_of(grok.target, grok.api_key) as client:
            await grok.close()
            with pytest.raises(GrokError) as caught:
                await client.delete_stored("x")
            assert caught.value.kind is GrokFailure.OVERLOADED
