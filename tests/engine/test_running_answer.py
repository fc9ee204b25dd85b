"""Who is woken by what: a running answer with nothing behind it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from grokbot.conversation.draft import Finished, Identified, TextPiece
from grokbot.conversation.response import Conversation, Mode, Response, Sender, State
from grokbot.engine.turns import RunningAnswer

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator

T = TypeVar("T")

NOW = datetime(2026, 11, 1, tzinfo=UTC)
WORD = TextPiece(0, "assistant", "word ")


class Watched(Generic[T]):
    """Waits for a coroutine and counts how often it was entered: once at first, then once for each waking."""

    def __init__(self, coroutine: Coroutine[object, None, T]) -> None:
        self._coroutine = coroutine
        self.entered = 0

    def __await__(self) -> Generator[object, None, T]:
        steps = self._coroutine.__await__()
        while True:
            self.entered += 1
            try:
                waited_for = next(steps)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return] # StopIteration does not say what it carries
            yield waited_for


async def result(watched: Watched[T]) -> T:
    return await watched


def begun() -> RunningAnswer:
    conversation = Conversation(
        id="c",
        guild_id=None,
        channel_id=1,
        owner_id=1,
        mode=Mode.STATELESS,
        model="grok-4.7",
        created_at=NOW,
        modified_at=NOW,
    )
    answer = Response(
        id="m", conversation_id="c", parent_id="h", sender=Sender.MODEL, state=State.STREAMING, created_at=NOW
    )
    return RunningAnswer(conversation, answer)


def finish(running: RunningAnswer) -> Response:
    ended = replace(running.response, state=State.DONE, message=running.draft.text)
    running.finish(ended, None)
    return ended


async def settled() -> None:
    """Lets everybody run who was woken, and whom they woke."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_arrives_at_once_is_one_revision_and_wakes_a_reader_once() -> None:
    running = begun()
    watched = Watched(running.news(0))
    reader = asyncio.create_task(result(watched))
    await settled()
    assert watched.entered == 1
    await running.apply((Identified("x1", "grok"), WORD, Finished(0)))
    await reader
    assert watched.entered == 2
    snapshot = running.snapshot()
    assert (snapshot.revision, snapshot.text, running.draft.finished) == (1, "word ", True)


async def test_who_waits_for_the_end_is_not_woken_by_what_arrives() -> None:
    running = begun()
    watched = Watched(running.end())
    waiting = asyncio.create_task(result(watched))
    for _ in range(20):
        await settled()
        await running.apply((WORD,))
    await settled()
    assert watched.entered == 1
    ended = finish(running)
    assert await waiting == ended
    assert watched.entered == 2


async def test_every_reader_learns_of_every_revision_that_it_waits_for() -> None:
    running = begun()
    seen: dict[str, list[int]] = {"one": [], "other": []}

    async def reader(name: str) -> None:
        snapshot = running.snapshot()
        while snapshot.ended is None:
            await running.news(snapshot.revision)
            snapshot = running.snapshot()
            seen[name].append(snapshot.revision)

    reading = [asyncio.create_task(reader(name)) for name in seen]
    for _ in range(5):
        await settled()
        await running.apply((WORD,))
    await settled()
    finish(running)
    await asyncio.gather(*reading)
    assert seen == {"one": [1, 2, 3, 4, 5, 6], "other": [1, 2, 3, 4, 5, 6]}


async def test_revisions_that_come_faster_than_a_reader_runs_wake_it_once_for_the_newest() -> None:
    running = begun()
    watched = Watched(running.news(0))
    reader = asyncio.create_task(result(watched))
    await settled()
    for _ in range(5):
        await running.apply((WORD,))
    await reader
    assert watched.entered == 2
    assert running.snapshot().text == "word " * 5


async def test_a_reader_that_waits_for_a_later_revision_sleeps_on_until_it_comes() -> None:
    running = begun()
    reader = asyncio.create_task(running.news(1))
    for _ in range(2):
        await settled()
        assert not reader.done()
        await running.apply((WORD,))
    await reader


async def test_a_reader_that_gives_up_takes_no_news_from_another() -> None:
    running = begun()
    giving_up, patient = asyncio.create_task(running.news(0)), asyncio.create_task(running.news(0))
    await settled()
    giving_up.cancel()
    await asyncio.wait([giving_up])
    await running.apply((WORD,))
    await asyncio.wait_for(patient, 10)


async def test_the_end_wakes_those_who_wait_for_news_too() -> None:
    running = begun()
    reader = asyncio.create_task(running.news(100))
    await settled()
    finish(running)
    await asyncio.wait_for(reader, 10)
