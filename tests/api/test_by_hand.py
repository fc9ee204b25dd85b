"""The services of the SDK of 2024, driven with bytes that were put together by hand: the whole story of each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import grpc
import pytest

from grokbot.sandbox.grok_server import Script, ScriptedQuery
from grokbot.wire.xai import chat_pb2 as xai_chat
from tests.engine.house import eventually, shown
from tests.wire.by_hand import message, one, part, parts, switch, text

from .raw import CHAT, STATELESS, Raw, Refused
from .service import serving_house

if TYPE_CHECKING:
    from pathlib import Path

    from .service import ServedHouse

HUMAN, ASSISTANT = 1, 2


def turn(sender: int, words: str) -> tuple[int, bytes]:
    return 1, message((1, sender), (2, words))


async def stateless(raw: Raw, *fields: tuple[int, int | str | bytes]) -> tuple[str, str]:
    """The answer and what was searched for, put together as a client does."""
    answer = query = ""
    for piece in await raw.all(STATELESS + "AddResponse", message(*fields)):
        assert one(piece, 1) == ASSISTANT
        answer, query = answer + text(piece, 2), query + text(piece, 3)
    return answer, query


def asked(served: ServedHouse) -> xai_chat.GetCompletionsRequest:
    """The last question that xAI got."""
    request = served.grok.requests[-1].request
    assert isinstance(request, xai_chat.GetCompletionsRequest)
    return request


# prompt_ide.Chat


async def test_a_conversation_from_its_beginning_to_its_end(served: ServedHouse, raw: Raw) -> None:
    conversation = await raw.begin()
    served.grok.script(Script(text="Hello, alice."))
    first = await raw.say(conversation, "Hi")
    assert (text(first.user, 2), text(first.user, 3), text(first.user, 5)) == ("Hi", "human", "")
    assert (text(first.answer, 2), text(first.answer, 5)) == ("Hello, alice.", first.user_id)
    assert text(first.answer, 3) not in ("", "human")
    assert (first.text, first.kinds) == ("Hello, alice.", (1, 2, 3))
    assert part(first.answer, 4)  # when it was made

    served.grok.script(Script(text="Sunny."))
    second = await raw.say(conversation, "And the weather?", first.answer_id)
    assert text(second.user, 5) == first.answer_id
    assert shown(served.grok.requests[-1])[1:] == ["user: Hi", "assistant: Hello, alice.", "user: And the weather?"]

    kept = await raw.responses(conversation)
    assert [(text(each, 1), text(each, 2)) for each in kept] == [
        (first.user_id, "Hi"),
        (first.answer_id, "Hello, alice."),
        (second.user_id, "And the weather?"),
        (second.answer_id, "Sunny."),
    ]
    assert kept[-1] == second.answer

    updated = await raw.call(CHAT + "UpdateConversation", message((1, conversation), (2, "Weather"), (3, 1)))
    assert (text(updated, 1), text(updated, 2), switch(updated, 6)) == (conversation, "Weather", True)
    listed = parts(await raw.call(CHAT + "ListConversations"), 1)
    assert [(text(each, 1), text(each, 2), switch(each, 6), parts(each, 5)) for each in listed] == [
        (conversation, "Weather", True, [])
    ]
    updated = await raw.call(CHAT + "UpdateConversation", message((1, conversation)))
    assert (text(updated, 2), switch(updated, 6)) == ("Weather", False)

    assert await raw.call(CHAT + "DeleteConversation", message((1, conversation))) == b""
    assert parts(await raw.call(CHAT + "ListConversations"), 1) == []
    with Refused(grpc.StatusCode.NOT_FOUND):
        await raw.call(CHAT + "GetConversation", message((1, conversation)))


async def test_an_empty_message_samples_the_model_once_more(served: ServedHouse, raw: Raw) -> None:
    conversation = await raw.begin()
    first = await raw.say(conversation, "Roll a die")
    served.grok.script(Script(text="Six."))
    again = await raw.say(conversation, "", first.user_id)
    assert (again.kinds, again.user, text(again.answer, 5)) == ((2, 3), b"", first.user_id)
    assert [text(each, 5) for each in await raw.responses(conversation)] == ["", first.user_id, first.user_id]
    with Refused(grpc.StatusCode.INVALID_ARGUMENT):
        await raw.say(conversation, "", first.answer_id)
    with Refused(grpc.StatusCode.INVALID_ARGUMENT):
        await raw.say(conversation, "")


async def test_no_parent_begins_another_root(raw: Raw) -> None:
    conversation = await raw.begin()
    await raw.say(conversation, "One way")
    await raw.say(conversation, "Another way")
    responses = await raw.responses(conversation)
    assert [text(each, 2) for each in responses if not text(each, 5)] == ["One way", "Another way"]


async def test_words_for_the_model_are_kept_as_manual(served: ServedHouse, raw: Raw) -> None:
    conversation = await raw.begin()
    first = await raw.say(conversation, "Hi")
    request = message((1, conversation), (2, "Ahoy"), (3, 1), (4, first.user_id))
    manual = await raw.call(CHAT + "AddModelResponse", request)
    assert (text(manual, 2), text(manual, 5)) == ("Ahoy", first.user_id)
    assert (switch(manual, 6), switch(manual, 7)) == (True, True)
    await raw.say(conversation, "Who are you?", text(manual, 1))
    assert shown(served.grok.requests[-1])[1:] == ["user: Hi", "assistant: Ahoy", "user: Who are you?"]


async def test_searches_come_before_the_text_and_stay_with_the_answer(served: ServedHouse, raw: Raw) -> None:
    served.grok.script(
        Script(text="Rain.", queries=[ScriptedQuery("weather tomorrow"), ScriptedQuery("umbrellas", "x")])
    )
    conversation = await raw.begin()
    found = await raw.say(conversation, "Will it rain?")
    assert [kind for kind, _ in found.queries] == ["weather tomorrow", "umbrellas"]
    assert [kind for _, kind in found.queries] == ["web", "x"]
    assert found.kinds == (1, 4, 2, 3)
    assert (text(found.answer, 9), text(found.answer, 10)) == ("umbrellas", "x")


async def test_a_budget_is_told_only_where_there_is_one(raw: Raw) -> None:
    assert (await raw.say(await raw.begin(), "Hi")).budget is None


async def test_the_raw_model_has_no_searches_and_no_system_prompt(served: ServedHouse, raw: Raw) -> None:
    conversation = await raw.begin()
    await raw.say(conversation, "Hi", grok=False)
    assert shown(served.grok.requests[-1]) == ["user: Hi"]
    assert not asked(served).tools


async def test_the_fun_prompt_and_the_model_are_chosen_for_each_turn(served: ServedHouse, raw: Raw) -> None:
    conversation = await raw.begin()
    await raw.say(conversation, "Hi")
    plain = shown(served.grok.requests[-1])[0]
    request = message((1, conversation), (2, "Joke"), (3, "grok-4.5"), (6, 1), (7, "fun"))
    await raw.all(CHAT + "AddResponse", request)
    assert shown(served.grok.requests[-1])[0] != plain
    assert asked(served).model == "grok-4.5"
    with Refused(grpc.StatusCode.INVALID_ARGUMENT):
        await raw.all(CHAT + "AddResponse", message((1, conversation), (2, "Joke"), (6, 1), (7, "sad")))


async def test_grok_writes_a_title(raw: Raw) -> None:
    conversation = await raw.begin()
    first = await raw.say(conversation, "How do magnets work?")
    title = text(await raw.call(CHAT + "GenerateTitle", message((1, conversation), (2, first.answer_id))), 1)
    assert title
    assert text(await raw.call(CHAT + "GetConversation", message((1, conversation))), 2) == title


async def test_sharing_needs_pages(raw: Raw) -> None:
    conversation = await raw.begin()
    first = await raw.say(conversation, "Hi")
    with Refused(grpc.StatusCode.FAILED_PRECONDITION):
        await raw.call(CHAT + "ShareConversation", message((1, conversation), (2, first.answer_id)))


async def test_sharing_gives_what_the_page_is_reached_by(tmp_path: Path) -> None:
    async with (
        serving_house(tmp_path, public_url="https://grok.example.org") as house,
        grpc.aio.insecure_channel(house.target) as channel,
    ):
        raw = Raw(channel)
        conversation = await raw.begin()
        first = await raw.say(conversation, "Hi")
        await raw.say(conversation, "More", first.answer_id)
        shared = text(await raw.call(CHAT + "ShareConversation", message((1, conversation), (2, first.answer_id))), 1)
        page = await house.engine.library.shares.shown(shared)
        assert page is not None
        assert [turn.text for turn in page.turns] == ["Hi", text(first.answer, 2)]
        responses = await raw.responses(conversation)
        assert [switch(each, 8) for each in responses] == [False, True, False, False]


async def test_what_discord_holds_is_seen_here_and_the_other_way_round(served: ServedHouse, raw: Raw) -> None:
    answer = await served.house.answered("From the thread")
    held = await served.house.held()
    responses = await raw.responses(held.id)
    assert [text(each, 2) for each in responses] == ["From the thread", answer.message]
    assert text(responses[0], 3) == "human"
    said = await raw.say(held.id, "From the socket", answer.id)
    assert (await served.house.path())[-2:] == ["From the socket", text(said.answer, 2)]


# prompt_ide.StatelessChat


async def test_a_stateless_history_is_answered_and_nothing_of_it_is_kept(served: ServedHouse, raw: Raw) -> None:
    served.grok.script(Script(text="A second joke.", queries=[ScriptedQuery("jokes"), ScriptedQuery("better jokes")]))
    answer, query = await stateless(
        raw, turn(HUMAN, "A joke"), turn(ASSISTANT, "Knock, knock."), turn(HUMAN, "Another"), (3, "n"), (4, "bob")
    )
    assert (answer, query) == ("A second joke.", "jokes\nbetter jokes")
    assert shown(served.grok.requests[-1])[1:] == ["user: A joke", "assistant: Knock, knock.", "user: Another"]
    assert "bob" not in str(asked(served))
    assert parts(await raw.call(CHAT + "ListConversations"), 1) == []


async def test_the_name_is_told_only_where_the_client_says_so(served: ServedHouse, raw: Raw) -> None:
    await stateless(raw, turn(HUMAN, "Who am I?"), (4, "bob"), (6, 1))
    assert asked(served).messages[-1].name == "bob"


async def test_the_fun_prompt_is_another_one(served: ServedHouse, raw: Raw) -> None:
    await stateless(raw, turn(HUMAN, "Hi"))
    await stateless(raw, turn(HUMAN, "Hi"), (2, "fun"))
    plain, fun = (shown(call)[0] for call in served.grok.requests[-2:])
    assert plain != fun
    with Refused(grpc.StatusCode.INVALID_ARGUMENT):
        await stateless(raw, turn(HUMAN, "Hi"), (2, "grim"))


@pytest.mark.parametrize(
    "history",
    [
        (),
        (turn(HUMAN, "Hi"), turn(ASSISTANT, "Hello")),
        (turn(0, "Hi"),),
        (turn(7, "Hi"),),
        (turn(HUMAN, ""),),
    ],
)
async def test_a_history_that_cannot_be_answered_is_refused(raw: Raw, history: tuple[tuple[int, bytes], ...]) -> None:
    with Refused(grpc.StatusCode.INVALID_ARGUMENT):
        await stateless(raw, *history)


async def test_nothing_is_logged_for_debugging_and_deleting_that_goes_well(raw: Raw) -> None:
    with Refused(grpc.StatusCode.UNIMPLEMENTED):
        await raw.call(STATELESS + "LogForDebugging", message(turn(HUMAN, "Hi")))
    assert await raw.call(STATELESS + "DeleteLoggedConversations", message((1, "key"))) == b""


# Clients that go away


async def test_a_client_that_goes_away_stops_its_answer_and_xais_call(served: ServedHouse, raw: Raw) -> None:
    served.grok.script(Script(text="word " * 100, hang_after_tokens=30))
    conversation = await raw.begin()
    stream = raw.stream(CHAT + "AddResponse", message((1, conversation), (2, "Tell me"), (6, 1)))
    await anext(aiter(stream))
    await eventually(lambda: served.engine.runner.running[0].snapshot().text != "")
    stream.cancel()
    await eventually(lambda: not served.engine.runner.running)
    await served.grok.until(lambda: served.grok.requests[-1].cancelled)
    kept = await raw.responses(conversation)
    assert [switch(each, 7) for each in kept] == [False, True]
    assert text(kept[1], 2).startswith("word")
    assert (await raw.say(conversation, "Go on", text(kept[1], 1))).text


async def test_a_deadline_stops_its_answer(served: ServedHouse, raw: Raw) -> None:
    served.grok.script(Script(text="word " * 100, hang_after_tokens=30))
    conversation = await raw.begin()
    request = message((1, conversation), (2, "Tell me"), (6, 1))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in raw.stream(CHAT + "AddResponse", request, timeout=2.0):
            pass
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    await eventually(lambda: not served.engine.runner.running)
    await served.grok.until(lambda: served.grok.requests[-1].cancelled)


async def test_a_stateless_client_that_goes_away_ends_xais_call(served: ServedHouse, raw: Raw) -> None:
    served.grok.script(Script(text="word " * 100, hang_after_tokens=30))
    stream = raw.stream(STATELESS + "AddResponse", message(turn(HUMAN, "Tell me")))
    await anext(aiter(stream))
    stream.cancel()
    await served.grok.until(lambda: served.grok.requests[-1].cancelled)


async def test_a_client_that_goes_away_before_the_first_word_leaves_nothing_running(
    served: ServedHouse, raw: Raw
) -> None:
    served.grok.script(Script(text="never", first_token_after=60), times=20)
    conversations = [await raw.begin() for _ in range(20)]
    streams = [raw.stream(CHAT + "AddResponse", message((1, each), (2, "Hi"), (6, 1))) for each in conversations]
    for i, stream in enumerate(streams):
        await asyncio.sleep(0.001 * i)  # each at another moment of its beginning
        stream.cancel()
    for conversation in conversations:  # the calls above are over when these are answered
        await raw.responses(conversation)
    await eventually(lambda: not served.engine.runner.running)
    await served.house.quiet()
    await served.grok.until(lambda: served.grok.running == 0)
