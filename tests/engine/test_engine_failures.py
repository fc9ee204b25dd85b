from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.draft import Phase
from grokbot.conversation.errors import BusyError, GrokbotError, GrokError, GrokFailure, NotAllowedError, UserError
from grokbot.conversation.response import MessageRef, Sender, State
from grokbot.sandbox.grok_server import Script
from tests.conversation.forest import variants

from .house import ALICE, AS_ALICE, AS_BOB, AS_CAROL, AS_MODERATOR, BOB, CHANNEL, crash, living, opening, shown

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.policy.actor import Actor
    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House

NOTHING_CAME = [
    ("bad_key", GrokFailure.BAD_KEY),
    ("no_credit", GrokFailure.NO_CREDIT),
    ("rate_limit", GrokFailure.RATE_LIMIT),
    ("stored_gone", GrokFailure.RESPONSE_GONE),
    ("unknown_model", GrokFailure.UNKNOWN_MODEL),
    ("too_long", GrokFailure.TOO_LONG),
    ("refused", GrokFailure.REFUSED),
    ("overloaded", GrokFailure.OVERLOADED),
    ("internal", GrokFailure.OTHER),
    ("too_slow", GrokFailure.TIMEOUT),
]


@pytest.mark.parametrize(("fail", "kind"), NOTHING_CAME)
async def test_a_turn_of_which_nothing_came_leaves_the_path_as_it_was(
    house: House, fail: str, kind: GrokFailure
) -> None:
    before = await house.answered("one")
    house.grok.script(Script(fail=fail), times=2 if kind is GrokFailure.TOO_LONG else 1)  # it is shortened once
    running = await house.begin("unanswered", BOB)
    failed = await running.end()
    assert (failed.state, failed.failure, failed.message) == (State.FAILED, kind.value, "")
    trouble = running.snapshot().trouble
    assert isinstance(trouble, GrokError)
    assert trouble.kind is kind
    assert await house.kept(failed.id) == failed
    assert (await house.held()).leaf_id == before.id
    await house.answered("two")
    assert [line for line in shown(house.grok.requests[-1]) if "unanswered" in line] == []
    assert shown(house.grok.requests[-1])[1] == "user: alice: one"
    assert len(await house.path()) == 4
    await house.quiet()


async def test_a_first_turn_of_which_nothing_came_leaves_no_path(house: House) -> None:
    house.grok.script(Script(fail="internal"))
    await house.answered("unanswered")
    assert (await house.held()).leaf_id is None
    await house.answered("one")
    assert shown(house.grok.requests[-1])[1:] == ["user: alice: one"]


@pytest.mark.parametrize("fail", ["overloaded", "internal", "rate_limit"])
async def test_what_was_received_before_a_break_is_kept_and_part_of_the_path(house: House, fail: str) -> None:
    house.grok.script(Script(text="half of it all", reasoning="", fail=fail, fail_after_tokens=2))
    running = await house.begin("one")
    failed = await running.end()
    assert (failed.state, failed.message, failed.failure) == (State.FAILED, "half of", GrokFailure.BROKEN_OFF.value)
    assert running.snapshot().text == "half of"
    assert (await house.held()).leaf_id == failed.id
    await house.answered("two")
    assert shown(house.grok.requests[-1])[1:] == ["user: alice: one", "assistant: half of", "user: alice: two"]


async def test_a_stream_that_ends_without_a_reason_is_no_whole_answer(house: House) -> None:
    house.grok.script(Script(text="half of", finish="none"))
    running = await house.begin("one")
    ended = await running.end()
    assert (ended.state, ended.failure, ended.message) == (State.FAILED, GrokFailure.BROKEN_OFF.value, "half of")
    assert isinstance(running.snapshot().trouble, GrokError)


async def test_an_answer_without_a_word_is_told_as_empty(house: House) -> None:
    house.grok.script(Script(text="", reasoning="hm, no"))
    ended = await house.answered("one")
    assert (ended.state, ended.failure) == (State.FAILED, GrokFailure.EMPTY.value)
    assert (await house.held()).leaf_id is None


async def test_what_passes_by_itself_is_sent_again_before_anybody_is_told(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file, tries=3) as house:
        grok.script(Script(fail="overloaded"), times=2)
        assert (await house.answered("one")).state is State.DONE
        assert len(grok.requests) == 3


async def test_an_outage_is_waited_out_visibly_and_what_waits_goes_on_by_itself(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file, outage_seconds=60.0) as house:
        await house.answered("one")
        await grok.close()
        running = await house.begin("two")
        assert await house.ask("three", BOB) is None  # it waits
        async with asyncio.timeout(30):
            while running.snapshot().phase is not Phase.WAITING:
                await running.news(running.snapshot().revision)
        await grok.start()
        assert (await running.end()).state is State.DONE
        await house.quiet()
        said = await house.path()
        assert [text for text in said if text in {"one", "two", "three"}] == ["one", "two", "three"]
        assert len(said) == 6
        assert running.snapshot().phase is not Phase.WAITING


async def test_a_stream_that_breaks_off_while_the_model_thinks_is_begun_anew_once(house: House) -> None:
    thinking = Script(text="never", reasoning="one two three four five six", fail="overloaded", fail_after_tokens=4)
    house.grok.script(thinking)
    house.grok.script(Script(text="There.", reasoning="seven"))
    ended = await house.answered("one")
    assert (ended.state, ended.message, ended.reasoning) == (State.DONE, "There.", "seven")
    assert len(house.grok.requests) == 2
    house.grok.script(thinking, times=3)
    ended = await house.answered("two")
    assert (ended.state, ended.failure) == (State.FAILED, GrokFailure.BROKEN_OFF.value)
    assert len(house.grok.requests) == 4


@pytest.mark.parametrize("fail", ["no_credit", "no_credit_exhausted", "spending_limit", "bad_key", "refused"])
async def test_what_no_waiting_mends_is_asked_once_even_in_the_time_of_an_outage(
    grok: GrokSandbox, file: Path, fail: str
) -> None:
    async with living(grok, file, outage_seconds=60.0) as house:
        grok.script(Script(fail=fail), times=3)
        assert (await house.answered("one")).state is State.FAILED
        assert len(grok.requests) == 1


@pytest.mark.parametrize("received", [0, 2])
async def test_a_retry_is_a_new_variant_in_the_place_of_the_old_one(house: House, received: int) -> None:
    before = await house.answered("one")
    house.grok.script(Script(text="half of it", reasoning="", fail="internal", fail_after_tokens=received))
    failed = await house.answered("two", BOB)
    ref = MessageRef(500, CHANNEL, failed.id)
    await house.engine.places.shown(ref)
    house.grok.script(Script(text="whole"))
    running = await house.engine.answers.retry(failed.id, AS_BOB)
    again = await running.end()
    assert again.parent_id == failed.parent_id
    assert (again.state, again.message) == (State.DONE, "whole")
    assert [(r.message_id, r.part) for r in house.displays[running.id].messages] == [(500, 0)]
    assert [r.message_id for r in running.asked.messages] == [2]
    assert running.asked.asker_id == BOB.id
    assert (await house.held()).leaf_id == again.id
    assert [r.id for r in await house.store.responses.path(again.id)][1] == before.id
    assert shown(house.grok.requests[-1]) == shown(house.grok.requests[-2])  # the same prefix: the cache hits
    forest = await house.store.responses.forest(again.conversation_id)
    assert [r.id for r in variants(forest, again)] == [failed.id, again.id]
    assert await house.kept(failed.id) == failed  # nothing is deleted
    await house.quiet()


async def test_a_retry_that_breaks_off_can_be_retried_in_the_same_place(house: House, grok: GrokSandbox) -> None:
    grok.script(Script(fail="internal"), times=2)
    first = await house.answered("one")
    await house.engine.places.shown(MessageRef(500, CHANNEL, first.id))
    second = await (await house.engine.answers.retry(first.id, AS_ALICE)).end()
    third = await house.engine.answers.retry(second.id, AS_ALICE)
    assert [ref.message_id for ref in house.displays[third.id].messages] == [500]
    assert (await third.end()).state is State.DONE
    assert [ref.message_id for ref in await house.store.messages.of(third.id)] == [500]


async def test_a_retry_that_is_cut_off_by_a_crash_is_found_in_its_place(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        grok.script(Script(fail="internal"))
        failed = await house.answered("one")
        await house.engine.places.shown(MessageRef(500, CHANNEL, failed.id))
        grok.script(Script(hang_after_tokens=0))
        again = await house.engine.answers.retry(failed.id, AS_ALICE)
        await crash(house)
    async with living(grok, file) as house:
        (recovered,) = await house.engine.recovery.recover()
        assert recovered.running.id == again.id
        assert [ref.message_id for ref in recovered.shown.messages] == [500]


async def test_a_retry_of_which_nothing_comes_leaves_the_earlier_half_as_leaf(house: House, grok: GrokSandbox) -> None:
    grok.script(Script(text="half of it", reasoning="", fail="internal", fail_after_tokens=2))
    half = await house.answered("one")
    grok.script(Script(fail="internal"))
    await (await house.engine.answers.retry(half.id, AS_ALICE)).end()
    assert (await house.held()).leaf_id == half.id
    assert (await (await house.engine.answers.retry(half.id, AS_ALICE)).end()).state is State.DONE


@pytest.mark.parametrize(("actor", "may"), [(AS_BOB, True), (AS_ALICE, True), (AS_MODERATOR, True), (AS_CAROL, False)])
async def test_the_asker_the_owner_and_moderators_may_retry(house: House, actor: Actor, may: bool) -> None:
    await house.answered("the conversation is alice's", ALICE)
    house.grok.script(Script(fail="internal"))
    failed = await house.answered("and this is bob's question", BOB)
    if may:
        assert (await (await house.engine.answers.retry(failed.id, actor)).end()).state is State.DONE
        return
    with pytest.raises(NotAllowedError, match="who asked"):
        await house.engine.answers.retry(failed.id, actor)
    assert house.engine.runner.running == ()


async def test_everybody_whose_message_is_answered_may_retry(house: House) -> None:
    first = await house.begin_scripted(Script(hang_after_tokens=0), "one")
    assert await house.ask("two", BOB) is None
    assert await house.ask("three", ALICE) is None
    house.grok.script(Script(fail="internal"))
    await house.engine.answers.stop(first.id)
    await house.quiet()
    (failed,) = [r for r in await house.store.responses.forest((await house.held()).id) if r.state is State.FAILED]
    running = await house.engine.answers.retry(failed.id, AS_BOB)
    assert [ref.message_id for ref in running.asked.messages] == [2, 3]
    assert (await running.end()).state is State.DONE
    assert await house.path() == ["two", "three", running.snapshot().text]


async def test_a_retry_is_refused_where_there_is_nothing_to_retry(house: House) -> None:
    done = await house.answered("one")
    asked = await house.store.messages.response(1)
    assert asked is not None
    running = await house.begin_scripted(Script(text="half of it", reasoning="", hang_after_tokens=2), "two")
    await house.grok.until(lambda: house.grok.requests[-1].tokens_sent == 2)

    async def refused(response_id: str, error: type[GrokbotError], words: str) -> None:
        with pytest.raises(error, match=words):
            await house.engine.answers.retry(response_id, AS_MODERATOR)

    await refused(running.id, NotAllowedError, "still answering")
    await refused(done.id, NotAllowedError, "still answering")
    await house.engine.answers.stop(running.id)
    await refused(done.id, UserError, "complete")
    await refused(asked.id, UserError, "no longer exists")
    await refused("01ARZ3NDEKTSV4RRFFQ69G5FAV", UserError, "no longer exists")
    await house.quiet()


async def test_a_retry_is_refused_when_the_conversation_has_gone_on(house: House) -> None:
    house.grok.script(Script(fail="internal"))
    failed = await house.answered("one")
    await house.answered("two")
    with pytest.raises(NotAllowedError, match="moved on"):
        await house.engine.answers.retry(failed.id, AS_ALICE)


async def test_a_retry_is_refused_after_a_retry_that_worked(house: House) -> None:
    house.grok.script(Script(fail="internal"))
    failed = await house.answered("one")
    await (await house.engine.answers.retry(failed.id, AS_ALICE)).end()
    with pytest.raises(NotAllowedError, match="moved on"):
        await house.engine.answers.retry(failed.id, AS_ALICE)


async def test_two_presses_at_once_are_one_retry(house: House) -> None:
    house.grok.script(Script(fail="internal"))
    failed = await house.answered("one")
    presses = await asyncio.gather(
        *(house.engine.answers.retry(failed.id, AS_ALICE) for _ in range(3)), return_exceptions=True
    )
    assert [type(press) for press in presses].count(BusyError) == 2
    await house.quiet()
    assert len(house.grok.requests) == 2


async def test_a_retry_is_refused_in_a_drain_and_in_a_locked_conversation(house: House) -> None:
    house.grok.script(Script(fail="internal"))
    failed = await house.answered("one")
    conversation = await house.store.conversations.change(failed.conversation_id, locked=True)
    with pytest.raises(NotAllowedError, match="locked"):
        await house.engine.answers.retry(failed.id, AS_ALICE)
    await house.store.conversations.change(conversation.id, locked=False)
    await house.engine.drain(0.0)
    with pytest.raises(NotAllowedError, match="restarting"):
        await house.engine.answers.retry(failed.id, AS_ALICE)
    assert len(house.grok.requests) == 1


async def test_a_message_that_comes_during_a_retry_waits_for_it(house: House) -> None:
    house.grok.script(Script(fail="internal"))
    failed = await house.answered("one")
    house.grok.script(Script(text="one is", reasoning="", tokens_per_second=10))
    again = await house.engine.answers.retry(failed.id, AS_ALICE)
    assert await house.ask("two", BOB) is None
    await again.end()
    await house.quiet()
    assert shown(house.grok.requests[-1])[1:] == ["user: alice: one", "assistant: one is", "user: bob: two"]
    humans = [r for r in await house.store.responses.forest(again.conversation.id) if r.sender is Sender.HUMAN]
    assert [r.message for r in humans] == ["one", "two"]


async def test_a_stored_response_that_vanishes_in_mid_stream_doubles_no_text(stateful: House) -> None:
    await stateful.answered("one")
    stateful.grok.script(Script(text="half of it", reasoning="", fail="stored_gone", fail_after_tokens=2))
    failed = await stateful.answered("two")
    assert (failed.state, failed.message) == (State.FAILED, "half of")
    assert len(stateful.grok.requests) == 2


async def test_a_conversation_that_is_opened_anew_does_not_know_the_failure(house: House) -> None:
    house.grok.script(Script(fail="internal"))
    await house.answered("one")
    await house.engine.turns.open(opening())
    assert (await house.answered("two")).state is State.DONE
    assert len(await house.path()) == 2


async def test_an_answer_that_may_search_no_more_is_a_normal_answer(house: House) -> None:
    house.grok.script(Script(text="found", queries=[f"owls {n}" for n in range(9)]))
    answer = await house.answered("owls?")
    assert (answer.state, answer.message, len(answer.queries)) == (State.DONE, "found", 6)


async def test_searches_that_lead_to_no_answer_are_told_as_such(house: House) -> None:
    queries = [f"owls {n}" for n in range(6)]
    house.grok.script(Script(text="", reasoning="", queries=queries, finish="tool_calls"))
    answer = await house.answered("owls?")
    assert (answer.state, answer.failure) == (State.FAILED, "searched_out")
