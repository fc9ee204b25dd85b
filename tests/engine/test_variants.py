from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import NotAllowedError, UserError
from grokbot.conversation.response import State
from grokbot.display import VariantNumber
from grokbot.engine.turns import Question
from grokbot.policy.actor import somebody
from grokbot.policy.admission import LOCKED
from grokbot.sandbox.grok_server import Script

from .house import (
    ALICE,
    AS_ALICE,
    AS_BOB,
    AS_CAROL,
    AS_MODERATOR,
    BOB,
    CHANNEL,
    crash,
    living,
    opening,
    previous,
    shown,
)
from .wall import Wall

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.conversation.response import Author, Response
    from grokbot.engine.turns import RunningAnswer
    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House

SILENT = Script(hang_after_tokens=0)


async def say(house: House, wall: Wall, text: str, author: Author = ALICE) -> Response:
    """A turn that is answered with "re: text", and stands in Discord."""
    house.grok.script(Script(text=f"re: {text}"))
    answer = await (await house.begin(text, author)).end()
    await wall.still()
    return answer


async def talk(house: House) -> tuple[Wall, list[Response]]:
    """Three turns. People's messages have the numbers 1, 3 and 5, the answers' 2, 4 and 6."""
    wall = Wall(house)
    return wall, [await say(house, wall, text) for text in ("one", "two", "three")]


async def resampled(house: House, answer: Response, text: str, instruction: str = "") -> RunningAnswer:
    house.grok.script(Script(text=text))
    running = await house.engine.variants.resample(answer.id, AS_ALICE, instruction)
    await running.end()
    return running


async def taken_up(house: House) -> None:
    """The script that was given last is this answer's, and cannot fall to a later one."""
    await house.grok.until(lambda: house.grok.scripts_left == 0)


async def edited(house: House, number: int, text: str, author: Author = ALICE) -> RunningAnswer | None:
    return await house.engine.variants.edited(number, Question(somebody(author, None), text, number, CHANNEL))


async def test_resampling_the_last_answer_writes_the_new_variant_over_it(house: House) -> None:
    wall, (*_, last) = await talk(house)
    running = await resampled(house, last, "another three")
    display = house.displays[running.id]
    assert (display.variant, display.may_grow, running.instead_of) == (VariantNumber(2, 2), True, last.id)
    assert [ref.message_id for ref in display.messages] == [6]
    assert await wall.shows() == ["re: one", "re: two", "another three"]
    assert await house.path() == ["one", "re: one", "two", "re: two", "three", "another three"]
    assert shown(house.grok.requests[-1]) == shown(house.grok.requests[-2])
    await wall.check(CHANNEL)


async def test_resampling_in_the_middle_sets_aside_what_came_later_while_it_is_sampled(house: House) -> None:
    wall, (first, *_) = await talk(house)
    house.grok.script(SILENT)
    running = await house.engine.variants.resample(first.id, AS_ALICE)
    await taken_up(house)
    assert not house.displays[running.id].may_grow
    aside = [given for given in wall.given if given.shown.aside is not None]
    assert [given.shown.aside for given in aside] == [VariantNumber(1, 2), VariantNumber(1, 2)]
    assert [[ref.message_id for ref in given.running.asked.messages] for given in aside] == [[3], [5]]
    assert all(given.running.has_ended for given in aside)
    await house.engine.answers.stop(running.id)
    assert await wall.shows() == ["re: one", "re: two", "re: three"]  # nothing came of it: all goes back
    await wall.check(CHANNEL)
    await resampled(house, first, "another one")
    assert await wall.shows() == ["another one", "aside 1/2", "aside 1/2"]
    assert await house.path() == ["one", "another one"]
    await wall.check(CHANNEL)


async def test_a_resample_that_fails_goes_back_and_says_why(house: House) -> None:
    wall, (first, *_) = await talk(house)
    house.grok.script(Script(fail="refused"))
    failed = await (await house.engine.variants.resample(first.id, AS_ALICE)).end()
    assert failed.state is State.FAILED
    await wall.check(CHANNEL)
    assert await house.path() == ["one", "re: one", "two", "re: two", "three", "re: three"]
    back = [given for given in wall.given if given.running.id == first.id][-1]
    assert "declined" in str(back.running.snapshot().trouble)
    assert back.shown.variant is None  # what has nothing in it is no variant
    later = [each.running for each in wall.given if each.running.has_ended and each.running.id != first.id][-1]
    assert later.snapshot().trouble is None


async def test_an_instruction_ends_its_own_request_and_is_in_no_later_one(house: House) -> None:
    wall, (*_, last) = await talk(house)
    await resampled(house, last, "short", "shorter")
    assert shown(house.grok.requests[-1])[-2:] == ["user: alice: three", "user: shorter"]
    await say(house, wall, "four")
    assert not any("shorter" in line for line in shown(house.grok.requests[-1]))


async def test_switching_brings_back_what_came_later_and_sets_it_aside_again(house: House) -> None:
    wall, (first, *_) = await talk(house)
    other = (await resampled(house, first, "another one")).id
    await say(house, wall, "and then")
    assert await wall.shows() == ["another one", "aside 1/2", "aside 1/2", "re: and then"]
    await house.engine.variants.select(other, AS_ALICE, -1)
    assert await wall.shows() == ["re: one", "re: two", "re: three", "aside 2/2"]
    assert await house.path() == ["one", "re: one", "two", "re: two", "three", "re: three"]
    await wall.check(CHANNEL)
    await house.engine.variants.select(first.id, AS_ALICE, 1)
    assert await wall.shows() == ["another one", "aside 1/2", "aside 1/2", "re: and then"]
    await wall.check(CHANNEL)


async def test_switching_back_shows_the_variant_that_was_chosen_further_down_not_the_newest(house: House) -> None:
    wall, (first, second, _) = await talk(house)
    newer = (await resampled(house, second, "another two")).id
    await house.engine.variants.select(newer, AS_ALICE, -1)
    await house.engine.variants.select((await resampled(house, first, "another one")).id, AS_ALICE, -1)
    assert await wall.shows() == ["re: one", "re: two", "re: three"]
    await wall.check(CHANNEL)


async def test_switching_ends_at_the_first_and_the_last_variant(house: House) -> None:
    _, (*_, last) = await talk(house)
    other = (await resampled(house, last, "other")).id
    with pytest.raises(UserError, match="last variant"):
        await house.engine.variants.select(other, AS_ALICE, 1)
    with pytest.raises(NotAllowedError, match="another answer"):
        await house.engine.variants.select(last.id, AS_ALICE, 1)
    await house.engine.variants.select(other, AS_ALICE, -1)
    with pytest.raises(UserError, match="first variant"):
        await house.engine.variants.select(last.id, AS_ALICE, -1)
    with pytest.raises(UserError, match="no longer exists"):
        await house.engine.variants.select("01ARZ3NDEKTSV4RRFFQ69G5FAV", AS_ALICE, 1)


async def test_what_is_set_aside_can_be_branched_from_but_not_resampled_or_switched(house: House) -> None:
    _, (first, _, last) = await talk(house)
    await resampled(house, first, "another one")
    with pytest.raises(NotAllowedError, match="is hidden"):
        await house.engine.variants.resample(last.id, AS_ALICE)
    with pytest.raises(NotAllowedError, match="is hidden"):
        await house.engine.variants.select(last.id, AS_ALICE, 1)
    assert (await house.engine.variants.branch_point(last.id, AS_ALICE))[1].id == last.id
    assert not (await house.engine.variants.on_path(last.id))[1]
    assert (await house.engine.variants.on_path((await house.path_ids())[-1]))[1]


async def test_nothing_of_it_while_an_answer_runs_nor_in_a_locked_conversation(house: House) -> None:
    _, (first, *_) = await talk(house)
    house.grok.script(SILENT)
    running = await house.begin("four")
    await taken_up(house)
    assert house.engine.answers.running_in(CHANNEL, 1) is running
    with pytest.raises(NotAllowedError, match="still answering"):
        await house.engine.variants.resample(first.id, AS_ALICE)
    with pytest.raises(NotAllowedError, match="still answering"):
        await house.engine.variants.select(first.id, AS_ALICE, 1)
    with pytest.raises(NotAllowedError, match="still answering"):
        await edited(house, 1, "else")
    await house.engine.answers.stop(running.id)
    await house.quiet()
    assert house.engine.answers.running_in(CHANNEL, 1) is None
    await house.store.conversations.change((await house.held()).id, locked=True)
    for refused in (
        house.engine.variants.resample(first.id, AS_ALICE),
        house.engine.variants.select(first.id, AS_ALICE, 1),
        house.engine.variants.branch_point(first.id, AS_ALICE),
        edited(house, 1, "else"),
    ):
        with pytest.raises(NotAllowedError, match=LOCKED):
            await refused


async def test_only_the_asker_the_owner_and_moderators_may_resample_switch_and_branch(house: House) -> None:
    wall, _ = await talk(house)
    asked = await say(house, wall, "I ask", BOB)
    with pytest.raises(NotAllowedError, match="Only the person"):
        await house.engine.variants.resample(asked.id, AS_CAROL)
    with pytest.raises(NotAllowedError, match="Only the person"):
        await house.engine.variants.branch_point(asked.id, AS_CAROL)
    for actor in (AS_BOB, AS_ALICE, AS_MODERATOR):
        await (await house.engine.variants.resample(asked.id, actor)).end()
    with pytest.raises(NotAllowedError, match="Only the person"):
        await house.engine.variants.select((await house.path_ids())[-1], AS_CAROL, -1)


async def test_two_presses_at_once_sample_one_variant(house: House) -> None:
    _, (*_, last) = await talk(house)
    house.grok.script(SILENT)
    first = await house.engine.variants.resample(last.id, AS_ALICE)
    await taken_up(house)
    with pytest.raises(NotAllowedError, match="still answering"):
        await house.engine.variants.resample(last.id, AS_MODERATOR)
    await house.engine.answers.stop(first.id)
    await house.quiet()


async def test_quick_switches_end_with_the_newest_and_nothing_to_be_shown_is_left(house: House) -> None:
    wall, (*_, last) = await talk(house)
    second = (await resampled(house, last, "second")).id
    third = (await resampled(house, last, "third")).id
    for shown_now in (third, second):
        await house.engine.variants.select(shown_now, AS_ALICE, -1)
    await house.engine.variants.select(last.id, AS_ALICE, 1)
    assert await wall.shows() == ["re: one", "re: two", "second"]
    await wall.check(CHANNEL)


@pytest.mark.parametrize("text", ["", "half"])
async def test_a_resample_that_a_crash_cut_off_is_put_in_order_by_the_next_start(
    grok: GrokSandbox, file: Path, text: str
) -> None:
    async with living(grok, file) as house:
        _, (first, *_) = await talk(house)
        grok.script(SILENT)
        cut = await house.engine.variants.resample(first.id, AS_ALICE)
        if text:
            await house.store.turns.journal(cut.id, text, "")
        await crash(house)  # what was to be set aside was given, but nobody says that it is shown
    async with living(grok, file) as house:
        wall = Wall(house)
        wall.says = {2: "?", 4: "?", 6: "?"}
        for given in await house.engine.recovery.recover():
            wall.show(given)
        expected = [text, "aside 1/2", "aside 1/2"] if text else ["re: one", "re: two", "re: three"]
        assert await wall.shows() == expected
        await wall.check(CHANNEL)
        assert await house.engine.recovery.recover() == []


async def test_a_crash_right_after_a_switch_is_made_good_by_the_next_start(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        wall, (first, *_) = await talk(house)
        other = await resampled(house, first, "another one")
        await wall.still()
        house.engine.events._handlers.clear()  # from here on nothing is brought there
        await house.engine.variants.select(other.id, AS_ALICE, -1)
        await crash(house)
    async with living(grok, file) as house:
        wall = Wall(house)
        wall.says = {2: "another one", 4: "aside 1/2", 6: "aside 1/2"}
        for given in await house.engine.recovery.recover():
            wall.show(given)
        assert await wall.shows() == ["re: one", "re: two", "re: three"]
        await wall.check(CHANNEL)


async def test_a_branch_shares_what_came_before_and_goes_its_own_way(house: House) -> None:
    wall, (first, second, _) = await talk(house)
    branch = await house.engine.variants.branch(second.id, AS_ALICE, opening(CHANNEL + 1))
    assert (branch.branched_from, branch.owner_id, branch.leaf_id) == (second.id, ALICE.id, None)
    house.grok.script(Script(text="re: else"))
    answer = await (await house.begin("else", BOB, CHANNEL + 1)).end()
    assert shown(house.grok.requests[-1])[1:] == [
        "user: alice: one",
        "assistant: re: one",
        "user: alice: two",
        "assistant: re: two",
        "user: bob: else",
    ]
    assert await house.path(CHANNEL + 1) == ["one", "re: one", "two", "re: two", "else", "re: else"]
    await (await house.engine.variants.resample(answer.id, AS_BOB)).end()
    await wall.check(CHANNEL)
    await wall.check(CHANNEL + 1)
    await resampled(house, first, "another one")  # the old one switches; the branch stays as it is
    assert (await house.path(CHANNEL + 1))[:4] == ["one", "re: one", "two", "re: two"]


async def test_a_branch_whose_first_turn_failed_or_was_cut_off_begins_again(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        _, (*_, last) = await talk(house)
        await house.engine.variants.branch(last.id, AS_ALICE, opening(CHANNEL + 1))
        grok.script(Script(fail="internal"))
        failed = await (await house.begin("else", channel=CHANNEL + 1)).end()
        assert (await house.held(CHANNEL + 1)).leaf_id is None
        grok.script(SILENT)
        cut = await house.engine.answers.retry(failed.id, AS_ALICE)
        await crash(house)
    async with living(grok, file) as house:
        assert [given.running.id for given in await house.engine.recovery.recover()][-1] == cut.id
        assert (await house.held(CHANNEL + 1)).leaf_id is None
        again = await (await house.engine.answers.retry(cut.id, AS_ALICE)).end()
        assert again.state is State.DONE
        assert len(await house.path(CHANNEL + 1)) == 8


async def test_in_stateful_mode_a_variant_and_a_branch_go_on_from_the_ancestor(stateful: House) -> None:
    _, (first, second, last) = await talk(stateful)
    await resampled(stateful, last, "other")
    assert previous(stateful.grok.requests[-1]) == second.xai_id
    await resampled(stateful, first, "another one")
    assert previous(stateful.grok.requests[-1]) == ""
    await stateful.engine.variants.branch(second.id, AS_ALICE, opening(CHANNEL + 1))
    await (await stateful.begin("else", channel=CHANNEL + 1)).end()
    assert previous(stateful.grok.requests[-1]) == second.xai_id
    assert shown(stateful.grok.requests[-1]) == ["user: alice: else"]
