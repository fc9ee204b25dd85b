from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import AlreadyKnownError, GrokError, GrokFailure, StoreError
from grokbot.conversation.response import MessageRef, State
from grokbot.engine.turns import AnswerLeft
from grokbot.sandbox.grok_server import Script

from .house import AS_ALICE, CHANNEL, crash, eventually, living, shown
from .trouble import full, read_only, slow

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from grokbot.engine.turns import RunningAnswer
    from grokbot.sandbox.grok_server import GrokSandbox
    from grokbot.store import Store

    from .house import House

    Way = Callable[[Store], AbstractAsyncContextManager[None]]

WORDS = "word " * 3_000
WAYS = [full, read_only]


async def told_unsaved(house: House, way: Way) -> RunningAnswer:
    """An answer whose end could not be written down; the trouble is over when this returns."""
    house.grok.script(Script(text=WORDS, reasoning=""))
    running = await house.begin("one")
    async with way(house.store):
        ended = await asyncio.wait_for(running.end(), 20)
        await house.settled()
    assert (ended.state, ended.message, running.snapshot().text) == (State.DONE, WORDS, WORDS)
    return running


@pytest.mark.parametrize("way", WAYS)
async def test_an_answer_that_cannot_be_saved_is_told_whole_and_so_is_the_trouble(house: House, way: Way) -> None:
    running = await told_unsaved(house, way)
    trouble = running.snapshot().trouble
    assert isinstance(trouble, StoreError)
    assert str(trouble).startswith("The d")
    assert house.engine.runner.running == ()


@pytest.mark.parametrize("way", WAYS)
async def test_it_is_saved_before_the_next_turn_begins_and_so_belongs_to_it(house: House, way: Way) -> None:
    running = await told_unsaved(house, way)
    assert not (await house.kept(running.id)).state.ended
    await house.answered("two")
    assert (await house.kept(running.id)).state is State.DONE
    assert shown(house.grok.requests[-1])[1:] == ["user: alice: one", f"assistant: {WORDS}", "user: alice: two"]
    await house.engine.drain(0.0)
    await house.quiet()


async def test_it_is_saved_by_and_by_without_anybody_asking(house: House) -> None:
    house.engine.runner.again_seconds = 0.01
    running = await told_unsaved(house, read_only)
    await eventually(lambda: house.has_kept(running.id, WORDS))
    assert (await house.held()).leaf_id == running.id
    await eventually(lambda: not house.engine.runner._again)
    await house.quiet()


async def test_it_is_saved_when_the_daemon_stops(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        running = await told_unsaved(house, read_only)
    async with living(grok, file) as house:
        assert (await house.kept(running.id)).message == WORDS
        assert await house.store.turns.unended() == ()


async def test_if_it_never_is_the_next_start_ends_it_with_what_the_journal_has(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        running = await told_unsaved(house, read_only)
        await crash(house)
    async with living(grok, file) as house:
        (recovered,) = await house.engine.recovery.recover()
        assert recovered.running.id == running.id
        assert WORDS.startswith(recovered.running.snapshot().text)


async def test_what_a_start_cannot_end_for_want_of_room_ends_once_there_is_some(
    grok: GrokSandbox, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with living(grok, file) as house:
        running = await told_unsaved(house, read_only)
        await crash(house)

    async def no_room(*_: object, **__: object) -> None:
        raise StoreError("full")

    async with living(grok, file) as house:
        house.engine.runner.again_seconds = 0.01
        left: list[AnswerLeft] = []
        house.engine.events.subscribe(AnswerLeft, left.append)
        with monkeypatch.context() as patch:
            patch.setattr(house.store.turns, "end", no_room)
            assert await house.engine.recovery.recover() == []
        await eventually(lambda: [each.running.id for each in left] == [running.id])
        assert (await house.kept(running.id)).state is State.INTERRUPTED


async def test_a_known_message_is_known_also_while_nothing_can_be_written(house: House) -> None:
    await house.answered("one")
    running = await house.begin_scripted(Script(hang_after_tokens=1), "two")
    known = [running.asked.messages[0].message_id - 1, running.asked.messages[0].message_id]
    async with read_only(house.store):
        for message_id in known:
            with pytest.raises(AlreadyKnownError):
                await house.ask("again", message_id=message_id)
    await house.engine.answers.stop(running.id)
    await house.quiet()


async def test_nothing_begins_while_nothing_can_be_written_and_then_all_goes_on(house: House) -> None:
    elsewhere = await house.begin_scripted(Script(hang_after_tokens=1), "hi", CHANNEL + 1)
    async with read_only(house.store):
        for _ in range(3):
            with pytest.raises(StoreError, match="read-only"):
                await house.ask("one", message_id=50)
        await house.settled()
        assert len(house.grok.requests) == 1
        assert not elsewhere.has_ended
    assert (await house.ask("one", message_id=50)) is not None  # nothing of it was kept, so it is not known
    await house.engine.answers.stop(elsewhere.id)
    await house.quiet()


async def test_waiting_messages_are_answered_once_the_disk_is_well_again(house: House) -> None:
    house.engine.runner.again_seconds = 0.01
    first = await house.begin_scripted(Script(text="half of it", reasoning="", hang_after_tokens=2), "one")
    await house.ask("two")
    begun: list[RunningAnswer] = []
    house.watch(begun.append)
    async with read_only(house.store):
        await house.engine.answers.stop(first.id)
        await house.settled()
        with pytest.raises(StoreError):
            await house.ask("three")
        assert begun == []
    await eventually(lambda: len(begun) == 2)
    again, waited = begun
    assert (again.id, again.has_ended, again.snapshot().trouble) == (first.id, True, None)
    assert [ref.message_id for ref in waited.asked.messages] == [2]
    assert (await waited.end()).state is State.DONE
    await house.quiet()
    assert await house.store.turns.unended() == ()


async def test_a_message_that_comes_first_once_the_disk_is_well_again_takes_those_along_that_wait(
    house: House,
) -> None:
    first = await house.begin_scripted(Script(hang_after_tokens=0), "one")
    await house.ask("two")
    async with read_only(house.store):
        await house.engine.answers.stop(first.id)
        await house.settled()
    running = await house.begin("three")
    assert [ref.message_id for ref in running.asked.messages] == [2, 3]
    await running.end()
    await house.settled()
    assert shown(house.grok.requests[-1])[1:] == ["user: alice: two", "user: alice: three"]


async def test_a_retry_of_what_could_not_be_saved_saves_it_first(house: House) -> None:
    house.grok.script(Script(text="half of it", reasoning="", fail="internal", fail_after_tokens=2))
    running = await house.begin("one")
    async with read_only(house.store):
        await running.end()
        with pytest.raises(StoreError):
            await house.engine.answers.retry(running.id, AS_ALICE)
    assert (await (await house.engine.answers.retry(running.id, AS_ALICE)).end()).state is State.DONE
    assert (await house.kept(running.id)).state is State.FAILED
    await house.engine.drain(0.0)


async def test_where_an_answer_stands_is_let_go_if_it_cannot_be_kept(house: House) -> None:
    done = await house.answered("one")
    async with read_only(house.store):
        await house.engine.places.shown(MessageRef(500, CHANNEL, done.id))
        await house.engine.places.hidden(500)
    await house.engine.places.shown(MessageRef(500, CHANNEL, "01ARZ3NDEKTSV4RRFFQ69G5FAV"))
    assert await house.store.messages.of(done.id) == ()


async def test_a_drain_on_a_disk_that_refuses_everything_comes_to_its_end(house: House) -> None:
    house.grok.script(Script(text="half of it", reasoning="", hang_after_tokens=2))
    running = await house.begin("one")
    async with read_only(house.store):
        await asyncio.wait_for(house.engine.drain(0.01), 20)
        assert running.has_ended


async def test_an_end_that_the_database_refuses_is_told_and_frees_the_lock(house: House) -> None:
    house.grok.script(Script(text="whole", first_token_after=0.05))
    running = await house.begin("one")
    row = await house.kept(running.id)
    # Somebody else has given it an end, as a second daemon on the same file would.
    await house.store.turns.end(running.draft.ended(row, State.FAILED, house.clock(), "other"), None, house.clock())
    assert (await running.end()).message == "whole"
    assert isinstance(running.snapshot().trouble, StoreError)
    await house.quiet()
    assert (await house.answered("two")).state is State.DONE


async def test_a_watcher_that_raises_keeps_nobody_from_an_answer(house: House) -> None:
    seen: list[RunningAnswer] = []

    def broken(_running: RunningAnswer) -> None:
        raise RuntimeError("a bug in whoever shows it")

    house.watch(broken)
    house.watch(seen.append)
    assert (await house.answered("one")).state is State.DONE
    assert len(seen) == 1
    await house.quiet()


async def test_a_bug_while_sampling_ends_the_turn_with_a_sentence_and_frees_the_lock(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("grokbot.xai.client.request_of", broken)
        running = await house.begin("one")
        ended = await running.end()
    assert (ended.state, ended.failure) == (State.FAILED, GrokFailure.OTHER.value)
    assert str(running.snapshot().trouble).startswith("Something went wrong")
    assert await house.kept(running.id) == ended
    await house.quiet()
    assert (await house.answered("two")).state is State.DONE


async def test_a_bug_while_ending_ends_the_turn_all_the_same(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("grokbot.engine.turns.runner.leaf_after", broken)
        house.grok.script(Script(text="whole"))
        running = await house.begin("one")
        ended = await running.end()
    assert (ended.state, ended.message) == (State.FAILED, "whole")
    assert isinstance(running.snapshot().trouble, GrokError)
    await house.quiet()
    assert (await house.answered("two")).state is State.DONE


async def test_a_bug_in_the_journal_is_not_the_answers(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(house.store.turns, "journal", broken)
    house.grok.script(Script(text=WORDS, reasoning=""))
    assert (await house.answered("one")).message == WORDS


async def test_a_path_that_cannot_be_read_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unreadable(_leaf_id: str | None) -> None:
        raise StoreError("The disk with the database could not be read or written.")

    with monkeypatch.context() as patched:
        patched.setattr(house.store.responses, "path_to_show", unreadable)
        running = await house.begin("one")
        ended = await running.end()
    assert (ended.state, ended.failure) == (State.FAILED, GrokFailure.OTHER.value)
    assert isinstance(running.snapshot().trouble, StoreError)
    await house.quiet()


async def test_no_lock_and_no_task_is_left_when_all_is_said(house: House) -> None:
    before = len(asyncio.all_tasks())
    async with slow(house.store):
        asking = [asyncio.create_task(house.ask("hi", channel=n)) for n in range(1, 30)]
        await asyncio.sleep(0)
    await asyncio.gather(*asking)
    await house.quiet()
    await eventually(lambda: len(asyncio.all_tasks()) <= before)
    await asyncio.sleep(0)  # what a task is to do when it is done is done a turn of the loop later
    runs = house.engine.runner
    for left in (runs._tasks, runs._sampling, runs._again, house.engine.runner.locks._deciding):
        assert len(left) == 0
