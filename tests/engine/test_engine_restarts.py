from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import AlreadyKnownError, GrokError, GrokFailure
from grokbot.conversation.response import MessageRef, State
from grokbot.engine.turns import RunningAnswer, running_answer
from grokbot.sandbox.grok_server import Script

from .house import ALICE, AS_ALICE, BOB, CALLING_ALICE, CHANNEL, crash, eventually, living, shown
from .trouble import slow
from .wall import Wall

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House

HALF = Script(text="half of it", reasoning="", hang_after_tokens=2)
SILENT = Script(hang_after_tokens=0)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal is written as soon as something has come."""
    monkeypatch.setattr(running_answer, "JOURNAL_SECONDS", 0.001)


async def half_kept(house: House, text: str = "one", channel: int = CHANNEL) -> RunningAnswer:
    """An answer of which "half of" is in the database, and nothing more comes."""
    running = await house.begin_scripted(HALF, text, channel)
    await eventually(lambda: house.has_kept(running.id, "half of"))
    return running


async def test_a_drain_lets_answers_end_that_do_so_in_time(house: House) -> None:
    house.grok.script(Script(text="in time " * 5, tokens_per_second=100))
    running = await house.begin("one")
    await house.engine.drain(30.0)
    assert running.has_ended
    assert (await running.end()).state is State.DONE
    assert not house.grok.requests[-1].cancelled


async def test_a_drain_interrupts_what_does_not_end_and_keeps_what_it_has(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        both = [await half_kept(house), await half_kept(house, channel=CHANNEL + 1)]
        await house.engine.drain(0.05)
        for running in both:
            ended = await running.end()
            assert (ended.state, ended.message, ended.failure) == (State.INTERRUPTED, "half of", "interrupted")
            trouble = running.snapshot().trouble
            assert isinstance(trouble, GrokError)
            assert trouble.kind is GrokFailure.INTERRUPTED
        await grok.until(lambda: [call.cancelled for call in grok.requests] == [True, True])
        await house.quiet()
    async with living(grok, file) as house:
        assert {given.running.id for given in await house.engine.recovery.recover()} == {answer.id for answer in both}
        assert (await (await house.engine.answers.retry(both[0].id, AS_ALICE)).end()).state is State.DONE


async def test_a_stop_that_came_before_the_drain_stays_a_stop(house: House) -> None:
    house.grok.script(HALF)
    running = await house.begin("one")
    stopping = asyncio.create_task(house.engine.answers.stop(running.id))
    await asyncio.sleep(0)
    await house.engine.drain(0.0)
    await stopping
    assert (await running.end()).state is State.STOPPED


async def test_messages_of_a_drain_are_written_down_and_answered_after_the_next_start(
    grok: GrokSandbox, file: Path
) -> None:
    async with living(grok, file) as house:
        await house.answered("one")
        running = await half_kept(house, "two")
        assert await house.ask("three", BOB) is None
        draining = asyncio.create_task(house.engine.drain(0.05))
        await asyncio.sleep(0)
        assert await house.ask("four", ALICE) is None
        await draining
        assert await house.ask("five", BOB) is None
        assert await house.ask("elsewhere", BOB, channel=CHANNEL + 1) is None
        with pytest.raises(AlreadyKnownError):
            await house.ask("five", BOB, message_id=5)
        with pytest.raises(AlreadyKnownError):
            await house.ask("five", BOB, message_id=5, channel=CHANNEL + 2)
        assert await house.engine.places.conversation_in(CHANNEL + 2) is None
        assert running.has_ended
        await house.quiet()
        assert len(grok.requests) == 2
    async with living(grok, file) as house:
        begun: list[RunningAnswer] = []
        house.watch(begun.append)
        assert await house.store.turns.unended() == ()
        await house.engine.recovery.answer_waiting()
        await house.engine.recovery.answer_waiting()  # twice is harmless
        await house.quiet()
        assert len(begun) == 2
        assert [ref.message_id for ref in begun[0].asked.messages] == [3, 4, 5]
        # The two turns run at the same time: either may be the first to ask.
        there, elsewhere = sorted(grok.requests[2:], key=lambda request: len(shown(request)), reverse=True)
        assert shown(there)[-4:] == [
            "assistant: half of", "user: bob: three", "user: alice: four", "user: bob: five"
        ]  # fmt: skip
        assert shown(elsewhere)[1:] == ["user: bob: elsewhere"]
        assert (await house.held(CHANNEL + 1)).owner_id == BOB.id
        assert await house.store.queue.conversations() == ()


async def test_what_waited_is_answered_with_a_message_that_comes_before_the_start_is_over(
    grok: GrokSandbox, file: Path
) -> None:
    async with living(grok, file) as house:
        await house.engine.drain(0.0)
        await house.ask("one")
    async with living(grok, file) as house:
        running = await house.ask("two", BOB, message_id=2)
        assert running is not None
        assert [ref.message_id for ref in running.asked.messages] == [1, 2]
        await house.engine.recovery.answer_waiting()
        await house.quiet()
        assert [shown(call)[1:] for call in grok.requests] == [["user: alice: one", "user: bob: two"]]


@pytest.mark.parametrize("spins", range(0, 40, 8))
async def test_a_drain_at_any_moment_of_a_beginning_leaves_nothing_running_behind(house: House, spins: int) -> None:
    house.grok.script(SILENT)
    asking = asyncio.create_task(house.ask("one"))
    for _ in range(spins):
        await asyncio.sleep(0)
    await house.engine.drain(0.0)
    assert house.engine.runner.running == ()
    running = await asking
    assert running is None or running.has_ended
    assert await house.store.turns.unended() == ()
    assert len(await house.store.queue.conversations()) == (running is None)


async def test_a_drain_waits_for_a_turn_that_is_just_being_written_down_and_ends_it(house: House) -> None:
    house.grok.script(SILENT)
    async with slow(house.store):
        asking = asyncio.create_task(house.ask("one"))
        await eventually(lambda: any(task.get_name() == "store TurnRows.begin" for task in asyncio.all_tasks()))
        draining = asyncio.create_task(house.engine.drain(0.0))
        await asyncio.sleep(0)
    await draining
    assert house.engine.runner.running == ()
    running = await asking
    assert running is not None
    assert (await running.end()).state is State.INTERRUPTED
    assert await house.store.turns.unended() == ()


@pytest.mark.parametrize("spins", range(0, 60, 12))
async def test_a_drain_at_any_moment_of_an_end_leaves_nothing_running_behind(house: House, spins: int) -> None:
    house.grok.script(HALF)
    first = await house.begin("one")
    await house.ask("two")
    stopping = asyncio.create_task(house.engine.answers.stop(first.id))
    for _ in range(spins):
        await asyncio.sleep(0)
    house.grok.script(SILENT)
    await house.engine.drain(0.0)
    await stopping
    assert house.engine.runner.running == ()
    assert await house.store.turns.unended() == ()


async def test_what_a_crash_cut_off_is_ended_as_interrupted_with_its_text_and_its_place(
    grok: GrokSandbox, file: Path
) -> None:
    async with living(grok, file) as house:
        await house.answered("one")
        cut = await half_kept(house, "two")
        await house.engine.places.shown(MessageRef(500, CHANNEL, cut.id))
        await crash(house)
    async with living(grok, file) as house:
        assert (await house.kept(cut.id)).state is State.STREAMING
        (given,) = await house.engine.recovery.recover()
        recovered = given.running
        ended = await recovered.end()
        assert (ended.id, ended.state, ended.message) == (cut.id, State.INTERRUPTED, "half of")
        assert recovered.snapshot().text == "half of"
        assert isinstance(recovered.snapshot().trouble, GrokError)
        assert given.shown.messages == (MessageRef(500, CHANNEL, cut.id),)
        assert recovered.asked.asker_id == ALICE.id
        assert await house.kept(cut.id) == ended
        assert (await house.held()).leaf_id == cut.id
        assert house.engine.runner.running == ()
        assert await house.engine.recovery.recover() == []
        assert await house.kept(cut.id) == ended
        await house.quiet()
        await house.answered("three")
        assert shown(grok.requests[-1])[-2:] == ["assistant: half of", "user: alice: three"]


async def test_an_answer_that_ended_but_was_not_shown_to_its_end_is_given_to_the_next_start_once(
    grok: GrokSandbox, file: Path
) -> None:
    async with living(grok, file) as house:
        await house.answered("shown")
        grok.script(Script(text="all of it"))
        done = await (await house.begin("not shown")).end()
        await house.engine.places.shown(MessageRef(600, CHANNEL, done.id))
        grok.script(Script(fail="overloaded"))
        failed = await (await house.begin("nor this")).end()
        await crash(house)
    async with living(grok, file) as house:
        given = await house.engine.recovery.recover()
        first, second = (each.running for each in given)
        assert (first.id, first.snapshot().text, first.snapshot().trouble) == (done.id, "all of it", None)
        assert given[0].shown.messages == (MessageRef(600, CHANNEL, done.id),)
        assert second.id == failed.id
        assert str(second.snapshot().trouble) == str(GrokError(GrokFailure.OVERLOADED))
        assert await house.engine.recovery.recover() == []
        await house.engine.places.shown_whole(first.id)
        await house.engine.places.shown_whole(second.id)
    async with living(grok, file) as house:
        assert await house.engine.recovery.recover() == []


async def test_an_answer_that_cannot_be_given_again_hinders_no_other(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        broken = await (await house.begin("one")).end()
        whole = await (await house.begin("two", channel=CHANNEL + 1)).end()
        await crash(house)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE conversations SET options = 'no JSON' WHERE id = ?", (broken.conversation_id,))
    async with living(grok, file) as house:
        assert [given.running.id for given in await house.engine.recovery.recover()] == [whole.id]


async def test_a_crash_before_the_first_word_leaves_the_path_as_it_was(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        before = await house.answered("one")
        cut = await house.begin_scripted(SILENT, "two")
        await crash(house)
    async with living(grok, file) as house:
        (given,) = await house.engine.recovery.recover()
        assert ((await given.running.end()).id, given.running.snapshot().text) == (cut.id, "")
        assert (await house.held()).leaf_id == before.id
        again = await house.engine.answers.retry(cut.id, AS_ALICE)
        assert (await again.end()).state is State.DONE
        assert len(await house.path()) == 4


async def test_after_a_crash_what_waited_is_answered_too(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        await house.begin_scripted(SILENT, "one")
        await house.ask("two", BOB)
        await crash(house)
    async with living(grok, file) as house:
        assert len(await house.engine.recovery.recover()) == 1
        await house.engine.recovery.answer_waiting()
        await house.quiet()
        assert shown(grok.requests[-1])[1:] == ["user: bob: two"]


async def test_what_waits_for_a_running_answer_goes_on_waiting_at_a_start(house: House) -> None:
    running = await house.begin_scripted(SILENT, "one")
    await house.ask("two", BOB)
    await house.engine.recovery.answer_waiting()
    assert house.engine.runner.running == (running,)
    await house.engine.answers.stop(running.id)
    await house.quiet()
    assert shown(house.grok.requests[-1])[1:] == ["user: bob: two"]


async def test_recovering_leaves_alone_what_runs(house: House) -> None:
    house.grok.script(HALF)
    running = await house.begin("one")
    assert await house.engine.recovery.recover() == []
    assert not running.has_ended
    await house.engine.answers.stop(running.id)
    assert (await house.kept(running.id)).state is State.STOPPED


async def test_an_answer_that_is_recovered_late_does_not_take_a_conversation_back(
    grok: GrokSandbox, file: Path
) -> None:
    async with living(grok, file) as house:
        cut = await half_kept(house, "one")
        await crash(house)
    async with living(grok, file) as house:
        later = await house.answered("two")
        assert await house.engine.recovery.recover() == []  # nobody has seen it, and it is not on the path
        assert (await house.kept(cut.id)).state is State.INTERRUPTED
        assert (await house.held()).leaf_id == later.id
        wall = Wall(house)
        await house.engine.variants.lead_to(cut.id, CALLING_ALICE)
        assert "half of" in await wall.shows()


async def test_what_was_said_elsewhere_is_posted_once_whatever_comes_in_between(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        first = await house.answered("one")
        grok.script(HALF)
        cut = await house.engine.program_turns.say(first.conversation_id, CALLING_ALICE, "elsewhere", None)
        await eventually(lambda: house.has_kept(cut.id, "half of"))
        await crash(house)
    async with living(grok, file) as house:
        (given,) = [each for each in await house.engine.recovery.recover() if each.running.id == cut.id]
        (said,) = given.shown.said
        assert said.message == "elsewhere"
        await house.engine.places.shown(MessageRef(70, CHANNEL, said.id, 1))
    async with living(grok, file) as house:
        (given,) = [each for each in await house.engine.recovery.recover() if each.running.id == cut.id]
        assert given.shown.said == ()
        assert [ref.message_id for ref in given.running.asked.messages] == [70]
        assert await house.path() == ["elsewhere", "half of"]


async def test_a_crash_while_the_path_was_turned_off_for_nothing_brings_all_back(grok: GrokSandbox, file: Path) -> None:
    says: dict[int, str] = {}
    async with living(grok, file) as house:
        wall = Wall(house, says)
        for text in ("one", "two"):
            await house.begin(text)
            await wall.still()
        before = await wall.shows()
        held, given = await house.held(), list[RunningAnswer]()
        house.watch(given.append)
        grok.script(SILENT)
        cut = await house.engine.program_turns.say(held.id, CALLING_ALICE, "elsewhere", None)
        await eventually(lambda: len(given) == 3)
        await wall.leave()
        for running in given:
            if running.id != cut.id:
                says |= {ref.message_id: "aside" for ref in house.displays[running.id].messages}
                await house.store.messages.shown_whole(running.id)
        await crash(house)
    async with living(grok, file) as house:
        wall = Wall(house, says)
        for left in await house.engine.recovery.recover():
            wall.show(left)
        assert (await wall.shows())[:2] == before
        await wall.check(CHANNEL)


async def test_a_retry_that_a_crash_cut_off_becomes_the_leaf_in_place_of_the_earlier_half(
    grok: GrokSandbox, file: Path
) -> None:
    async with living(grok, file) as house:
        grok.script(Script(text="less", reasoning="", fail="internal", fail_after_tokens=1))
        less = await house.answered("one")
        grok.script(HALF)
        again = await house.engine.answers.retry(less.id, AS_ALICE)
        await eventually(lambda: house.has_kept(again.id, "half of"))
        await crash(house)
    async with living(grok, file) as house:
        await house.engine.recovery.recover()
        assert (await house.held()).leaf_id == again.id


async def test_many_that_a_crash_cut_off_are_each_given_their_end(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        grok.script(SILENT, times=8)
        cut = [await house.begin("hi", channel=n) for n in range(1, 9)]
        await crash(house)
    async with living(grok, file) as house:
        recovered = await house.engine.recovery.recover()
        assert [given.running.id for given in recovered] == [running.id for running in cut]
        assert await house.store.turns.unended() == ()
