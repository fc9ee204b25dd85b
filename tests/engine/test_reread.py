"""Where no words are kept: none are left in the files, and everything goes on as if they were there."""

from __future__ import annotations

import itertools
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grokbot.conversation.history import ELSEWHERE
from grokbot.conversation.response import MessageRef, State
from grokbot.engine.admission import Membership
from grokbot.engine.context import Context, id_maker
from grokbot.engine.deletion import DroppedTexts
from grokbot.engine.engine import Engine
from grokbot.sandbox.grok_server import Script
from grokbot.store import Store
from grokbot.xai.client import GrokClient

from .house import (
    ALICE,
    AS_ALICE,
    CHANNEL,
    Clock,
    House,
    People,
    asked_last,
    eventually,
    living,
    previous,
    settings_of,
    shown,
)
from .test_privacy import found

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from grokbot.sandbox.grok_server import GrokSandbox


@dataclass
class Thread:
    """What stands in Discord, by message id."""

    messages: dict[int, str] = field(default_factory=dict)
    read: int = 0

    async def __call__(self, refs: Sequence[MessageRef]) -> str | None:
        self.read += 1
        texts = [self.messages.get(ref.message_id) for ref in refs]
        return None if None in texts else "\n".join(filter(None, texts))


@asynccontextmanager
async def wordless(grok: GrokSandbox, file: Path, thread: Thread, *, keep_text: bool = False) -> AsyncIterator[House]:
    """One life of the daemon's inner half that keeps no words."""
    settings = settings_of(grok, file, "stateful")
    settings = settings.model_copy(update={"store": settings.store.model_copy(update={"keep_text": keep_text})})
    first_number = 1_001 if file.exists() else 1  # noqa: ASYNC240 - a look at one file
    async with AsyncExitStack() as stack:
        client = GrokClient(settings.xai, tries=1, first_pause=0.01, outage_seconds=0.0)
        stack.push_async_callback(client.close)
        store = await Store.open(settings.store.url, text_source=(texts := DroppedTexts(client, thread)))
        stack.push_async_callback(store.close)
        clock = Clock()
        people = People()
        engine = Engine(Context(settings, store, client, clock, id_maker()), Membership(people), texts)
        stack.push_async_callback(engine.drain, 0.0)
        yield House(grok, client, store, engine, clock, itertools.count(first_number), people)


async def said(house: House, thread: Thread, text: str, answer: str) -> str:
    house.grok.script(Script(text=answer, reasoning=f"thought: {answer}"))
    response = await house.answered(text, ALICE)
    assert response.parent_id is not None
    [ref] = await house.store.messages.of(response.parent_id)
    thread.messages[ref.message_id] = text
    await eventually(lambda: dropped(house, response.id))
    return response.id


async def dropped(house: House, response_id: str) -> bool:
    path = await house.store.responses.path_as_stored(response_id)
    return all(response.message == ELSEWHERE for response in path)


async def test_no_words_are_left_and_the_conversation_goes_on(grok: GrokSandbox, file: Path) -> None:
    thread = Thread()
    async with wordless(grok, file, thread) as house:
        await said(house, thread, "word-bison one", "word-cobra one")
        await said(house, thread, "word-bison two", "word-cobra two")
        await house.store.file.rebuild()
        assert found(file, ["word-bison", "word-cobra"]) == set()
        assert shown(asked_last(grok)) == ["user: alice: word-bison two"]
        assert previous(asked_last(grok))
        assert await house.path() == ["word-bison one", "word-cobra one", "word-bison two", "word-cobra two"]
        assert thread.read == 0  # they are remembered
    async with wordless(grok, file, thread) as house:
        await said(house, thread, "word-bison three", "word-cobra three")
        assert thread.read == 0  # a turn needs none of them
        answer = (await house.path_ids())[-1]
        transcript = await house.engine.library.transcripts.of_path(None, (await house.held()).id, AS_ALICE, names=True)
        assert [turn.text for turn in transcript.turns] == [
            f"word-{who} {number}" for number in ("one", "two", "three") for who in ("bison", "cobra")
        ]
        token = await house.engine.library.shares.add(answer, AS_ALICE, names=False)
        page = await house.engine.library.shares.shown(token)
        assert page is not None
        assert page.turns[0].text == "word-bison one"
        await house.store.file.rebuild()
        assert found(file, ["word-bison", "word-cobra"]) == set()


async def test_when_xai_has_lost_it_all_is_read_again_from_both_and_sent_anew(grok: GrokSandbox, file: Path) -> None:
    thread = Thread()
    async with wordless(grok, file, thread) as house:
        await said(house, thread, "One?", "One.")
        last = await said(house, thread, "Two?", "Two.")
    async with wordless(grok, file, thread) as house:
        *_, kept = await house.store.responses.path_as_stored(last)
        grok.expire(kept.xai_id or "")
        await house.engine.places.shown(MessageRef(70, CHANNEL, last))
        thread.messages[70] = "Two, as it stands there."
        running = await house.begin("Three?")
        assert (await running.end()).state is State.DONE
        assert shown(asked_last(grok)) == [
            "user: alice: Two?",
            "assistant: Two, as it stands there.",
            "user: alice: Three?",
        ]
        assert previous(asked_last(grok))


async def test_what_nobody_has_any_more_is_told_where_it_bites(grok: GrokSandbox, file: Path) -> None:
    thread = Thread()
    async with wordless(grok, file, thread) as house:
        await said(house, thread, "One?", "One.")
    async with wordless(grok, file, thread) as house:
        thread.messages.clear()
        grok.expire_all()
        running = await house.begin("Two?")
        assert (await running.end()).state is State.FAILED
        trouble = running.snapshot().trouble
        assert str(trouble).startswith("xAI no longer keeps the earlier part of this conversation.")


async def test_a_look_takes_each_conversation_once_however_long_it_is(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file, mode="stateful") as house:
        for number in range(3):
            grok.script(Script(text=f"word-cobra {number}", reasoning=""))
            await house.answered(f"word-bison {number}", ALICE)
    async with wordless(grok, file, Thread()) as house:
        assert len(await house.store.text_removal.due(house.clock())) == 1
        assert house.engine.text_removal is not None
        await house.engine.text_removal.look()
        await house.store.file.rebuild()
        assert found(file, ["word-bison", "word-cobra"]) == set()


async def test_words_that_are_elsewhere_are_read_again_where_the_setting_is_switched_off_again(
    grok: GrokSandbox, file: Path
) -> None:
    thread = Thread()
    async with wordless(grok, file, thread) as house:
        await said(house, thread, "word-bison", "word-cobra")
    async with wordless(grok, file, thread, keep_text=True) as house:
        assert house.engine.text_removal is None
        assert await house.path() == ["word-bison", "word-cobra"]
        grok.script(Script(text="word-dingo", reasoning=""))
        response = await house.answered("word-eland", ALICE)
        assert (await house.store.responses.path_as_stored(response.id))[-1].message == "word-dingo"


async def test_what_a_stop_left_is_dropped_by_the_next_look(grok: GrokSandbox, file: Path) -> None:
    thread = Thread()
    async with living(grok, file, mode="stateful") as house:
        grok.script(Script(text="word-cobra", reasoning=""))
        await house.answered("word-bison", ALICE)
    async with wordless(grok, file, thread) as house:
        assert house.engine.text_removal is not None
        await house.engine.text_removal.look()
        await house.store.file.rebuild()
        assert found(file, ["word-bison", "word-cobra"]) == set()
        thread.messages[1] = "word-bison"
        assert await house.path(CHANNEL) == ["word-bison", "word-cobra"]
