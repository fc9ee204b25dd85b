from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import AlreadyKnownError
from grokbot.conversation.response import State
from grokbot.engine.turns import Question
from grokbot.sandbox.grok_server import Script

from .house import ALICE, AS_ALICE, BOB, CHANNEL, eventually, opening, shown

if TYPE_CHECKING:
    from grokbot.engine.turns import RunningAnswer

    from .house import House

HALF = Script(text="half of it", reasoning="", hang_after_tokens=2)
SILENT = Script(hang_after_tokens=0)


async def half_told(house: House, text: str = "one", channel: int = CHANNEL) -> RunningAnswer:
    """An answer of which "half of" has arrived and nothing more comes."""
    running = await house.begin_scripted(HALF, text, channel)
    async with asyncio.timeout(10):
        while (snapshot := running.snapshot()).text != "half of":
            await running.news(snapshot.revision)
    return running


async def test_a_stopped_answer_keeps_what_was_received(house: House) -> None:
    running = await half_told(house)
    await house.engine.answers.stop(running.id)
    call = house.grok.requests[-1]
    assert call.cancelled
    ended = await running.end()
    assert (ended.state, ended.message, ended.failure) == (State.STOPPED, "half of", None)
    assert running.snapshot().trouble is None
    assert await house.kept(running.id) == ended
    assert (await house.held()).leaf_id == running.id
    await house.quiet()
    await house.answered("two", BOB)
    assert shown(house.grok.requests[-1])[1:] == ["user: alice: one", "assistant: half of", "user: bob: two"]


async def test_a_stop_before_the_first_chunk_leaves_the_path_as_it_was(house: House) -> None:
    running = await house.begin_scripted(SILENT, "one")
    await house.engine.answers.stop(running.id)
    assert house.grok.requests[-1].cancelled
    assert ((await running.end()).state, (await house.held()).leaf_id) == (State.STOPPED, None)
    await house.quiet()


async def test_a_stop_before_anything_was_sent_is_a_stop(house: House) -> None:
    running = await house.begin("one")
    await house.engine.answers.stop(running.id)
    assert (await running.end()).state is State.STOPPED
    await house.quiet()
    assert (await house.answered("two")).state is State.DONE


async def test_stopping_twice_or_too_late_does_nothing(house: House) -> None:
    running = await half_told(house)
    await asyncio.gather(*(house.engine.answers.stop(running.id) for _ in range(3)))
    ended = await running.end()
    await house.engine.answers.stop(running.id)
    await house.engine.answers.stop("unknown")
    assert await house.kept(running.id) == ended
    done = await house.answered("two")
    await house.engine.answers.stop(done.id)
    assert (await house.kept(done.id)).state is State.DONE
    await house.quiet()


@pytest.mark.parametrize("seed", range(2))
async def test_a_stop_at_any_moment_ends_in_one_of_two_ways_and_leaves_the_lock_free(house: House, seed: int) -> None:
    chance = random.Random(seed)
    states = set()
    for _ in range(15):
        house.grok.script(Script(text="a b c d e f g h", reasoning=""))
        running = await house.begin("hi")
        for _ in range(chance.randrange(60)):
            await asyncio.sleep(0)
        await house.engine.answers.stop(running.id)
        ended = await running.end()
        states.add(ended.state)
        assert ended.state in {State.STOPPED, State.DONE}
        assert ended.message == running.draft.text
        assert await house.kept(running.id) == ended
        await house.quiet()
        assert house.grok.running == 0
    assert State.STOPPED in states


async def test_a_stop_while_the_end_is_being_written_changes_nothing_of_it(house: House) -> None:
    house.grok.script(Script(text="whole"))
    running = await house.begin("one")
    async with house.store._database._writing:
        async with asyncio.timeout(10):
            while not running.draft.finished:
                await running.news(running.snapshot().revision)
        await asyncio.wait([house.engine.runner._sampling[running.id]])
        stopping = asyncio.create_task(house.engine.answers.stop(running.id))
        await asyncio.sleep(0)
    await stopping
    assert ((await running.end()).state, running.snapshot().text) == (State.DONE, "whole")


async def test_a_stop_in_the_very_moment_of_the_end_leaves_the_answer_whole(house: House) -> None:
    house.grok.script(Script(text="whole"))
    running = await house.begin("one")
    runs = house.engine.runner
    runs._sampling[running.id].add_done_callback(lambda _: runs.end_early(running, State.STOPPED))
    assert ((await running.end()).state, running.stop_as) == (State.DONE, State.STOPPED)
    await house.quiet()


async def test_what_waits_is_answered_after_a_stop(house: House) -> None:
    running = await half_told(house)
    assert await house.ask("two", BOB) is None
    assert await house.ask("three", ALICE) is None
    await house.engine.answers.stop(running.id)
    await house.quiet()
    assert shown(house.grok.requests[-1])[1:] == [
        "user: alice: one", "assistant: half of", "user: bob: two", "user: alice: three"
    ]  # fmt: skip
    assert len(await house.path()) == 5


@pytest.mark.parametrize("seed", range(2))
async def test_a_cancelled_asker_leaves_no_turn_that_nobody_runs(house: House, seed: int) -> None:
    chance = random.Random(seed)
    cut = 0
    for n in range(1, 16):
        house.grok.script(Script(text="said"))
        asked = Question(actor=AS_ALICE, text=f"question {n}", message_id=n, channel_id=CHANNEL)
        asking = asyncio.create_task(house.engine.turns.ask(asked, opening()))
        for _ in range(chance.randrange(40)):
            await asyncio.sleep(0)
        asking.cancel()
        (outcome,) = await asyncio.gather(asking, return_exceptions=True)
        cut += isinstance(outcome, asyncio.CancelledError)
        await house.engine.runner.locks.decided()
        await house.quiet()
        assert await house.store.turns.unended() == ()
        assert await house.store.queue.conversations() == ()
        if await house.store.messages.response(n) is not None:
            assert (await house.path())[-2:] == [f"question {n}", "said"]
        house.grok.forget_scripts()
    assert cut > 5


async def test_cancelling_whoever_waits_for_a_stop_does_not_take_the_stop_back(house: House) -> None:
    running = await half_told(house)
    stopping = asyncio.create_task(house.engine.answers.stop(running.id))
    await asyncio.sleep(0)
    stopping.cancel()
    assert (await running.end()).state is State.STOPPED
    await house.quiet()


async def test_a_message_that_is_deleted_while_it_waits_is_never_answered(house: House) -> None:
    running = await half_told(house)
    await house.ask("two", BOB)
    await house.ask("three", BOB)
    await house.engine.withdrawal.message_deleted(2)
    assert not running.has_ended
    await house.engine.answers.stop(running.id)
    await house.quiet()
    assert shown(house.grok.requests[-1])[-1] == "user: bob: three"
    assert [line for line in shown(house.grok.requests[-1]) if "two" in line] == []
    assert await house.store.messages.response(2) is None


async def test_deleting_the_message_that_is_being_answered_stops_the_answer(house: House) -> None:
    running = await half_told(house)
    await house.engine.withdrawal.message_deleted(1)
    await house.grok.until(lambda: house.grok.requests[-1].cancelled)
    assert (await running.end()).state is State.STOPPED
    await house.quiet()


async def test_an_answer_to_several_goes_on_until_the_last_of_their_messages_is_deleted(house: House) -> None:
    first = await half_told(house)
    await house.ask("two", BOB)
    await house.ask("three", ALICE)
    house.grok.script(HALF)
    begun: list[RunningAnswer] = []
    house.watch(begun.append)
    await house.engine.answers.stop(first.id)
    await house.settled()
    (second,) = begun
    await house.engine.withdrawal.message_deleted(2)
    assert not second.has_ended
    assert second.stop_as is None
    await house.engine.withdrawal.message_deleted(2)  # the event came twice
    assert second.stop_as is None
    await house.engine.withdrawal.message_deleted(3)
    assert (await second.end()).state is State.STOPPED
    await house.quiet()


async def test_deleting_what_was_answered_or_is_unknown_stops_nothing(house: House) -> None:
    done = await house.answered("one")
    running = await half_told(house, "two")
    await house.engine.places.shown(house_ref := running.asked.messages[0].__class__(600, CHANNEL, running.id))
    for message_id in (1, 77, house_ref.message_id):  # answered before, unknown, a part of the answer itself
        await house.engine.withdrawal.message_deleted(message_id)
    assert not running.has_ended
    assert running.stop_as is None
    assert (await house.kept(done.id)).message == done.message
    assert (await house.path())[0] == ""  # what was taken back is gone
    await house.engine.places.hidden(house_ref.message_id)
    assert await house.store.messages.of(running.id) == ()
    await house.engine.answers.stop(running.id)


async def test_a_deleted_message_is_not_answered_although_its_turn_was_about_to_begin(house: House) -> None:
    for n in range(0, 60, 4):
        running = await half_told(house, "one", channel=1000 + n)
        await house.ask("gone", BOB, channel=1000 + n, message_id=5000 + n)
        stopping = asyncio.create_task(house.engine.answers.stop(running.id))
        for _ in range(n):
            await asyncio.sleep(0)
        house.grok.script(SILENT)
        await house.engine.withdrawal.message_deleted(5000 + n)
        await stopping
        await asyncio.wait_for(house.quiet(), 10)  # it was dropped, or its turn stopped: else it would hang
        house.grok.forget_scripts()


async def test_a_deleted_thread_stops_its_answer_and_drops_what_waits_in_it(house: House) -> None:
    here, elsewhere = await half_told(house), await half_told(house, channel=CHANNEL + 1)
    await house.ask("two", BOB)
    await house.ask("three", BOB)
    await house.engine.library.places_gone(channel_id=CHANNEL)
    assert (await here.end()).state is State.STOPPED
    assert not elsewhere.has_ended
    assert await house.store.queue.conversations() == ()
    assert len(house.grok.requests) == 2
    await house.engine.library.places_gone(channel_id=12345)
    await house.engine.answers.stop(elsewhere.id)
    await house.quiet()


async def test_a_replay_of_a_message_whose_asker_was_cancelled_is_known(house: House) -> None:
    asked = Question(actor=AS_ALICE, text="one", message_id=1, channel_id=CHANNEL)
    asking = asyncio.create_task(house.engine.turns.ask(asked, opening()))
    await eventually(lambda: len(house.engine.runner.locks._deciding) == 1)
    asking.cancel()
    await house.engine.runner.locks.decided()
    with pytest.raises(AlreadyKnownError):
        await house.engine.turns.ask(asked, opening())
    await house.quiet()
    assert len(house.grok.requests) == 1
