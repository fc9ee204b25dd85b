"""Who may say and write from elsewhere than Discord, when, and what is refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import (
    BusyError,
    ClosedError,
    NotAllowedError,
    NotFoundError,
    RestartingError,
    UserError,
)
from grokbot.conversation.response import Sender, TurnOptions
from grokbot.sandbox.grok_server import Script

from .house import (
    BOB,
    CALLING_ALICE,
    CALLING_BOB,
    CHANNEL,
    OPERATOR,
    opening,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .growing_talk import Talk


SILENT = Script(hang_after_tokens=0)
HALF = Script(text="half of it", reasoning="", hang_after_tokens=2)


# Who may, and when.

Deed = "Callable[[Talk], Awaitable[object]]"


async def says(talk: Talk) -> object:
    return await talk.house.engine.program_turns.say(talk.id, CALLING_BOB, "hello", talk.second.id)


async def writes(talk: Talk) -> object:
    return await talk.house.engine.program_turns.by_hand(talk.id, CALLING_BOB, "hello", talk.second.id, partial=False)


async def resamples(talk: Talk) -> object:
    return await talk.house.engine.variants.resample(talk.second.id, CALLING_BOB)


async def replaces_words(talk: Talk) -> object:
    return await talk.house.engine.program_turns.replaced(talk.asked_second, CALLING_BOB, "hello")


async def replaces_an_answer(talk: Talk) -> object:
    return await talk.house.engine.program_turns.replaced(talk.second.id, CALLING_BOB, "hello")


async def selects(talk: Talk) -> object:
    await talk.house.engine.variants.lead_to(talk.first.id, CALLING_BOB)
    return None


async def stops(talk: Talk) -> object:
    await talk.house.engine.answers.stop_in(talk.id, CALLING_BOB)
    return None


async def goes_on_stateful(talk: Talk) -> object:
    return await talk.house.engine.program_turns.stateful(
        CALLING_BOB, "hello", response_id=talk.second.id, options=TurnOptions(), system_prompt=None
    )


STEERING = [writes, resamples, replaces_words, replaces_an_answer, selects]
BEGINNING = [says, resamples, replaces_words, goes_on_stateful]
ALL = [*STEERING, says, stops, goes_on_stateful]


@pytest.mark.parametrize("deed", ALL)
async def test_to_who_may_not_see_it_a_conversation_is_not_there(
    talk: Talk, deed: Callable[[Talk], Awaitable[object]]
) -> None:
    before = await talk.house.store.responses.forest(talk.id)
    with pytest.raises(NotFoundError):
        await deed(talk)
    assert list(await talk.house.store.responses.forest(talk.id)) == list(before)


@pytest.mark.parametrize("deed", STEERING)
async def test_who_takes_part_decides_about_answers_to_their_own_words_alone(
    talk: Talk, deed: Callable[[Talk], Awaitable[object]]
) -> None:
    await talk.house.answered("bob was here", BOB)
    with pytest.raises(NotAllowedError):
        await deed(talk)
    await says(talk)


@pytest.mark.parametrize("deed", [each for each in ALL if each is not stops])
async def test_a_locked_conversation_stays_as_it_is(talk: Talk, deed: Callable[[Talk], Awaitable[object]]) -> None:
    await talk.house.answered("bob was here", BOB)
    await talk.house.store.conversations.change(talk.id, locked=True, owner_id=BOB.id)  # type: ignore[call-arg]
    with pytest.raises(ClosedError):
        await deed(talk)


@pytest.mark.parametrize("deed", BEGINNING)
async def test_nothing_begins_while_paused_or_during_a_stop(
    talk: Talk, deed: Callable[[Talk], Awaitable[object]]
) -> None:
    await talk.house.answered("bob was here", BOB)
    await talk.house.store.conversations.change(talk.id, owner_id=BOB.id)  # type: ignore[call-arg]
    await talk.house.engine.pauses.pause(OPERATOR.id)
    before = list(await talk.house.store.responses.forest(talk.id))
    with pytest.raises(ClosedError):
        await deed(talk)
    await talk.house.engine.pauses.unpause()
    await talk.house.engine.drain(0.0)
    with pytest.raises(RestartingError):
        await deed(talk)
    assert list(await talk.house.store.responses.forest(talk.id)) == before


async def test_the_operator_sees_and_steers_everything(talk: Talk) -> None:
    growing = talk.house.engine.program_turns
    await (await growing.say(talk.id, OPERATOR, "hello", talk.second.id)).end()
    await talk.house.engine.variants.lead_to(talk.second.id, OPERATOR)
    await (await talk.house.engine.variants.resample(talk.second.id, OPERATOR)).end()
    await talk.wall.check(CHANNEL)


async def test_of_a_hundred_at_once_one_begins_and_the_others_change_nothing(talk: Talk) -> None:
    talk.house.grok.script(SILENT)
    growing = talk.house.engine.program_turns
    calls = [growing.say(talk.id, CALLING_ALICE, f"n{i}", talk.first.id if i % 2 else None) for i in range(100)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    begun = [each for each in results if not isinstance(each, BaseException)]
    assert len(begun) == 1
    assert sum(isinstance(each, BusyError) for each in results) == 99
    assert len(await talk.house.store.responses.forest(talk.id)) == 6
    await talk.house.engine.answers.stop_in(talk.id, CALLING_ALICE)
    await talk.wall.still()
    await talk.house.quiet()


async def test_what_is_said_in_discord_meanwhile_waits_for_the_end(talk: Talk) -> None:
    talk.house.grok.script(HALF)
    running = await talk.house.engine.program_turns.say(talk.id, CALLING_ALICE, "new", None)
    assert await talk.house.ask("and in the thread") is None
    with pytest.raises(BusyError):
        await talk.house.engine.variants.lead_to(talk.first.id, CALLING_ALICE)
    while not running.snapshot().text:
        await running.news(running.snapshot().revision)
    await talk.house.engine.answers.stop_in(talk.id, CALLING_ALICE)
    await talk.house.quiet()
    path = await talk.house.path()
    assert path[0] == "new"
    assert "half of it".startswith(path[1])
    assert path[2] == "and in the thread"
    await talk.wall.check(CHANNEL)


async def test_who_goes_away_in_the_middle_of_asking_leaves_a_turn_that_runs(talk: Talk) -> None:
    asking = asyncio.create_task(talk.house.engine.program_turns.say(talk.id, CALLING_ALICE, "new", None))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    await talk.house.engine.runner.locks.decided()
    await talk.house.quiet()
    await talk.wall.check(CHANNEL)


@pytest.mark.parametrize(
    ("text", "under", "error"),
    [
        ("", None, UserError),
        ("", "first", UserError),
        (" \n", "second", UserError),
        ("hello", "failed", UserError),
        ("hello", "elsewhere", UserError),
        ("hello", "hidden", NotFoundError),
        ("hello", "unknown", NotFoundError),
    ],
)
async def test_what_cannot_be_said_there_is_refused_and_changes_nothing(
    talk: Talk, text: str, under: str | None, error: type[Exception]
) -> None:
    growing, house = talk.house.engine.program_turns, talk.house
    other = await house.answered("elsewhere", channel=CHANNEL + 1)
    await house.engine.turns.open(opening(CHANNEL + 2, BOB))
    hidden = await house.answered("hidden", BOB, channel=CHANNEL + 2)
    house.grok.script(Script(fail="refused"))
    failed = await (await growing.say(talk.id, CALLING_ALICE, "failing", talk.second.id)).end()
    ids = {"first": talk.first.id, "second": talk.second.id, "failed": failed.id, "elsewhere": other.id}
    before = list(await house.store.responses.forest(talk.id))
    with pytest.raises(error):
        await growing.say(talk.id, CALLING_ALICE, text, {**ids, "hidden": hidden.id}.get(under or "", under))
    assert list(await house.store.responses.forest(talk.id)) == before
    with pytest.raises(NotFoundError):
        await growing.say("unknown", CALLING_ALICE, "hello", None)


@pytest.mark.parametrize(
    "options",
    [
        TurnOptions(persona="grumpy"),
        TurnOptions(temperature=2.1),
        TurnOptions(temperature=-0.1),
        TurnOptions(temperature=float("nan")),
        TurnOptions(max_tokens=0),
    ],
)
async def test_options_that_there_are_not_are_refused(talk: Talk, options: TurnOptions) -> None:
    with pytest.raises(UserError):
        await talk.house.engine.program_turns.say(talk.id, CALLING_ALICE, "hello", None, options)
    assert len(await talk.house.store.responses.forest(talk.id)) == 4


async def test_a_persons_words_are_no_answer_that_could_be_sampled_again(talk: Talk) -> None:
    growing = talk.house.engine.program_turns
    with pytest.raises(NotFoundError):
        await talk.house.engine.variants.resample(talk.asked_first, CALLING_ALICE)
    written = await growing.by_hand(talk.id, CALLING_ALICE, "by hand", None, partial=False)
    with pytest.raises(UserError):
        await talk.house.engine.variants.resample(written.id, CALLING_ALICE)
    with pytest.raises(UserError):
        await talk.house.engine.answers.stop_in(talk.id, CALLING_ALICE)
    assert written.sender is Sender.MODEL
