from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import NotAllowedError, UserError
from grokbot.conversation.response import State
from grokbot.display import ABOVE_CHANGED
from grokbot.engine.turns import Question
from grokbot.policy.admission import NOTHING_TO_READ
from grokbot.sandbox.grok_server import Script

from .house import ALICE, AS_ALICE, BOB, CHANNEL, asked_last, crash, living, opening, previous, shown
from .test_variants import edited, resampled, say, taken_up, talk
from .wall import Wall

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House

SILENT = Script(hang_after_tokens=0)
HALF = Script(text="half of it", reasoning="", hang_after_tokens=2)


async def edited_to_end(house: House, number: int, text: str) -> str:
    """The text of the answer to what a message says now."""
    house.grok.script(Script(text=f"re: {text}"))
    running = await edited(house, number, text)
    assert running is not None
    return (await running.end()).message


async def test_an_edited_message_is_answered_anew_in_the_place_of_the_old_answer(house: House) -> None:
    wall, _ = await talk(house)
    await edited_to_end(house, 3, "zwei")
    assert await wall.shows() == ["re: one", "re: zwei", "aside 0/0"]
    assert [given.shown.aside for given in wall.given if given.shown.aside is not None] == [ABOVE_CHANGED]
    assert await house.path() == ["one", "re: one", "zwei", "re: zwei"]
    assert shown(house.grok.requests[-1])[-2:] == ["assistant: re: one", "user: alice: zwei"]
    await wall.check(CHANNEL)


async def test_a_message_that_is_edited_back_brings_back_what_followed_it_and_samples_nothing(house: House) -> None:
    wall, _ = await talk(house)
    for text in ("eins", "uno"):
        await edited_to_end(house, 1, text)
    await say(house, wall, "after uno")
    requests = len(house.grok.requests)
    assert await edited(house, 1, "one") is None
    assert await wall.shows() == ["re: one", "re: two", "re: three", "aside 0/0"]
    await wall.check(CHANNEL)
    assert await edited(house, 1, "uno") is None
    assert await wall.shows() == ["re: uno", "aside 0/0", "aside 0/0", "re: after uno"]
    await wall.check(CHANNEL)
    assert len(house.grok.requests) == requests


async def test_what_changes_nothing_begins_nothing(house: House) -> None:
    _, _ = await talk(house)
    requests = len(house.grok.requests)
    assert await edited(house, 1, "one") is None
    assert await edited(house, 77, "unknown") is None
    assert await edited(house, 2, "an answer's message") is None
    assert await edited(house, 1, "not mine", BOB) is None
    with pytest.raises(UserError, match=NOTHING_TO_READ):
        await edited(house, 1, " ")
    assert await house.path() == ["one", "re: one", "two", "re: two", "three", "re: three"]
    assert len(house.grok.requests) == requests


async def test_an_answer_under_way_to_it_is_stopped_and_its_messages_are_used(house: House) -> None:
    wall = Wall(house)
    house.grok.script(HALF)
    first = await house.begin("one")
    await taken_up(house)
    assert await house.ask("meanwhile", BOB) is None
    house.grok.script(Script(text="re: eins"))
    second = await edited(house, 1, "eins")
    assert second is not None
    assert (await first.end()).state is State.STOPPED
    assert (await second.end()).message == "re: eins"
    await wall.still()
    assert shown(house.grok.requests[1])[1:] == ["user: alice: eins"]
    assert shown(house.grok.requests[2])[1:] == ["user: alice: eins", "assistant: re: eins", "user: bob: meanwhile"]
    assert (await house.path())[:3] == ["eins", "re: eins", "meanwhile"]
    await wall.check(CHANNEL)


async def test_two_edits_at_once_end_with_one_of_them_and_the_answer_to_it(house: House) -> None:
    wall = Wall(house)
    house.grok.script(SILENT)
    await house.begin("one")
    await taken_up(house)
    both = await asyncio.gather(edited(house, 1, "two"), edited(house, 1, "three"))
    assert [running is not None for running in both] == [True, True]
    await wall.still()
    held = await house.store.messages.response(1)
    assert held is not None
    assert held.message in ("two", "three")
    assert (await house.path_ids())[0] == held.id
    assert len(await house.path()) == 2
    await wall.check(CHANNEL)


async def test_an_empty_edit_leaves_the_answer_under_way_alone(house: House) -> None:
    house.grok.script(SILENT)
    running = await house.begin("one")
    await taken_up(house)
    with pytest.raises(UserError):
        await edited(house, 1, "\u200b")
    assert not running.has_ended
    await house.engine.answers.stop(running.id)


async def test_a_message_that_waits_is_replaced_where_it_is(house: House) -> None:
    house.grok.script(SILENT)
    running = await house.begin("one")
    await taken_up(house)
    await house.ask("two", BOB)
    await house.ask("three", ALICE)
    assert await edited(house, 2, "zwei", BOB) is None
    assert not running.has_ended
    await house.engine.answers.stop(running.id)
    await house.quiet()
    assert shown(house.grok.requests[-1])[1:] == ["user: bob: zwei", "user: alice: three"]


@pytest.mark.parametrize(
    ("number", "edit", "expected"), [(2, "A", ["A", "b", "c"]), (3, "B", ["a", "B", "c"]), (4, "C", ["a", "b", "C"])]
)
async def test_of_several_that_were_answered_together_the_others_are_asked_again_as_they_are(
    house: House, number: int, edit: str, expected: list[str]
) -> None:
    wall = Wall(house)
    house.grok.script(SILENT)
    first = await house.begin("one")  # its answer gets message 5, the other's 6
    await taken_up(house)
    for text in "abc":
        await house.ask(text)
    await house.engine.answers.stop(first.id)
    await wall.still()
    await edited_to_end(house, number, edit)
    assert (await house.path())[:3] == expected
    assert shown(house.grok.requests[-1])[1:] == [f"user: alice: {text}" for text in expected]
    await wall.check(CHANNEL)
    assert await edited(house, number, edit.lower()) is None
    assert (await house.path())[:3] == ["a", "b", "c"]
    await wall.check(CHANNEL)
    await house.engine.withdrawal.message_deleted(4)
    assert (await house.path())[:3] == ["a", "b", ""]


async def test_a_message_whose_turn_failed_can_be_edited_until_the_conversation_has_gone_on(house: House) -> None:
    wall = Wall(house)
    house.grok.script(Script(fail="refused"))
    await (await house.begin("one")).end()
    await wall.still()
    house.grok.script(Script(fail="refused"))
    running = await edited(house, 1, "uno")
    assert running is not None
    await running.end()
    assert (await house.held()).leaf_id is None
    await wall.check(CHANNEL)
    await edited_to_end(house, 1, "eins")
    assert await wall.shows() == ["re: eins"]
    house.grok.script(Script(fail="refused"))
    await (await house.begin("two")).end()
    await wall.still()
    await say(house, wall, "three")
    with pytest.raises(NotAllowedError, match="moved on"):
        await edited(house, 3, "zwei")
    await wall.check(CHANNEL)


async def test_an_edit_that_fails_does_not_bring_back_the_answer_to_what_was_not_asked(house: House) -> None:
    wall, (first, *_) = await talk(house)
    house.grok.script(Script(fail="refused"))
    running = await edited(house, 3, "zwei")
    assert running is not None
    failed = await running.end()
    assert (await house.held()).leaf_id == first.id
    await wall.check(CHANNEL)
    house.grok.script(Script(text="at last"))
    await (await house.engine.answers.retry(failed.id, AS_ALICE)).end()
    assert await house.path() == ["one", "re: one", "zwei", "at last"]
    await wall.check(CHANNEL)


async def test_a_message_that_is_set_aside_is_not_edited(house: House) -> None:
    wall, (first, *_) = await talk(house)
    await resampled(house, first, "another one")
    with pytest.raises(NotAllowedError, match="is hidden"):
        await edited(house, 3, "zwei")
    await wall.check(CHANNEL)


async def test_a_failed_edit_is_not_gone_over_when_its_variant_comes_back(house: House) -> None:
    wall, (first, *_) = await talk(house)
    house.grok.script(Script(fail="refused"))
    running = await edited(house, 3, "zwei")
    assert running is not None
    await running.end()
    other = (await resampled(house, first, "another one")).id
    await house.engine.variants.select(other, AS_ALICE, -1)
    assert await house.path() == ["one", "re: one"]  # "two" is not what the message says any more
    await wall.check(CHANNEL)


async def test_an_edit_that_a_crash_cut_off_is_put_in_order_by_the_next_start(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        _, (first, *_) = await talk(house)
        grok.script(SILENT)
        cut = await edited(house, 3, "zwei")
        assert cut is not None
        await crash(house)
    async with living(grok, file) as house:
        wall = Wall(house)
        wall.says = {2: "re: one", 4: "?", 6: "?"}
        for given in await house.engine.recovery.recover():
            wall.show(given)
        says = await wall.shows()
        assert (says[0], says[2]) == ("re: one", "aside 0/0")
        assert "restarted" in says[1]
        assert (await house.held()).leaf_id == first.id
        await wall.check(CHANNEL)
        assert await edited(house, 3, "two") is None  # edited back, all is there again
        assert await wall.shows() == ["re: one", "re: two", "re: three"]


async def test_a_deleted_message_is_erased_with_all_that_it_said_before(house: House) -> None:
    _, (_, second, _) = await talk(house)
    await edited_to_end(house, 3, "zwei")
    await house.engine.withdrawal.message_deleted(3)
    forest = await house.store.responses.forest((await house.held()).id)
    assert not {"two", "zwei"} & {response.message for response in forest}
    await house.answered("four")
    assert shown(house.grok.requests[-1])[1:] == [
        "user: alice: one",
        "assistant: re: one",
        "assistant: re: zwei",
        "user: alice: four",
    ]
    newest = [r for r in forest if r.message == "re: zwei"]
    with pytest.raises(UserError, match="was deleted"):
        await house.engine.variants.resample(newest[0].id, AS_ALICE)
    assert await edited(house, 3, "zwei") is None
    assert (await house.kept(second.id)).message == "re: two"


async def test_what_saw_an_erased_text_is_not_built_on_at_xai_in_branches_neither(stateful: House) -> None:
    _, (first, second, last) = await talk(stateful)
    await stateful.engine.variants.branch(last.id, AS_ALICE, opening(CHANNEL + 1))
    branched = await stateful.answered("else", channel=CHANNEL + 1)
    assert previous(asked_last(stateful.grok)) == last.xai_id
    stateful.grok.script(Script(text="half of it", reasoning="", hang_after_tokens=2))
    running = await stateful.begin("and more", channel=CHANNEL + 1)
    await taken_up(stateful)
    await stateful.engine.withdrawal.message_deleted(3)
    await stateful.engine.answers.stop(running.id)
    await stateful.quiet()
    assert (await stateful.kept(first.id)).stored_until is not None
    for seen in (second, last, branched, await running.end()):
        assert (await stateful.kept(seen.id)).stored_until is None
    await stateful.answered("again", channel=CHANNEL + 1)
    assert previous(asked_last(stateful.grok)) == first.xai_id
    assert not any("two" in line for line in shown(asked_last(stateful.grok)) if line.startswith("user"))


async def test_an_answer_that_ends_after_a_text_was_erased_is_forgotten_at_xai(stateful: House) -> None:
    _, (first, *_) = await talk(stateful)
    stateful.grok.script(Script(text="slow " * 40, tokens_per_second=400))
    running = await stateful.begin("four")
    await taken_up(stateful)
    while not running.snapshot().text:
        await running.news(running.snapshot().revision)
    await stateful.engine.withdrawal.message_deleted(3)
    assert (await running.end()).state is State.DONE
    await stateful.quiet()
    assert (await stateful.kept(running.id)).stored_until is None
    await stateful.answered("five")
    assert previous(asked_last(stateful.grok)) == first.xai_id


async def test_an_edit_in_a_branch_begins_at_its_own_beginning(house: House) -> None:
    wall, (first, *_) = await talk(house)
    await house.engine.variants.branch(first.id, AS_ALICE, opening(CHANNEL + 1))
    await (await house.begin("else", channel=CHANNEL + 1)).end()
    await wall.still()
    house.grok.script(Script(text="re: elsewhere"))
    question = Question(AS_ALICE, "elsewhere", 7, CHANNEL + 1)
    running = await house.engine.variants.edited(7, question)
    assert running is not None
    await running.end()
    assert await house.path(CHANNEL + 1) == ["one", "re: one", "elsewhere", "re: elsewhere"]
    await wall.check(CHANNEL + 1)
