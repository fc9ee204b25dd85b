from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import pytest

from grokbot.conversation.errors import NotFoundError
from grokbot.conversation.response import State
from grokbot.engine.programs import Answering, Deleted, Ended, Happening, LeafMoved, Read, Said, Titled
from grokbot.engine.turns import Question
from grokbot.sandbox.grok_server import Script

from .house import AS_ALICE, BOB, CALLING_ALICE, CALLING_BOB, CHANNEL, OPERATOR, eventually
from .trouble import read_only

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from grokbot.policy.actor import Actor

    from .house import House

H = TypeVar("H", bound=Happening)

HANGS = Script(text="One two three four.", reasoning="", hang_after_tokens=2)


class Watcher:
    """Reads as fast as it can, and keeps what it is told."""

    def __init__(self, happenings: AsyncGenerator[Happening, None]) -> None:
        self.told: list[Happening] = []
        self._news = asyncio.Event()
        self.reading = asyncio.create_task(self._read(happenings))

    async def _read(self, happenings: AsyncGenerator[Happening, None]) -> None:
        async with aclosing(happenings) as told:
            async for happening in told:
                self.told.append(happening)
                self._news.set()

    async def heard(self, kind: type[H], times: int = 1) -> H:
        """Waits until it has been told so many of a kind. Returns the last of them."""
        async with asyncio.timeout(10):
            while len(found := [each for each in self.told if isinstance(each, kind)]) < times:
                self._news.clear()
                await self._news.wait()
        return found[times - 1]

    def kinds(self) -> list[str]:
        """What was told, in order; an answer that grows once."""
        names = [type(each).__name__ for each in self.told]
        return [name for i, name in enumerate(names) if not (name == "Answering" and names[i - 1] == "Answering")]


@asynccontextmanager
async def watching(house: House, conversation_id: str, caller: Actor = CALLING_ALICE) -> AsyncIterator[Watcher]:
    watcher = Watcher(house.engine.conversation_watch.watch(conversation_id, caller))
    try:
        await watcher.heard(Read)
        yield watcher
    finally:
        watcher.reading.cancel()
        await asyncio.wait([watcher.reading])


async def test_a_turn_from_discord_is_told_from_the_question_to_the_leaf(house: House) -> None:
    await house.answered("One")
    held = await house.held()
    async with watching(house, held.id) as watcher:
        house.grok.script(Script(text="The answer.", reasoning=""))
        answer = await house.answered("Two", BOB)
        await watcher.heard(LeafMoved)
        assert watcher.kinds() in (
            ["Read", "Said", "Answering", "Ended", "LeafMoved"],
            ["Read", "Said", "Ended", "LeafMoved"],  # it was over before anybody looked
        )
        assert (await watcher.heard(Said)).response.message == "Two"
        assert (await watcher.heard(Ended)).response == await house.kept(answer.id)
        assert (await watcher.heard(LeafMoved)).leaf_id == answer.id


async def test_what_is_said_through_the_api_is_told_as_well(house: House) -> None:
    begun = await house.engine.program_conversations.begin(CALLING_ALICE)
    async with watching(house, begun.id) as watcher:
        answer = await (await house.engine.program_turns.say(begun.id, CALLING_ALICE, "One", None)).end()
        await watcher.heard(LeafMoved)
        assert (await watcher.heard(Said)).response.message == "One"
        assert (await watcher.heard(Ended)).response.id == answer.id
        await house.engine.program_turns.by_hand(begun.id, CALLING_ALICE, "By hand.", answer.parent_id, partial=False)
        assert (await watcher.heard(Ended, 2)).response.message == "By hand."
        await watcher.heard(LeafMoved, 2)
        await house.engine.variants.lead_to(answer.id, CALLING_ALICE)
        assert (await watcher.heard(LeafMoved, 3)).leaf_id == answer.id


async def test_an_answer_is_told_as_it_grows_and_as_it_was_stopped(house: House) -> None:
    await house.answered("One")
    async with watching(house, (await house.held()).id) as watcher:
        running = await house.begin_scripted(HANGS, "Two")
        await eventually(lambda: bool(running.snapshot().text))
        assert (await watcher.heard(Answering)).running is running
        assert (await watcher.heard(Said)).response.message == "Two"
        await house.engine.answers.stop(running.id)
        ended = await watcher.heard(Ended)
        assert (ended.response.id, ended.response.state) == (running.id, State.STOPPED)
        assert ended.response.message == running.snapshot().text


async def test_who_comes_in_the_middle_of_an_answer_is_told_its_growth_and_its_end(house: House) -> None:
    running = await house.begin_scripted(HANGS, "One")
    async with watching(house, (await house.held()).id) as watcher:
        read = await watcher.heard(Read)
        assert [response.id for response in read.responses][-1] == running.id
        assert (await watcher.heard(Answering)).running is running
        await house.engine.answers.stop(running.id)
        assert (await watcher.heard(Ended)).response.id == running.id
        assert "Said" not in watcher.kinds()


async def test_an_answer_that_comes_to_nothing_is_told_and_moves_no_leaf(house: House) -> None:
    await house.answered("One")
    async with watching(house, (await house.held()).id) as watcher:
        house.grok.script(Script(fail="overloaded"))
        failed = await house.answered("Two")
        assert (await watcher.heard(Ended)).response == await house.kept(failed.id)
        await house.quiet()
        await house.engine.library.title((await house.held()).id, "The end", AS_ALICE)
        await watcher.heard(Titled)
        assert "LeafMoved" not in watcher.kinds()


async def test_messages_that_wait_are_told_when_their_turn_begins(house: House) -> None:
    running = await house.begin_scripted(HANGS, "One")
    async with watching(house, (await house.held()).id) as watcher:
        assert await house.ask("Two") is None
        assert await house.ask("Three", BOB) is None
        await house.engine.answers.stop(running.id)
        await watcher.heard(Said, 2)
        assert [each.response.message for each in watcher.told if isinstance(each, Said)] == ["Two", "Three"]


async def test_edits_and_variants_are_told(house: House) -> None:
    answer = await house.answered("One")
    (asked,) = [r for r in await house.store.responses.path(answer.id) if r.id != answer.id]
    (ref,) = await house.store.messages.of(asked.id)
    async with watching(house, answer.conversation_id) as watcher:
        another = await (await house.engine.variants.resample(answer.id, AS_ALICE)).end()
        assert (await watcher.heard(Ended)).response.id == another.id
        await watcher.heard(LeafMoved)
        await house.engine.variants.select(another.id, AS_ALICE, -1)
        assert (await watcher.heard(LeafMoved, 2)).leaf_id == answer.id
        edited = await house.engine.variants.edited(ref.message_id, Question(AS_ALICE, "Uno", ref.message_id, CHANNEL))
        assert edited is not None
        assert (await watcher.heard(Said)).response.message == "Uno"
        assert (await watcher.heard(Ended, 2)).response.id == edited.id


async def test_titles_are_told_whoever_gives_them(house: House) -> None:
    await house.answered("One")
    held = await house.held()
    async with watching(house, held.id) as watcher:
        await house.engine.library.title(held.id, "By a command", AS_ALICE)
        assert (await watcher.heard(Titled)).title == "By a command"
        await house.engine.titles.named(CHANNEL, "By the thread's name")
        assert (await watcher.heard(Titled, 2)).title == "By the thread's name"
        house.grok.script_title(Script(text="By Grok"))
        await house.engine.titles.write(held.id, AS_ALICE)
        assert (await watcher.heard(Titled, 3)).title == "By Grok"


async def test_the_end_of_a_conversation_is_the_end_of_the_stream(house: House) -> None:
    running = await house.begin_scripted(HANGS, "One")
    held = await house.held()
    async with watching(house, held.id) as watcher:
        await house.engine.library.delete(held.id, AS_ALICE)
        await asyncio.wait_for(watcher.reading, 10)
        assert watcher.kinds()[-1] == "Deleted"
        assert isinstance(watcher.told[-1], Deleted)
    assert running.has_ended
    assert not house.engine.conversation_watch._watching


async def test_who_may_not_see_it_is_told_nothing(house: House) -> None:
    await house.answered("One")
    held = await house.held()
    with pytest.raises(NotFoundError):
        await anext(house.engine.conversation_watch.watch(held.id, CALLING_BOB))
    assert not house.engine.conversation_watch._watching
    assert isinstance(await anext(house.engine.conversation_watch.watch(held.id, OPERATOR)), Read)


async def test_a_reader_who_goes_away_leaves_nothing_behind(house: House) -> None:
    running = await house.begin_scripted(HANGS, "One")
    held = await house.held()
    for _ in range(5):
        async with watching(house, held.id) as watcher:
            await watcher.heard(Answering)
    assert not house.engine.conversation_watch._watching
    assert running._news is None or not running._news.is_set()
    await house.engine.answers.stop(running.id)


async def test_a_reader_who_does_not_read_holds_up_nothing_and_is_told_the_newest_state(house: House) -> None:
    await house.answered("One")
    held = await house.held()
    async with aclosing(house.engine.conversation_watch.watch(held.id, CALLING_ALICE)) as told:
        read = await anext(told)
        assert isinstance(read, Read)
        answers = [await house.answered(f"Question {n}") for n in range(5)]
        for n in range(50):
            await house.engine.library.title(held.id, f"Title {n}", AS_ALICE)
        heard: list[Happening] = []
        async for happening in told:
            heard.append(happening)
            if isinstance(happening, Titled):
                break
    assert [each.response.id for each in heard if isinstance(each, Ended)] == [answer.id for answer in answers]
    assert len([each for each in heard if isinstance(each, Said)]) == 5
    assert heard[-2:] == [LeafMoved(answers[-1].id), Titled("Title 49")]


async def test_between_what_is_read_first_and_what_follows_nothing_is_lost(house: House) -> None:
    """Whatever moment somebody begins to watch at: what is read and what is told make the whole conversation."""
    await house.answered("One")
    held = await house.held()
    asking = asyncio.create_task(house.answered("Two"))
    watchers = [Watcher(house.engine.conversation_watch.watch(held.id, CALLING_ALICE))]
    while not asking.done():
        await asyncio.sleep(0.001)
        if len(watchers) < 20:
            watchers.append(Watcher(house.engine.conversation_watch.watch(held.id, CALLING_ALICE)))
    answer = asking.result()
    try:
        for watcher in watchers:
            await eventually(lambda watcher=watcher: answer.id in ended_of(watcher))  # type: ignore[misc] # a lambda's default
            ids = ids_of(watcher)
            assert len(ids) == len(set(ids)) == 4
    finally:
        for watcher in watchers:
            watcher.reading.cancel()
        await asyncio.wait([watcher.reading for watcher in watchers])


async def test_an_end_that_cannot_be_written_down_yet_is_told_once(house: House) -> None:
    await house.answered("One")
    held = await house.held()
    async with watching(house, held.id) as watcher:
        running = await house.begin_scripted(HANGS, "Two")
        await watcher.heard(Answering)
        async with read_only(house.store):
            await house.engine.answers.stop(running.id)
            assert (await watcher.heard(Ended)).response.id == running.id
        await house.answered("Three")  # before it, the end of the last turn is written down
        await watcher.heard(Ended, 2)
        assert len({each.response.id for each in watcher.told if isinstance(each, Ended)}) == 2


def ended_of(watcher: Watcher) -> set[str]:
    """All answers that the watcher knows to have ended."""
    read = [r for each in watcher.told if isinstance(each, Read) for r in each.responses if r.state.ended]
    return {r.id for r in read} | {each.response.id for each in watcher.told if isinstance(each, Ended)}


def ids_of(watcher: Watcher) -> list[str]:
    """All responses, each as often as it was told for the first time."""
    read = [r.id for each in watcher.told if isinstance(each, Read) for r in each.responses]
    later = [each.response.id for each in watcher.told if isinstance(each, (Said, Ended))]
    return [*read, *(each for each in later if each not in read)]
