from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from grokbot.conversation.response import State
from grokbot.engine.turns import running_answer
from grokbot.sandbox.grok_server import Script

from .house import AS_ALICE, eventually
from .trouble import slow

if TYPE_CHECKING:
    import pytest

    from grokbot.engine.turns import RunningAnswer

    from .house import House

WORDS = "word " * 3000


async def grown(running: RunningAnswer, characters: int) -> None:
    """Waits until so much of the answer is there."""
    async with asyncio.timeout(20):
        while len((snapshot := running.snapshot()).text) < characters:
            await running.news(snapshot.revision)


async def state_kept(house: House, response_id: str, characters: int) -> str:
    """Waits until the database has so much of an answer that goes on; what it has then."""

    async def so_much() -> bool:
        return len((await house.kept(response_id)).message) >= characters

    await eventually(so_much)
    kept = await house.kept(response_id)
    assert kept.state is State.STREAMING
    return kept.message


async def test_a_reader_that_never_looks_again_holds_up_neither_the_stream_nor_the_others(house: House) -> None:
    house.grok.script(Script(text=WORDS, reasoning=""))
    never = asyncio.Event()
    seen: list[int] = []

    async def stuck() -> None:
        await running.news(0)
        await never.wait()

    async def quick() -> None:
        snapshot = running.snapshot()
        while snapshot.ended is None:
            await running.news(snapshot.revision)
            snapshot = running.snapshot()
            seen.append(len(snapshot.text))

    running = await house.begin("long, please")
    readers = asyncio.create_task(stuck()), asyncio.create_task(quick())
    assert (await running.end()).message == WORDS
    await readers[1]
    assert seen == sorted(seen)
    assert seen[-1] == len(WORDS)
    assert not readers[0].done()
    readers[0].cancel()


async def test_a_disk_that_does_not_come_to_an_end_holds_up_no_snapshot(house: House) -> None:
    house.grok.script(Script(text=WORDS, reasoning="", tokens_per_second=40_000))
    running = await house.begin("long, please")
    async with slow(house.store):
        await grown(running, len(WORDS))  # far beyond the first journal entry, which is stuck
        async with asyncio.timeout(10):
            while not running.draft.finished:
                await running.news(running.snapshot().revision)
        assert running.snapshot().text == WORDS
        assert not running.has_ended  # its end is not written down, and so it has none
    assert (await running.end()).state is State.DONE
    assert (await house.kept(running.id)).message == WORDS
    await house.quiet()


async def test_a_stop_on_a_disk_that_does_not_come_to_an_end_ends_the_call_at_once(house: House) -> None:
    house.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=2000))
    running = await house.begin("long, please")
    async with slow(house.store):
        await grown(running, 5000)
        stopping = asyncio.create_task(house.engine.answers.stop(running.id))
        await house.grok.until(lambda: house.grok.running == 0)
        assert house.grok.requests[-1].cancelled
    await stopping
    assert len((await house.kept(running.id)).message) >= 5000


async def test_four_kib_are_written_down_before_their_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_answer, "JOURNAL_SECONDS", 3600.0)
    house.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=1500))
    running = await house.begin("long, please")
    await grown(running, running_answer.JOURNAL_CHARACTERS)
    kept = await state_kept(house, running.id, running_answer.JOURNAL_CHARACTERS)
    assert WORDS.startswith(kept)
    await house.engine.answers.stop(running.id)


async def test_little_text_is_written_down_in_time_although_nothing_more_comes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert running_answer.JOURNAL_SECONDS == 2.0
    monkeypatch.setattr(running_answer, "JOURNAL_SECONDS", 0.05)
    house.grok.script(Script(text="a few words and then silence", reasoning="", hang_after_tokens=3))
    running = await house.begin("hm?")
    await grown(running, len("a few words"))
    assert await state_kept(house, running.id, len("a few words")) == "a few words"
    await house.engine.answers.stop(running.id)


async def test_nothing_is_written_down_twice(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_answer, "JOURNAL_SECONDS", 0.01)
    house.grok.script(Script(text="a few words and then silence", reasoning="", hang_after_tokens=3))
    running = await house.begin("hm?")
    await grown(running, len("a few words"))
    await state_kept(house, running.id, len("a few words"))
    writing = [task for task in asyncio.all_tasks() if task.get_name() == f"journal {running.id}"]
    if writing:
        await asyncio.wait(writing, timeout=10)
    assert all(task.done() for task in writing)  # it has ended by itself: nobody is left who would write
    await house.engine.answers.stop(running.id)


async def test_whoever_waits_for_news_of_an_answer_that_has_ended_is_not_kept(house: House) -> None:
    running = await house.begin("hi")
    ended = await running.end()
    revision = running.snapshot().revision
    await asyncio.wait_for(running.news(revision + 10), 5)
    assert running.has_ended
    assert running.snapshot().ended == ended
    assert await asyncio.wait_for(running.end(), 5) == ended


async def test_snapshots_tell_what_the_model_does(house: House) -> None:
    house.grok.script(Script(text="found", reasoning="where", queries=["cats"], tokens_per_second=math.inf))
    running = await house.begin("cats?")
    phases: list[str] = []
    while not running.has_ended:
        snapshot = running.snapshot()
        phases.append(snapshot.phase.value)
        await running.news(snapshot.revision)
    assert running.snapshot().phase.value == "writing"
    assert [query.text for query in running.snapshot().queries] in ([], ["cats"])
    assert phases[0] == "thinking"


async def test_a_length_limit_is_told(house: House) -> None:
    house.grok.script(Script(text="not all of", finish="max_len"))
    running = await house.begin("all?")
    assert (await running.end()).state is State.DONE
    assert running.snapshot().cut_short


async def test_a_retry_is_read_like_any_other(house: House) -> None:
    house.grok.script(Script(fail="internal"))
    failed = await house.answered("long, please")
    house.grok.script(Script(text=WORDS, reasoning=""))
    running = await house.engine.answers.retry(failed.id, AS_ALICE)
    await grown(running, len(WORDS))
    await running.end()
