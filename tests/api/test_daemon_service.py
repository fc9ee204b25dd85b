"""grokbot.Daemon: what the services of 2024 do not have, through the generated code as our own clients use it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.timestamp_pb2 import Timestamp

from grokbot.conversation.response import State
from grokbot.sandbox.grok_server import Script
from grokbot.wire.grokbot import daemon_pb2 as wire
from grokbot.wire.grokbot.daemon_pb2_grpc import DaemonStub
from grokbot.wire.prompt_ide import chat_pb2
from grokbot.wire.prompt_ide.chat_pb2_grpc import ChatStub
from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest, ReasoningEffort
from tests.engine.house import ALICE, BOB, eventually, shown

from .raw import Refused
from .service import serving_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterable
    from pathlib import Path

    from grokbot.wire.grokbot.daemon_pb2_grpc import DaemonAsyncStub
    from grokbot.wire.prompt_ide.chat_pb2_grpc import ChatAsyncStub

    from .service import ServedHouse


@pytest.fixture
def daemon(channel: grpc.aio.Channel) -> DaemonAsyncStub:
    return DaemonStub(channel)


@pytest.fixture
def chat(channel: grpc.aio.Channel) -> ChatAsyncStub:
    return ChatStub(channel)


async def begun(chat: ChatAsyncStub) -> str:
    return (await chat.CreateConversation(chat_pb2.CreateConversationRequest())).conversation_id


async def say(chat: ChatAsyncStub, conversation: str, words: str, parent: str = "") -> chat_pb2.Response:
    """The answer."""
    request = chat_pb2.AddResponseRequest(
        conversation_id=conversation, message=words, parent_response_id=parent, use_grok=True
    )
    return await last(chat.AddResponse(request))


async def last(stream: AsyncIterable[chat_pb2.AddResponseResponse]) -> chat_pb2.Response:
    answers = [each async for each in stream]
    assert answers[-1].HasField("model_response")
    return answers[-1].model_response


async def responses(chat: ChatAsyncStub, conversation: str) -> list[chat_pb2.Response]:
    read = await chat.GetConversation(chat_pb2.GetConversationRequest(conversation_id=conversation))
    return list(read.responses)


async def test_the_status_tells_who_asks_and_how_it_goes(
    served: ServedHouse, daemon: DaemonAsyncStub, chat: ChatAsyncStub
) -> None:
    await begun(chat)
    status = await daemon.GetStatus(Empty())
    assert (status.version, status.model, status.mode, status.servers) == ("0.0.0", "grok-4.7", "stateless", 1)
    assert (status.running, status.conversations, status.pause.paused) == (0, 1, False)
    assert (status.caller.owner_id, status.caller.everything) == (ALICE.id, True)
    key = await served.key(BOB.id, BOB.name)
    status = await daemon.GetStatus(Empty(), metadata=(("apikey", key),))
    assert (status.caller.owner_id, status.caller.name, status.caller.everything) == (BOB.id, "bob", False)
    assert status.conversations == 0, "others' conversations are not counted to them"


async def test_lists_have_pages_and_are_searched(daemon: DaemonAsyncStub, chat: ChatAsyncStub) -> None:
    for words in ("about cats", "about dogs", "about cats and dogs"):
        await say(chat, await begun(chat), words)
    page = await daemon.ListConversations(wire.ListConversationsRequest(search="DOGS", limit=1))
    assert page.total == 2
    assert [(entry.first_words, entry.responses) for entry in page.entries] == [("about cats and dogs", 2)]
    assert page.entries[0].owner_id == ALICE.id
    assert not page.entries[0].conversation.responses
    page = await daemon.ListConversations(wire.ListConversationsRequest(search="dogs", offset=1))
    assert [entry.first_words for entry in page.entries] == ["about dogs"]
    assert not (await daemon.ListConversations(wire.ListConversationsRequest(starred=True))).entries
    for offset, limit in ((-1, 0), (0, -1), (0, 1001)):
        with Refused(grpc.StatusCode.INVALID_ARGUMENT):
            await daemon.ListConversations(wire.ListConversationsRequest(offset=offset, limit=limit))


async def test_info_tells_what_a_conversation_is(daemon: DaemonAsyncStub, chat: ChatAsyncStub) -> None:
    conversation = await begun(chat)
    answer = await say(chat, conversation, "Hi")
    info = await daemon.GetInfo(wire.GetInfoRequest(conversation_id=conversation))
    assert (info.mode, info.model, info.persona, info.locked) == ("stateless", "grok-4.7", "", False)
    assert (info.leaf_response_id, info.responses, info.people) == (answer.response_id, 2, 1)
    assert info.usage.completion_tokens > 0
    assert info.usage.HasField("cost_ticks")
    assert not info.HasField("kept_until")


async def test_a_watch_begins_with_the_conversation_and_tells_what_happens(
    served: ServedHouse, daemon: DaemonAsyncStub, chat: ChatAsyncStub
) -> None:
    conversation = await begun(chat)
    watch = aiter(daemon.Watch(wire.WatchRequest(conversation_id=conversation)))
    assert (await anext(watch)).conversation.conversation_id == conversation
    served.grok.script(Script(text="one two three", tokens_per_second=50))
    answer = await say(chat, conversation, "Count")
    request = chat_pb2.UpdateConversationRequest(conversation_id=conversation, title="Numbers")
    await chat.UpdateConversation(request)
    await chat.DeleteConversation(chat_pb2.DeleteConversationRequest(conversation_id=conversation))
    told = [each async for each in watch]
    kinds = [each.WhichOneof("happening") for each in told]
    assert kinds[0] == "user_response"
    assert kinds[-1] == "deleted"
    assert set(kinds) <= {"user_response", "answering", "model_response", "leaf_response_id", "title", "deleted"}
    if "model_response" in kinds:  # a slow watcher may only hear that all is gone
        assert told[kinds.index("model_response")].model_response == answer


async def test_what_is_said_in_discord_is_heard_by_whoever_watches(
    served: ServedHouse, daemon: DaemonAsyncStub
) -> None:
    await served.house.answered("First")
    held = await served.house.held()
    watch = aiter(daemon.Watch(wire.WatchRequest(conversation_id=held.id)))
    assert (await anext(watch)).conversation.responses[0].message == "First"
    answer = await served.house.answered("Second")
    heard: list[wire.Happening] = []
    async with asyncio.timeout(20):
        while not any(each.HasField("model_response") for each in heard):
            heard.append(await anext(watch))
    assert heard[0].user_response.message == "Second"
    assert next(each for each in heard if each.HasField("model_response")).model_response.response_id == answer.id


async def test_answers_are_resampled_replaced_and_selected(
    served: ServedHouse, daemon: DaemonAsyncStub, chat: ChatAsyncStub
) -> None:
    conversation = await begun(chat)
    first = await say(chat, conversation, "Roll")
    served.grok.script(Script(text="Six."))
    second = await last(daemon.Resample(wire.ResampleRequest(response_id=first.response_id, instruction="a number")))
    assert (second.message, second.parent_response_id) == ("Six.", first.parent_response_id)
    assert shown(served.grok.requests[-1])[-1] == "user: a number"
    manual = await last(daemon.Replace(wire.ReplaceRequest(response_id=second.response_id, message="Seven.")))
    assert (manual.message, manual.manual) == ("Seven.", True)
    info = wire.GetInfoRequest(conversation_id=conversation)
    await daemon.Select(wire.SelectRequest(response_id=first.response_id))
    assert (await daemon.GetInfo(info)).leaf_response_id == first.response_id
    replaced = [
        each
        async for each in daemon.Replace(wire.ReplaceRequest(response_id=first.parent_response_id, message="Throw"))
    ]
    assert replaced[0].user_response.message == "Throw"
    assert (await daemon.GetInfo(info)).leaf_response_id == replaced[-1].model_response.response_id
    assert len(await responses(chat, conversation)) == 6


async def test_an_answer_is_stopped_by_somebody_else_and_ends_well_with_what_there_is(
    served: ServedHouse, daemon: DaemonAsyncStub, chat: ChatAsyncStub
) -> None:
    conversation = await begun(chat)
    stop = wire.StopRequest(conversation_id=conversation)
    with Refused(grpc.StatusCode.INVALID_ARGUMENT):
        await daemon.Stop(stop)
    served.grok.script(Script(text="word " * 100, hang_after_tokens=30))
    asking = asyncio.create_task(say(chat, conversation, "Tell me"))
    await eventually(
        lambda: bool(served.engine.runner.running) and served.engine.runner.running[0].snapshot().text != ""
    )
    await daemon.Stop(stop)
    answer = await asking
    assert answer.partial
    assert answer.message.startswith("word")
    served.grok.script(Script(text="never", first_token_after=60))
    asking = asyncio.create_task(say(chat, conversation, "More", answer.response_id))
    await eventually(lambda: bool(served.engine.runner.running))
    await daemon.Stop(stop)
    with Refused(grpc.StatusCode.CANCELLED):
        await asking


async def test_a_branch_is_a_conversation_that_shows_what_it_goes_on_from(
    daemon: DaemonAsyncStub, chat: ChatAsyncStub
) -> None:
    conversation = await begun(chat)
    answer = await say(chat, conversation, "Hi")
    branch = await daemon.Branch(wire.BranchRequest(response_id=answer.response_id))
    assert branch.conversation_id != conversation
    on = await say(chat, branch.conversation_id, "And on", answer.response_id)
    read = await responses(chat, branch.conversation_id)
    assert [each.message for each in read] == ["Hi", answer.message, "And on", on.message]
    assert [each.parent_response_id for each in read[1:]] == [each.response_id for each in read[:-1]]
    info = await daemon.GetInfo(wire.GetInfoRequest(conversation_id=branch.conversation_id))
    assert info.branched_from == answer.response_id


async def test_a_branch_s_stream_tells_the_same_parents_as_the_forest(
    daemon: DaemonAsyncStub, chat: ChatAsyncStub
) -> None:
    answer = await say(chat, await begun(chat), "Hi")
    branch = (await daemon.Branch(wire.BranchRequest(response_id=answer.response_id))).conversation_id
    request = chat_pb2.AddResponseRequest(conversation_id=branch, message="On", use_grok=True)
    stream = [each async for each in chat.AddResponse(request)]
    by_id = {each.response_id: each for each in await responses(chat, branch)}
    assert stream[0].user_response.parent_response_id == answer.response_id
    assert by_id[stream[0].user_response.response_id] == stream[0].user_response
    assert by_id[stream[-1].model_response.response_id] == stream[-1].model_response


async def test_conversations_are_exported_and_imported(daemon: DaemonAsyncStub, chat: ChatAsyncStub) -> None:
    conversation = await begun(chat)
    answer = await say(chat, conversation, "Hi")
    await say(chat, conversation, "More", answer.response_id)
    for kind, ending in (("markdown", ".md"), ("json", ".json"), ("html", ".html")):
        document = await daemon.Export(wire.ExportRequest(conversation_id=conversation, format=kind))
        assert document.file_name.endswith(ending)
        assert b"More" in document.content
    cut = await daemon.Export(
        wire.ExportRequest(conversation_id=conversation, response_id=answer.response_id, format="json")
    )
    assert [turn["text"] for turn in json.loads(cut.content)["turns"]] == ["Hi", answer.message]
    imported = await daemon.Import(wire.ImportRequest(content=cut.content))
    assert [each.message for each in await responses(chat, imported.conversation_id)] == ["Hi", answer.message]
    for wrong in (b"\xff\xfe", b"{}", b""):
        with Refused(grpc.StatusCode.INVALID_ARGUMENT):
            await daemon.Import(wire.ImportRequest(content=wrong))
    with Refused(grpc.StatusCode.INVALID_ARGUMENT):
        await daemon.Export(wire.ExportRequest(conversation_id=conversation, format="pdf"))
    with Refused(grpc.StatusCode.NOT_FOUND):
        await daemon.Export(wire.ExportRequest(conversation_id="nothing", format="json"))


async def test_stateful_turns_go_on_from_each_other(tmp_path: Path) -> None:
    async with serving_house(tmp_path) as house, grpc.aio.insecure_channel(house.target) as channel:
        daemon = DaemonStub(channel)
        house.grok.script(Script(text="Bonjour.", reasoning="In French."))
        first = await daemon.StatefulChat(
            wire.StatefulChatRequest(prompt="Hi", system_prompt="Speak French.", include_reasoning=True)
        )
        assert (first.content, first.status, first.continued_from) == ("Bonjour.", "completed", "")
        assert (first.model[:4], first.reasoning) == ("grok", "In French.")
        kept = first.stored_until.ToDatetime(tzinfo=UTC) - datetime.now(UTC)
        assert timedelta(days=29) < kept < timedelta(days=31)
        house.grok.script(Script(text="Bien.", reasoning="Still French."))
        second = await daemon.StatefulChat(
            wire.StatefulChatRequest(prompt="How are you?", response_id=first.response_id, temperature=0.5)
        )
        assert (second.continued_from, second.conversation_id) == (first.response_id, first.conversation_id)
        assert second.reasoning == ""
        assert shown(house.grok.requests[-1]) == ["user: How are you?"]
        short = await daemon.StatefulChat(wire.StatefulChatRequest(prompt="Tell me all. !long 500", max_tokens=5))
        assert short.status == "incomplete"
        for wrong in ({"temperature": 2.5}, {"temperature": float("nan")}, {"max_tokens": 0}, {"response_id": "none"}):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await daemon.StatefulChat(wire.StatefulChatRequest(prompt="Hi", **wrong))
            assert caught.value.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND)


async def test_a_turn_takes_all_that_may_be_chosen_and_tells_what_is_known_of_its_answer(
    served: ServedHouse, daemon: DaemonAsyncStub
) -> None:
    request = wire.AskRequest(
        message="Hi",
        model="grok-4.3",
        temperature=0.7,
        max_tokens=500,
        system_prompt="Be brief.",
        mode="stateful",
        effort="none",
    )
    told = [each async for each in daemon.Ask(request)]
    assert told[0].conversation.conversation_id == told[-1].answer.conversation_id
    assert told[1].part.user_response.message == "Hi"
    final, answer = told[-2].part.model_response, told[-1].answer
    assert (answer.response_id, answer.model, answer.status) == (final.response_id, "grok-4.3", "completed")
    assert answer.usage.completion_tokens > 0
    assert answer.HasField("stored_until")
    asked = served.grok.requests[-1].request
    assert isinstance(asked, GetCompletionsRequest)
    assert (asked.model, round(asked.temperature, 4), asked.max_tokens) == ("grok-4.3", 0.7, 500)
    assert asked.reasoning_effort == ReasoningEffort.EFFORT_NONE
    assert shown(served.grok.requests[-1])[0].startswith("system: Be brief.")
    assert await daemon.GetAnswer(wire.GetAnswerRequest(response_id=final.response_id)) == answer
    again = wire.AskRequest(message="On", parent_response_id=final.response_id, system_prompt="Ignored.")
    told = [each async for each in daemon.Ask(again)]
    assert told[0].conversation.conversation_id == answer.conversation_id
    assert shown(served.grok.requests[-1]) == ["user: On"], "only what is new is sent after what xAI keeps"
    for wrong in (
        wire.AskRequest(message="Hi", mode="other"),
        wire.AskRequest(message="Hi", temperature=2.1),
        wire.AskRequest(message="Hi", effort="extreme"),
        wire.AskRequest(message="Hi", persona="nobody"),
        wire.AskRequest(message=" "),
    ):
        with Refused(grpc.StatusCode.INVALID_ARGUMENT):
            await anext(aiter(daemon.Ask(wrong)))
    with Refused(grpc.StatusCode.NOT_FOUND):
        await daemon.GetAnswer(wire.GetAnswerRequest(response_id=told[1].part.user_response.response_id))


async def test_an_asker_that_goes_away_stops_its_answer(served: ServedHouse, daemon: DaemonAsyncStub) -> None:
    served.grok.script(Script(text="word " * 500, tokens_per_second=20))
    stream = daemon.Ask(wire.AskRequest(message="Hi"))
    conversation = (await anext(aiter(stream))).conversation.conversation_id
    stream.cancel()
    await eventually(lambda: not served.engine.runner.running)
    [_, answer] = await served.house.store.responses.forest(conversation)
    assert answer.state is State.STOPPED


async def test_a_stateful_caller_that_goes_away_stops_its_answer(served: ServedHouse, daemon: DaemonAsyncStub) -> None:
    served.grok.script(Script(text="word " * 100, hang_after_tokens=30))
    call = daemon.StatefulChat(wire.StatefulChatRequest(prompt="Hi"))
    await served.grok.until(lambda: served.grok.running == 1)
    call.cancel()
    await eventually(lambda: not served.engine.runner.running)
    await served.grok.until(lambda: served.grok.running == 0)


async def test_usage_is_summed_up_as_it_is_asked_for(
    served: ServedHouse, daemon: DaemonAsyncStub, chat: ChatAsyncStub
) -> None:
    conversation = await begun(chat)
    await say(chat, conversation, "Hi")
    usage = await daemon.GetUsage(wire.GetUsageRequest())
    assert (usage.total.answers, list(usage.rows)) == (1, [])
    for by, key in (
        (wire.GetUsageRequest.DAY, f"{datetime.now(UTC):%Y-%m-%d}"),
        (wire.GetUsageRequest.PERSON, str(ALICE.id)),
        (wire.GetUsageRequest.CONVERSATION, conversation),
    ):
        usage = await daemon.GetUsage(wire.GetUsageRequest(by=by))
        assert [(row.key, row.usage) for row in usage.rows] == [(key, usage.total)]
    before = Timestamp(seconds=1)
    assert (await daemon.GetUsage(wire.GetUsageRequest(until=before))).total.answers == 0
    assert (await daemon.GetUsage(wire.GetUsageRequest(since=before))).total.answers == 1
    bob = (("apikey", await served.key(BOB.id, BOB.name)),)
    assert (await daemon.GetUsage(wire.GetUsageRequest(), metadata=bob)).total.answers == 0
    for wrong in (
        wire.GetUsageRequest(by=99),  # type: ignore[arg-type] # a number of a later version
        wire.GetUsageRequest(since=Timestamp(seconds=-(10**15))),
        wire.GetUsageRequest(until=Timestamp(seconds=10**15)),
    ):
        with Refused(grpc.StatusCode.INVALID_ARGUMENT):
            await daemon.GetUsage(wrong)


async def test_keys_are_made_listed_and_revoked(daemon: DaemonAsyncStub) -> None:
    made = await daemon.MakeKey(wire.MakeKeyRequest(owner_id=BOB.id, name="bob", everything=True))
    bob = (("apikey", made.secret),)
    assert (await daemon.GetStatus(Empty(), metadata=bob)).caller.name == "bob"
    (listed,) = (await daemon.ListKeys(Empty(), metadata=bob)).keys
    assert (listed.key_id, listed.owner_id, listed.everything) == (made.key.key_id, BOB.id, True)
    assert listed.HasField("used_at")
    assert made.secret not in str(listed)
    revoked = await daemon.RevokeKey(wire.RevokeKeyRequest(key_id=made.key.key_id))
    assert revoked.HasField("revoked_at")
    with Refused(grpc.StatusCode.UNAUTHENTICATED):
        await daemon.GetStatus(Empty(), metadata=bob)
    with Refused(grpc.StatusCode.NOT_FOUND):
        await daemon.RevokeKey(wire.RevokeKeyRequest(key_id="none"))
    for owner_id, name in ((-1, "bob"), (BOB.id, ""), (BOB.id, "b" * 1000)):
        with Refused(grpc.StatusCode.INVALID_ARGUMENT):
            await daemon.MakeKey(wire.MakeKeyRequest(owner_id=owner_id, name=name))


async def test_a_pause_stops_and_refuses_everything_until_it_ends(
    served: ServedHouse, daemon: DaemonAsyncStub, chat: ChatAsyncStub
) -> None:
    conversation = await begun(chat)
    served.grok.script(Script(text="word " * 100, hang_after_tokens=30))
    asking = asyncio.create_task(say(chat, conversation, "Tell me"))
    await eventually(
        lambda: bool(served.engine.runner.running) and served.engine.runner.running[0].snapshot().text != ""
    )
    state = await daemon.Pause(wire.PauseRequest(reason="a check."))
    assert (state.paused, state.reason, state.by) == (True, "a check.", ALICE.id)
    assert (await asking).partial
    with Refused(grpc.StatusCode.FAILED_PRECONDITION) as refused:
        await say(chat, conversation, "Go on")
    assert "a check" in refused.text
    assert (await daemon.GetStatus(Empty())).pause.paused
    assert not (await daemon.Unpause(Empty())).paused
    assert (await say(chat, conversation, "Go on")).message
