from __future__ import annotations

import itertools
import math
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from grokbot.api.services.answers import streamed
from grokbot.conversation.records import FilterHit
from grokbot.conversation.response import State
from grokbot.documents.as_json import to_json
from grokbot.documents.as_markdown import to_markdown
from grokbot.engine.admission import Opening
from grokbot.engine.turns import Question
from grokbot.policy.admission import PausedError
from grokbot.policy.filters import STOPPED, Action, Where
from grokbot.sandbox.grok_server import GrokRules, GrokSandbox, Script
from grokbot.sandbox.grok_server.answers import ScriptedQuery
from grokbot.wire.xai import chat_pb2

from .house import ALICE, AS_ALICE, CHANNEL, crash, eventually, living, previous, shown
from .moderators import MODERATOR, OTHER_GUILD, raw, told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from .house import House

WORD = "swordfish"
PATTERN = "sw[o]rdfish"
"""Finds it without containing it, for patterns are kept."""
TEXT = f"The password is {WORD}, and {WORD.upper()} it stays. " + "Nothing else matters. " * 20


@pytest.fixture
async def grok() -> AsyncIterator[GrokSandbox]:
    """A token a chunk: words arrive in pieces."""
    async with GrokSandbox(GrokRules(tokens_per_second=math.inf, tokens_per_chunk=1, query_seconds=0.0)) as sandbox:
        yield sandbox


async def filtered(house: House, action: Action = Action.SPOILER, pattern: str = PATTERN) -> str:
    return (await house.engine.moderation.filters.add(MODERATOR, pattern, Where.ANSWERS, action)).id


async def followed(house: House, script: Script) -> tuple[list[str], str]:
    """Every text that is shown of an answer, and its id."""
    texts: list[str] = []
    house.grok.script(script)
    running = await house.begin("What is it?")
    while True:
        snapshot = running.snapshot()
        texts.append(snapshot.text)
        texts.extend(query.text for query in snapshot.queries)
        if snapshot.ended is not None:
            await house.engine.places.shown_whole(running.id)
            return texts, running.id
        await running.news(snapshot.revision)


async def _has_begun(house: House, response_id: str) -> bool:
    return f"||{WORD}||" in (await house.kept(response_id)).message


def in_the_clear(text: str) -> bool:
    """Whether the word stands there without a spoiler around it."""
    return WORD in text.casefold().replace(f"||{WORD}||", "")


async def test_what_a_filter_hides_is_shown_to_nobody_in_any_piece(house: House) -> None:
    filter_id, hits = await filtered(house), told(house, FilterHit)
    texts, response_id = await followed(house, Script(text=TEXT, reasoning=""))
    assert len(texts) > 10
    assert not any(map(in_the_clear, texts))
    grown = [text for text in texts if text]
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(grown))
    assert texts[-1] == TEXT.replace(WORD, f"||{WORD}||").replace(WORD.upper(), f"||{WORD.upper()}||")
    await house.quiet()
    assert [(hit.filter_id, hit.response_id, hit.action) for hit in hits] == [(filter_id, response_id, "spoiler")]
    assert (await house.kept(response_id)).state is State.DONE


@pytest.mark.parametrize("mode", ["stateless", "stateful"])
async def test_a_word_after_which_an_answer_is_stopped_stands_nowhere(grok: GrokSandbox, file: Path, mode: str) -> None:
    async with living(grok, file, mode, titles=True, public_url="http://127.0.0.1:9") as house:
        await filtered(house, Action.STOP)
        script = Script(
            text=TEXT,
            reasoning=f"I shall tell them {WORD}.",
            queries=(ScriptedQuery(f"what is {WORD}", sources=(f"https://example.org/{WORD}",)),),
        )
        texts, response_id = await followed(house, script)
        await house.quiet()
        assert not any(WORD in text.casefold() for text in texts)
        answer = await house.kept(response_id)
        assert (answer.state, answer.message) == (State.STOPPED, "The password is ")
        assert answer.xai_id is None
        house.grok.script(Script(text="Never mind."))
        second = await house.answered("And?")
        token = await house.engine.library.shares.add(second.id, AS_ALICE, names=True)
        transcript = await house.engine.library.shares.shown(token)
        assert transcript is not None
        assert WORD not in to_json(transcript)
        assert WORD not in to_markdown(transcript)
        await eventually(lambda: not house.engine.titles._tasks)
        asked = [call for call in house.grok.requests if isinstance(call.request, chat_pb2.GetCompletionsRequest)]
        assert len(asked) >= 3  # two answers, and a title
        assert not any(WORD in line for call in asked for line in shown(call))
        assert not any(previous(call) for call in asked)
        assert WORD.encode() not in raw(file).lower()


async def test_the_api_streams_only_what_may_be_shown(house: House) -> None:
    await filtered(house)
    house.grok.script(Script(text=TEXT, reasoning="", queries=(WORD,)))
    running = await house.begin("What is it?")
    async with aclosing(streamed(house.engine, running)) as stream:
        messages = [message async for message in stream]
    tokens = "".join(message.token.token.final_logit.string_token for message in messages if message.HasField("token"))
    last = messages[-1].model_response.message
    assert tokens == last == (await house.kept(running.id)).message
    assert not any(in_the_clear(str(message)) for message in [last, tokens])
    queries = [message.query_action.query for message in messages if message.HasField("query_action")]
    assert queries == ["\N{FULL BLOCK}" * len(WORD)]


async def test_what_is_written_down_on_the_way_and_left_by_a_crash_hides_it_too(
    grok: GrokSandbox, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grokbot.engine.turns.running_answer.JOURNAL_CHARACTERS", 1)
    async with living(grok, file) as house:
        await filtered(house)
        script = Script(text=f"It is {WORD}, and then some more", reasoning=f"{WORD} it is", hang_after_tokens=16)
        running = await house.begin_scripted(script, "What is it?")
        await eventually(lambda: _has_begun(house, running.id))
        await crash(house)
    async with living(grok, file) as again:
        await again.engine.recovery.recover()
        answer = await again.kept(running.id)
        assert answer.state is State.INTERRUPTED
        assert answer.message.startswith("It is ")
        assert not in_the_clear(answer.message)
        assert answer.reasoning == ""
        assert WORD.encode() not in raw(file).replace(f"||{WORD}||".encode(), b"").lower()


async def test_an_answer_that_is_stopped_or_fails_in_the_middle_of_a_word_shows_its_beginning_only(
    house: House,
) -> None:
    await filtered(house)
    texts, response_id = await followed(
        house, Script(text=f"It is {WORD}, {WORD} or else", reasoning="", fail="overloaded", fail_after_tokens=14)
    )
    answer = await house.kept(response_id)
    assert answer.state is State.FAILED
    assert not any(map(in_the_clear, [*texts, answer.message]))


async def test_a_filter_that_stops_says_so_and_other_servers_and_running_answers_are_left_alone(
    grok: GrokSandbox, file: Path
) -> None:
    async with living(grok, file) as house:
        await filtered(house, Action.STOP)
        house.grok.script(Script(text=f"{WORD} first", reasoning=""))
        running = await house.begin("What is it?")
        answer = await running.end()
        assert (answer.state, answer.message, str(running.snapshot().trouble)) == (State.STOPPED, "", STOPPED)
        house.grok.script(Script(text=f"{WORD}!", reasoning=""))
        elsewhere = Opening(guild_id=OTHER_GUILD, channel_id=CHANNEL + 5, owner_id=ALICE.id)
        there = await house.engine.turns.ask(Question(AS_ALICE, "What?", 5_000, CHANNEL + 5), elsewhere)
        assert there is not None
        assert there.screen is None
        assert (await there.end()).message == f"{WORD}!"
    async with living(grok, file) as again:  # the filter is there after a restart, and gone when it is removed
        (kept,) = await again.engine.moderation.filters.held(MODERATOR)
        again.grok.script(Script(text=f"{WORD}!", reasoning=""))
        assert (await (await again.engine.answers.retry(running.id, AS_ALICE)).end()).state is State.STOPPED
        assert await again.engine.moderation.filters.remove(MODERATOR, kept.id)
        again.grok.script(Script(text=f"{WORD}!", reasoning=""))
        assert (await again.answered("Now?")).message == f"{WORD}!"


async def test_a_filter_that_only_tells_changes_nothing(stateful: House) -> None:
    await filtered(stateful, Action.TELL)
    hits = told(stateful, FilterHit)
    stateful.grok.script(Script(text=TEXT, reasoning=WORD))
    answer = await stateful.answered("What is it?")
    await stateful.quiet()
    assert (answer.message, answer.reasoning) == (TEXT, WORD)
    assert answer.stored_until is not None
    assert [hit.action for hit in hits] == ["tell"]


async def test_a_title_that_a_filter_hides_is_none_and_a_paused_server_gets_none_written(
    grok: GrokSandbox, file: Path
) -> None:
    async with living(grok, file, titles=True) as house:
        await filtered(house)
        house.grok.script(Script(text="Fine fish.", reasoning=""))
        house.grok.script_title(Script(text=f"All about {WORD}"))
        await house.answered("What is it?")
        await eventually(lambda: not house.engine.titles._tasks)
        assert (await house.held()).title_by is None
        await house.engine.moderation.controls.pause(MODERATOR)
        calls = len(house.grok.requests)
        with pytest.raises(PausedError):
            await house.engine.titles.write((await house.held()).id, AS_ALICE)
        assert len(house.grok.requests) == calls
