from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import ClosedError, StoreError
from grokbot.conversation.records import Pause
from grokbot.conversation.response import State
from grokbot.engine.turns import LONGEST_REASON, AnswerGiven, Question
from grokbot.policy.admission import PAUSED, PAUSED_FOR
from grokbot.sandbox.grok_server import Script

from .house import AS_ALICE, BOB, CHANNEL, eventually, living, opening
from .trouble import read_only

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House

HANGS = Script(text="One two three four.", reasoning="", hang_after_tokens=2)


async def test_while_answers_are_paused_nothing_begins(house: House) -> None:
    answer = await house.answered("Hello")
    pause = await house.engine.pauses.pause(BOB.id)
    assert (house.engine.pauses.state, pause.by) == (pause, BOB.id)
    held, calls = await house.held(), len(house.grok.requests)
    question = Question(AS_ALICE, "More", 5_000, CHANNEL)
    beginnings = (
        house.engine.turns.ask(question, held),
        house.engine.turns.ask(Question(AS_ALICE, "New", 5_001, CHANNEL + 1), opening(CHANNEL + 1)),
        house.engine.answers.retry(answer.id, AS_ALICE),
        house.engine.answers.go_on(answer.id, AS_ALICE),
        house.engine.variants.resample(answer.id, AS_ALICE),
        house.engine.titles.write(held.id, AS_ALICE),
    )
    for beginning in beginnings:
        with pytest.raises(ClosedError, match=PAUSED):
            await beginning
    with pytest.raises(ClosedError):
        await house.engine.turns.check(question, None)
    assert len(house.grok.requests) == calls
    assert await house.path() == ["Hello", answer.message]
    assert await house.store.conversations.newest_in(CHANNEL + 1) is None
    await house.quiet()


async def test_an_edit_while_answers_are_paused_changes_nothing(house: House) -> None:
    answer = await house.answered("Hello")
    (asked,) = [r for r in await house.store.responses.path(answer.id) if r.id != answer.id]
    (ref,) = await house.store.messages.of(asked.id)
    await house.engine.pauses.pause(0)
    with pytest.raises(ClosedError):
        await house.engine.variants.edited(ref.message_id, Question(AS_ALICE, "Bye", ref.message_id, CHANNEL))
    assert await house.path() == ["Hello", answer.message]
    await house.engine.pauses.unpause()
    running = await house.engine.variants.edited(ref.message_id, Question(AS_ALICE, "Bye", ref.message_id, CHANNEL))
    assert running is not None
    assert (await running.end()).state is State.DONE


async def test_a_pause_ends_what_is_being_answered_and_its_calls_and_keeps_what_was_received(house: House) -> None:
    first = await house.begin_scripted(HANGS, "One")
    second = await house.begin_scripted(HANGS, "Two", channel=CHANNEL + 1)
    await eventually(lambda: bool(first.snapshot().text and second.snapshot().text))
    await house.engine.pauses.pause(0, "a\nreason")
    assert (first.has_ended, second.has_ended) == (True, True)
    for running in (first, second):
        kept = await house.kept(running.id)
        assert kept.state is State.STOPPED
        assert kept.message
    await house.grok.until(lambda: house.grok.running == 0)
    assert house.engine.runner.running == ()
    with pytest.raises(ClosedError, match=PAUSED_FOR.format(reason="a reason")):
        await house.begin("Three")


async def test_what_waits_goes_on_waiting_and_is_answered_when_the_pause_is_over(house: House) -> None:
    running = await house.begin_scripted(HANGS, "One")
    assert await house.ask("Two") is None
    assert await house.ask("Three", BOB) is None
    await house.engine.pauses.pause(0)
    await house.quiet()
    held = await house.held()
    assert (await house.kept(running.id)).state is State.STOPPED
    assert [human.message for human in await house.store.queue.of(held.id)] == ["Two", "Three"]
    await house.engine.pauses.unpause()
    await house.quiet()
    assert await house.store.queue.of(held.id) == ()
    assert [said for said in await house.path() if said in ("Two", "Three")] == ["Two", "Three"]
    assert house.engine.pauses.state is None


async def test_a_pause_outlives_a_restart_and_keeps_its_reason(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as before:
        await before.begin_scripted(HANGS, "One")
        assert await before.ask("Two") is None
        pause = await before.engine.pauses.pause(BOB.id, "It is night.")
    async with living(grok, file) as after:
        await after.engine.pauses.load()
        assert after.engine.pauses.state == pause
        await after.engine.recovery.recover()
        await after.engine.recovery.answer_waiting()
        await after.quiet()
        held = await after.held()
        assert [human.message for human in await after.store.queue.of(held.id)] == ["Two"]
        await after.engine.pauses.unpause()
        await after.quiet()
        assert await after.store.queue.of(held.id) == ()
    async with living(grok, file) as last:
        await last.engine.pauses.load()
        assert last.engine.pauses.state is None


async def test_another_reason_leaves_the_time_at_which_it_began(house: House) -> None:
    first = await house.engine.pauses.pause(0, "One")
    second = await house.engine.pauses.pause(BOB.id, "x" * 1_000)
    assert (second.since, second.by) == (first.since, BOB.id)
    assert len(second.reason) == LONGEST_REASON
    assert await house.store.guild_settings.pause() == second


async def test_a_pause_that_cannot_be_kept_is_none(house: House) -> None:
    running = await house.begin_scripted(HANGS, "One")
    async with read_only(house.store):
        with pytest.raises(StoreError):
            await house.engine.pauses.pause(0)
    assert house.engine.pauses.state is None
    assert not running.has_ended


async def test_a_pause_goes_on_though_whoever_asked_for_it_is_gone(house: House) -> None:
    running = await house.begin_scripted(HANGS, "One")
    asking = asyncio.create_task(house.engine.pauses.pause(0))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (await running.end()).state is State.STOPPED
    await eventually(lambda: house.engine.pauses.state is not None)


async def test_what_is_decided_on_in_the_moment_of_a_pause_runs_no_longer_than_it(house: House) -> None:
    """Whoever was let in just before may still begin: what has begun by the end of it has ended, too."""
    asked = [asyncio.create_task(house.begin(f"Question {n}", channel=CHANNEL + n)) for n in range(20)]
    await house.engine.pauses.pause(0)
    assert house.engine.runner.running == ()
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(each, ClosedError) or each.has_ended for each in told)  # type: ignore[union-attr] # or it is none
    await house.quiet()


async def test_what_waited_and_is_just_being_begun_runs_no_longer_than_a_pause_either(house: House) -> None:
    for channel in range(CHANNEL, CHANNEL + 4):
        running = await house.begin_scripted(HANGS, "One", channel)
        assert await house.ask("Two", BOB, channel) is None
        house.grok.script(HANGS)
        await house.engine.answers.stop(running.id)
        await house.engine.pauses.pause(0)
        await house.settled()  # who goes on with what waited holds the conversation's lock
        assert all(each.stop_as is State.STOPPED for each in house.engine.runner.running)
        house.grok.forget_scripts()
        await house.engine.pauses.unpause()
        await house.quiet()


async def test_a_pause_that_is_there_once_a_turn_is_written_down_ends_it_whether_it_is_new_or_a_variant(
    house: House,
) -> None:
    answer = await house.answered("One")
    runner = house.engine.runner

    def pause(given: AnswerGiven) -> None:  # as if it had fallen while the turn was being written down
        if not given.running.has_ended:
            runner.pause = Pause(since=house.clock(), by=0, reason="")

    house.engine.events.subscribe(AnswerGiven, pause)
    for begin in (house.begin("Two"), house.engine.variants.resample(answer.id, AS_ALICE)):
        house.grok.script(HANGS)
        async with asyncio.timeout(10):
            assert (await (await begin).end()).state is State.STOPPED
        runner.pause = None
        house.grok.forget_scripts()
    await house.quiet()


async def test_who_switches_often_and_at_once_leaves_one_state_in_memory_and_on_the_disk(house: House) -> None:
    pausing = house.engine.pauses
    await asyncio.gather(*(pausing.pause(n) if n % 2 else pausing.unpause() for n in range(20)))
    assert await house.store.guild_settings.pause() == pausing.state
