"""The client against the loopback Grok: what it sends, what it tries again, what it says when it fails."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import logging
import math
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from grokbot.conversation.draft import Called, Draft, Phase
from grokbot.conversation.errors import GrokError, GrokFailure
from grokbot.conversation.response import Mode, Options, Query
from grokbot.process.backoff import SURE
from grokbot.sandbox.grok_server import FAILURES, MODELS, GrokRules, GrokSandbox, Script
from grokbot.xai import client as client_of_xai
from grokbot.xai import requests
from grokbot.xai.calls import CHANNEL_OPTIONS
from grokbot.xai.client import LONGEST_PAUSE, OUTAGE_SECONDS, TRIES, GrokClient
from grokbot.xai.errors import call_trouble

from .asking import Chat, client_of, hello, read, trouble
from .cases import conversation

if TYPE_CHECKING:
    from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest

PASSING = ("overloaded", "rate_limit")


def request(grok: GrokSandbox, number: int = -1) -> GetCompletionsRequest:
    return cast("GetCompletionsRequest", grok.requests[number].request)


async def test_a_stateless_conversation_sends_its_whole_path_and_hits_the_cache(
    client: GrokClient, grok: GrokSandbox
) -> None:
    chat = Chat(client, conversation())
    first = await chat.say("I like figs.")
    second = await chat.say("What do I like?")
    assert "2 questions" in second.message
    assert len(request(grok).messages) == 3
    assert not request(grok).HasField("previous_response_id")
    assert not any(call.request.store_messages for call in grok.requests)  # type: ignore[attr-defined] # all are completions
    assert first.usage is not None
    assert second.usage is not None
    assert second.usage.cached_prompt_tokens == first.usage.prompt_tokens
    assert second.usage.cost_ticks


async def test_a_request_of_many_messages_is_the_same_and_not_made_on_the_event_loop(
    client: GrokClient, grok: GrokSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_in: list[int] = []

    def noted(*of: Any) -> GetCompletionsRequest:
        made_in.append(threading.get_ident())
        return requests.request_of(*of)

    monkeypatch.setattr(client_of_xai, "request_of", noted)
    monkeypatch.setattr(client_of_xai, "FEW_MESSAGES", 2)
    chat = Chat(client, conversation())
    for said in ("one", "two", "three"):
        await chat.say(said)
    assert [len(request(grok, n).messages) for n in range(3)] == [1, 3, 5]
    here = threading.get_ident()
    assert [each == here for each in made_in] == [True, False, False]


async def test_a_stateful_conversation_sends_only_what_is_new(client: GrokClient, grok: GrokSandbox) -> None:
    chat = Chat(client, conversation(Mode.STATEFUL, options=Options(system_prompt="Be brief.")))
    first = await chat.say("I like figs.")
    second = await chat.say("What do I like?")
    third = await chat.say("And now?")
    assert "3 questions" in third.message
    assert [len(request(grok, n).messages) for n in range(3)] == [2, 1, 1]
    assert [request(grok, n).previous_response_id for n in range(3)] == ["", first.xai_id, second.xai_id]
    assert all(request(grok, n).store_messages for n in range(3))


async def test_a_stored_response_that_is_gone_says_so_and_the_path_goes_through_without_it(
    client: GrokClient, grok: GrokSandbox
) -> None:
    chat = Chat(client, conversation(Mode.STATEFUL))
    first = await chat.say("one")
    second = await chat.say("two")
    assert second.xai_id is not None
    assert first.xai_id is not None
    grok.expire(second.xai_id)
    with pytest.raises(GrokError) as caught:
        await chat.say("three")
    assert caught.value.kind is GrokFailure.RESPONSE_GONE
    third = await chat.say("three", gone=frozenset({second.xai_id}))
    assert request(grok).previous_response_id == first.xai_id
    assert "3 questions" in third.message
    grok.expire_all()
    fourth = await chat.say("four", gone=frozenset({str(r.xai_id) for r in chat.path}))
    assert not request(grok).HasField("previous_response_id")
    assert "4 questions" in fourth.message


async def test_every_call_carries_the_key_and_the_conversations_id(client: GrokClient, grok: GrokSandbox) -> None:
    await read(client, hello())
    await client.key()
    sent = [(c.metadata["authorization"], c.metadata.get("x-grok-conv-id")) for c in grok.requests]
    assert sent == [(f"Bearer {grok.api_key}", "01J"), (f"Bearer {grok.api_key}", None)]


async def test_names_and_aliases_of_the_models_are_listed(client: GrokClient) -> None:
    assert await client.model_names() == {name for m in MODELS for name in (m.name, *m.aliases)}


async def test_the_key_is_looked_up(client: GrokClient) -> None:
    found = await client.key()
    assert found.redacted_api_key == "xai...6789"
    assert not any((found.api_key_blocked, found.team_blocked, found.disabled))


async def test_a_wrong_key_is_told_once_and_everywhere(grok: GrokSandbox) -> None:
    async with client_of(grok.target, "xai-of-somebody-else") as stranger:
        assert (await trouble(stranger)).kind is GrokFailure.BAD_KEY
        for look_up in (stranger.key, stranger.model_names):
            with pytest.raises(GrokError) as caught:
                await look_up()
            assert caught.value.kind is GrokFailure.BAD_KEY
    assert [c.status for c in grok.requests] == ["UNAUTHENTICATED"] * 3


@pytest.mark.parametrize("name", FAILURES)
async def test_every_failure_before_the_first_chunk_is_translated_and_only_a_passing_one_tried_again(
    client: GrokClient, grok: GrokSandbox, name: str
) -> None:
    grok.script(Script(fail=name), times=TRIES)
    failed = await trouble(client)
    failure = FAILURES[name]
    assert failed.kind is call_trouble(failure.code.name, failure.text, received=False).kind
    assert failed.__suppress_context__
    assert len(grok.requests) == (TRIES if name in PASSING else 1)


@pytest.mark.parametrize("name", FAILURES)
async def test_a_failure_in_mid_stream_keeps_what_came_and_is_never_tried_again(
    client: GrokClient, grok: GrokSandbox, name: str
) -> None:
    grok.script(Script(text="one two three four five six", reasoning="", fail=name, fail_after_tokens=3), times=TRIES)
    draft = Draft()
    failed = await trouble(client, draft=draft)
    failure = FAILURES[name]
    assert failed.kind is call_trouble(failure.code.name, failure.text, received=True).kind
    assert draft.text == "one two three"
    assert not draft.finished
    assert len(grok.requests) == 1


@pytest.mark.parametrize("name", PASSING)
@pytest.mark.parametrize("failures", range(1, TRIES))
async def test_a_passing_failure_is_tried_until_it_has_passed(
    client: GrokClient, grok: GrokSandbox, name: str, failures: int
) -> None:
    grok.script(Script(fail=name), times=failures)
    grok.script(Script(text="There."))
    assert (await read(client, hello())).text == "There."
    assert len(grok.requests) == failures + 1
    assert len({c.request.SerializeToString(deterministic=True) for c in grok.requests}) == 1


async def test_the_pauses_between_tries_double(grok: GrokSandbox, caplog: pytest.LogCaptureFixture) -> None:
    pauses: list[float] = []
    async with client_of(grok.target, grok.api_key, first_pause=0.02) as patient:
        grok.script(Script(fail="overloaded"), times=TRIES)
        with caplog.at_level(logging.WARNING):
            await trouble(patient)
        pauses = [b.started - a.started for a, b in itertools.pairwise(grok.requests)]
    least = [0.02 * 0.75 * 2**n for n in range(TRIES - 1)]
    assert len(pauses) == TRIES - 1
    assert all(pause >= bound for pause, bound in zip(pauses, least, strict=True))
    assert [r.getMessage().split(" attempt=")[0] for r in caplog.records] == ["xai.again conversation=01J"] * (
        TRIES - 1
    )


async def test_the_log_of_a_failure_holds_neither_words_nor_key(
    client: GrokClient, grok: GrokSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    grok.script(Script(fail="overloaded"), times=1)
    with caplog.at_level(logging.DEBUG):
        await read(client, hello("a secret of mine"))
    assert caplog.records
    assert "secret of mine" not in caplog.text
    assert grok.api_key not in caplog.text


@pytest.mark.parametrize("received", [0, 2])
async def test_a_stream_of_which_nothing_comes_ends_with_what_is_there(grok: GrokSandbox, received: int) -> None:
    grok.script(Script(text="one two three", reasoning="", hang_after_tokens=received))
    draft = Draft()
    async with client_of(grok.target, grok.api_key, idle=1) as hasty:
        assert (await trouble(hasty, draft=draft)).kind is GrokFailure.SILENT
        await grok.until(lambda: grok.running == 0)
    assert draft.text == "one two"[: 7 * bool(received)]
    assert grok.requests[0].cancelled
    assert len(grok.requests) == 1


async def test_whatever_comes_keeps_a_slow_stream_going(grok: GrokSandbox) -> None:
    grok.script(Script(text="one two", reasoning="first I think about it " * 2, tokens_per_second=5))
    async with client_of(grok.target, grok.api_key, idle=1) as hasty:
        assert (await read(hasty, hello())).text == "one two"
    assert (grok.requests[0].ended or 0) - grok.requests[0].started > 1.5


async def test_an_outage_is_told_and_waited_out_beyond_the_tries(grok: GrokSandbox) -> None:
    grok.script(Script(fail="overloaded"), times=TRIES + 3)
    grok.script(Script(text="There."))
    draft, phases = Draft(), []
    async with client_of(grok.target, grok.api_key, outage_seconds=60.0) as patient:
        async for events in patient.stream(hello(), conversation()):
            for event in events:
                draft.apply(event)
            phases.append(draft.phase)
    assert phases[: TRIES + 3] == [Phase.WAITING] * (TRIES + 3)
    assert Phase.WAITING not in phases[TRIES + 3 :]
    assert draft.text == "There."


async def test_a_rate_limit_has_its_tries_and_no_more(grok: GrokSandbox) -> None:
    grok.script(Script(fail="rate_limit"), times=TRIES + 3)
    async with client_of(grok.target, grok.api_key, outage_seconds=60.0) as patient:
        assert (await trouble(patient)).kind is GrokFailure.RATE_LIMIT
    assert len(grok.requests) == TRIES


def test_a_minute_without_xai_is_waited_out() -> None:
    assert OUTAGE_SECONDS - LONGEST_PAUSE > 60


async def test_a_deadline_ends_an_answer_that_stands_still(grok: GrokSandbox) -> None:
    grok.script(Script(text="one two three", reasoning="", hang_after_tokens=2))
    draft = Draft()
    async with client_of(grok.target, grok.api_key, timeout=1) as hasty:
        assert (await trouble(hasty, draft=draft)).kind is GrokFailure.TIMEOUT
        await grok.until(lambda: grok.running == 0)
    assert draft.text == "one two"
    assert grok.requests[0].cancelled
    assert len(grok.requests) == 1


async def test_the_deadline_counts_all_tries_together(grok: GrokSandbox) -> None:
    grok.script(Script(fail="overloaded"), times=TRIES)
    # The first pause is at most 1.4 s; with the second, of at least 2.1 s, there would be 3.15 s or more.
    async with client_of(grok.target, grok.api_key, timeout=3, first_pause=1.4) as hasty:
        assert (await trouble(hasty)).kind is GrokFailure.OVERLOADED
    assert len(grok.requests) == 2


async def test_a_second_try_has_only_the_time_that_the_first_has_left(grok: GrokSandbox) -> None:
    grok.script(Script(fail="overloaded"))
    grok.script(Script(hang_after_tokens=0))
    async with client_of(grok.target, grok.api_key, timeout=2, first_pause=1.2) as hasty:
        assert (await trouble(hasty)).kind is GrokFailure.TIMEOUT
        await grok.until(lambda: grok.running == 0)
    second = grok.requests[1]
    assert second.ended is not None
    assert second.ended - second.started < 1.8  # 1.1 s are left after the pause; of its own it would have 2 s


async def test_a_search_is_seen_while_it_runs(client: GrokClient) -> None:
    where = conversation(options=Options(search=("web", "x")))
    draft, seen = Draft(), []
    async for events in client.stream(hello("!search cheap figs"), where):
        for event in events:
            draft.apply(event)
            if isinstance(event, Called):
                seen.append((event.output, event.call.status, draft.phase, draft.queries))
    figs = (Query("web", "cheap figs"),)
    assert seen == [(0, 0, Phase.SEARCHING, figs), (0, 1, Phase.SEARCHING, figs), (1, 1, Phase.SEARCHING, figs)]
    assert draft.finished
    assert draft.citations
    assert draft.usage is not None
    assert draft.usage.tool_calls == 1


async def test_a_conversation_goes_on_after_a_search(client: GrokClient, grok: GrokSandbox) -> None:
    chat = Chat(client, conversation(options=Options(search=("web",))))
    first = await chat.say("!search cheap figs")
    assert len(first.steps) == 2
    assert "2 questions" in (await chat.say("And plums?")).message
    assert len(request(grok).messages) == 5


async def test_a_stream_that_ends_in_good_order_but_unfinished_is_told_from_a_whole_one(
    client: GrokClient, grok: GrokSandbox
) -> None:
    grok.script(Script(text="half of", finish="none"))
    grok.script(Script(text="the whole", finish="stop"))
    grok.script(Script(text="as much as", finish="max_len"))
    ends = [await read(client, hello()) for _ in range(3)]
    assert [(d.finished, d.cut_short) for d in ends] == [(False, False), (True, False), (True, True)]


async def test_many_streams_run_side_by_side_on_one_channel(client: GrokClient, grok: GrokSandbox) -> None:
    texts = [f"answer {n}" for n in range(30)]
    for text in texts:
        grok.script(Script(text=text, first_token_after=1.0))
    reading = [asyncio.create_task(read(client, hello())) for _ in texts]
    await grok.until(lambda: grok.running == len(texts))
    assert sorted(draft.text for draft in await asyncio.gather(*reading)) == sorted(texts)


async def test_where_nobody_listens_grok_cannot_be_reached(grok: GrokSandbox, client: GrokClient) -> None:
    await grok.close()
    failed = await trouble(client)
    assert failed.kind is GrokFailure.OVERLOADED
    assert grok.api_key not in failed.detail


async def test_a_server_that_dies_in_mid_stream_breaks_the_answer_off_and_a_new_one_is_found_again(
    client: GrokClient, grok: GrokSandbox
) -> None:
    grok.script(Script(text="one two three", reasoning="", hang_after_tokens=2))
    draft = Draft()
    reading = asyncio.create_task(trouble(client, draft=draft))
    await grok.until(lambda: bool(grok.requests) and grok.requests[0].tokens_sent == 2)
    await grok.close()
    assert (await reading).kind is GrokFailure.BROKEN_OFF
    assert draft.text == "one two"
    await grok.start()
    async with client_of(grok.target, grok.api_key, first_pause=0.2) as patient:
        assert (await read(patient, hello())).finished


async def test_the_same_client_reaches_a_server_that_came_back(
    grok: GrokSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    async with client_of(grok.target, grok.api_key, tries=8, first_pause=0.2) as patient:
        assert (await read(patient, hello())).finished
        await grok.close()
        reading = asyncio.create_task(read(patient, hello()))
        while not caplog.records:  # noqa: ASYNC110 - until it says that it tries again; a log record sets no event
            await asyncio.sleep(0.01)
        await grok.start()
        assert (await reading).finished
        await grok.until(lambda: grok.running == 0)


def test_the_tries_outlast_the_pause_in_which_grpc_itself_does_not_reconnect() -> None:
    parameters = inspect.signature(GrokClient.__init__).parameters
    shortest = SURE * parameters["first_pause"].default * (2 ** (parameters["tries"].default - 1) - 1)
    assert shortest > dict(CHANNEL_OPTIONS)["grpc.max_reconnect_backoff_ms"] / 1000


@pytest.mark.parametrize("tokens", [1, 400])
async def test_all_that_was_sent_arrives_in_order(tokens: int) -> None:
    text = " ".join(f"{n}" for n in range(tokens))
    async with (
        GrokSandbox(GrokRules(tokens_per_second=math.inf)) as grok,
        client_of(grok.target, grok.api_key) as client,
    ):
        grok.script(Script(text=text))
        draft = await read(client, hello())
    assert draft.text == text
    assert draft.xai_id == grok.requests[0].response_id


async def test_a_request_larger_than_the_four_mebibytes_of_grpc_arrives(client: GrokClient, grok: GrokSandbox) -> None:
    roomy = replace(conversation(), model="grok-4.3")
    assert (await read(client, hello("x" * (5 << 20)), roomy)).finished
    assert len(request(grok).messages[0].content[0].text) == 5 << 20


async def test_an_option_that_the_model_refuses_is_left_out_and_from_then_on_at_once(
    client: GrokClient, grok: GrokSandbox
) -> None:
    for effort in ("none", "none", "high"):
        chat = Chat(client, replace(conversation(options=Options(reasoning_effort=effort)), model="grok-latest"))
        assert (await chat.say("hello")).message
    sent = [request(grok, number).reasoning_effort for number in range(len(grok.requests))]
    none, high = requests.EFFORTS["none"], requests.EFFORTS["high"]
    assert sent == [none, 0, 0, high]
    assert [call.status for call in grok.requests] == ["INVALID_ARGUMENT", "OK", "OK", "OK"]
