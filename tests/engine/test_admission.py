from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import NotAllowedError
from grokbot.conversation.records import FilterHit, Refused
from grokbot.conversation.response import AS_THE_CONVERSATION, State
from grokbot.engine.admission import BlockedError
from grokbot.engine.turns import Question, WaitingRefused
from grokbot.policy import blocks
from grokbot.policy.admission import LockedError, PausedError
from grokbot.policy.filters import Action, FilteredError, Where
from grokbot.policy.places import NotHereError, NotYoursError, PlaceRules, Spread
from grokbot.sandbox.grok_server import Script

from .house import (
    ALICE,
    AS_ALICE,
    AS_MODERATOR,
    BOB,
    CALLING_ALICE,
    CALLING_BOB,
    CATEGORY,
    CHANNEL,
    GUILD,
    OPERATOR,
    PARENT,
    living,
)
from .moderators import (
    EVERYWHERE,
    MODERATOR,
    ROLE,
    THE_OPERATOR,
    audited,
    person,
    raw,
    refusals,
    say,
    told,
)

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.policy.actor import Actor
    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House

USER, IN_ROLE, IN_CHANNEL = blocks.BlockKind.USER, blocks.BlockKind.ROLE, blocks.BlockKind.CHANNEL
HALF = Script(text="one two three four five six seven eight nine ten eleven twelve", reasoning="", hang_after_tokens=6)


async def block(house: House, by: Actor = MODERATOR, kind: blocks.BlockKind = USER, subject: int = ALICE.id) -> None:
    await house.engine.moderation.blocks.add(by, kind, subject, until=None, reason="Spam")


async def test_who_is_blocked_is_told_once_also_over_a_restart_and_it_counts_as_refused(
    grok: GrokSandbox, file: Path
) -> None:
    async with living(grok, file) as house:
        await say(house, "Hello", person())
        refused = told(house, Refused)
        await block(house)
        with pytest.raises(BlockedError, match=r"You cannot use Grok here\. .* Reason: Spam") as first:
            await say(house, "Let me", person())
        with pytest.raises(BlockedError) as second:
            await say(house, "Please", person())
        assert [first.value.first, second.value.first, first.value.until] == [True, False, None]
        assert [(each.why, each.person_id, each.channel_id) for each in refused] == [("blocked", ALICE.id, CHANNEL)] * 2
        assert await say(house, "Me too?", person(BOB)) is not None or house.engine.runner.running
    async with living(grok, file) as again:
        with pytest.raises(BlockedError) as third:
            await say(again, "And now?", person())
        assert not third.value.first
        assert await refusals(again) == 3
        assert b"Let me" not in raw(file)
        assert await again.engine.moderation.blocks.lift(MODERATOR, USER, ALICE.id)
        assert not await again.engine.moderation.blocks.lift(MODERATOR, USER, ALICE.id)
        assert [(e.action, e.target) for e in await audited(again)] == [
            ("block", f"user:{ALICE.id}"),
            ("unblock", f"user:{ALICE.id}"),
        ]
        assert await say(again, "Thanks", person()) is not None


async def test_a_block_for_a_time_ends_by_itself(house: House) -> None:
    until = house.clock() + timedelta(hours=1)
    await house.engine.moderation.blocks.add(MODERATOR, USER, ALICE.id, until=until, reason="")
    with pytest.raises(BlockedError) as error:
        await say(house, "Now?", person())
    assert error.value.until == until
    house.clock.ahead += timedelta(hours=2)
    assert await say(house, "Now?", person()) is not None
    assert await house.engine.moderation.blocks.held(MODERATOR) == ()


@pytest.mark.parametrize(("kind", "subject"), [(IN_ROLE, ROLE), (IN_CHANNEL, PARENT), (IN_CHANNEL, CATEGORY)])
async def test_roles_and_the_channels_around_a_thread_can_be_blocked(
    house: House, kind: blocks.BlockKind, subject: int
) -> None:
    await block(house, kind=kind, subject=subject)
    with pytest.raises(BlockedError):
        await say(house, "Hello", person(ALICE, ROLE))
    elsewhere = replace(person(ALICE), parent_id=1, category_id=None)
    assert await say(house, "Hello", elsewhere) is not None


async def test_a_block_holds_for_buttons_edits_and_the_api_and_in_no_other_server(house: House) -> None:
    answer = await house.answered("Hello")
    asked = (await house.store.responses.path(answer.id))[0]
    message = (await house.store.messages.of(asked.id))[0].message_id
    await block(house)
    edit = Question(person(), "Hello!", message, CHANNEL)
    held = await house.held()
    for beginning in (
        house.engine.variants.resample(answer.id, AS_ALICE),
        house.engine.variants.edited(message, edit),
        house.engine.program_turns.replaced(answer.id, AS_ALICE, "mine"),
        house.engine.variants.branch_point(answer.id, AS_ALICE),
        house.engine.program_turns.say(held.id, CALLING_ALICE, "hi", answer.id),
        house.engine.variants.resample(answer.id, CALLING_ALICE),
        house.engine.program_turns.by_hand(held.id, CALLING_ALICE, "hi", None, partial=False),
        house.engine.program_turns.replaced(asked.id, CALLING_ALICE, "hi"),
        house.engine.turns.check(Question(AS_ALICE, "hi", 1, CHANNEL), GUILD),
    ):
        with pytest.raises(BlockedError):
            await beginning
    assert await house.path() == ["Hello", answer.message]
    await house.engine.turns.check(Question(AS_ALICE, "hi", 1, CHANNEL), GUILD + 1)
    await house.engine.turns.check(Question(AS_ALICE, "hi", 1, CHANNEL), None)


async def test_what_the_operator_blocks_is_blocked_everywhere_and_nobody_blocks_the_operator(house: House) -> None:
    await block(house, EVERYWHERE)
    for guild_id in (GUILD, GUILD + 1, None):
        with pytest.raises(BlockedError):
            await house.engine.turns.check(Question(AS_ALICE, "hi", 1, CHANNEL), guild_id)
    with pytest.raises(BlockedError):
        await house.engine.program_turns.stateful(
            CALLING_ALICE, "hi", response_id=None, options=AS_THE_CONVERSATION, system_prompt=None
        )
    assert not await house.engine.moderation.blocks.lift(MODERATOR, USER, ALICE.id)
    await block(house, subject=OPERATOR.id)
    answer = await house.answered("Hello", BOB)
    running = await house.engine.variants.resample(answer.id, OPERATOR)
    assert (await running.end()).state is State.DONE


async def test_what_a_blocked_person_said_while_they_could_is_dropped_at_its_turn_and_the_others_is_not(
    house: House,
) -> None:
    running = await house.begin_scripted(HALF, "Hello")
    refused: list[WaitingRefused] = []
    house.engine.events.subscribe(WaitingRefused, refused.append)
    assert await say(house, "Mine waits", person(BOB)) is None
    assert await say(house, "So does mine", person()) is None
    await block(house, subject=BOB.id)
    await house.engine.answers.stop(running.id)
    await house.quiet()
    assert [message for message in await house.path() if "waits" in message] == []
    assert "So does mine" in await house.path()
    assert [(each.author, type(each.error)) for each in refused] == [(BOB, BlockedError)]


async def test_a_pause_of_a_server_ends_what_runs_there_and_only_there_and_outlives_a_restart(
    grok: GrokSandbox, file: Path
) -> None:
    async with living(grok, file) as house:
        running = await house.begin_scripted(HALF, "Hello")
        assert await say(house, "Waits", person(BOB)) is None
        await house.engine.moderation.controls.pause(MODERATOR, "Too loud")
        assert (await running.end()).state is State.STOPPED
        assert not house.engine.runner.running
        with pytest.raises(PausedError, match=r"in this server.*Reason: Too loud"):
            await say(house, "Hm?", person())
        with pytest.raises(PausedError):
            await house.engine.answers.retry(running.id, AS_MODERATOR)
        await house.engine.turns.check(Question(AS_ALICE, "hi", 1, CHANNEL), GUILD + 1)
    async with living(grok, file) as again:
        await again.engine.recovery.recover()
        await again.engine.recovery.answer_waiting()
        with pytest.raises(PausedError):
            await say(again, "Hm?", person())
        assert await again.engine.moderation.controls.unpause(MODERATOR)
        await again.quiet()
        assert "Waits" in await again.path()
        assert not await again.engine.moderation.controls.unpause(MODERATOR)
        assert [entry.action for entry in await audited(again)] == ["pause", "unpause"]


async def test_a_locked_conversation_takes_nothing_until_it_is_unlocked(house: House) -> None:
    answer = await house.answered("Hello")
    held, refused = await house.held(), told(house, Refused)
    assert await house.engine.moderation.controls.lock(MODERATOR, held.id, "Enough")
    assert not await house.engine.moderation.controls.lock(MODERATOR, held.id)
    with pytest.raises(LockedError):
        await say(house, "More", person())
    with pytest.raises(LockedError):
        await house.engine.variants.resample(answer.id, AS_ALICE)
    assert [each.why for each in refused] == ["locked", "locked"]
    assert await house.engine.moderation.controls.unlock(MODERATOR, held.id)
    assert await say(house, "More", person()) is not None
    assert [(e.action, e.target, e.reason) for e in await audited(house)] == [
        ("lock", f"conversation:{held.id}", "Enough"),
        ("unlock", f"conversation:{held.id}", ""),
    ]


async def test_places_hold_for_threads_by_what_they_lie_in_and_survive_a_restart(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        only = PlaceRules(spread=Spread.ONLY, channel_ids=frozenset({PARENT}), starter_role_ids=frozenset({ROLE}))
        await house.engine.moderation.settings.set_places(MODERATOR, only)
    async with living(grok, file) as again:
        assert await again.engine.moderation.settings.places(MODERATOR) == only
        with pytest.raises(NotHereError):
            await say(again, "Hello", replace(person(ALICE, ROLE), parent_id=1))
        with pytest.raises(NotYoursError):
            await say(again, "Hello", person())
        assert await say(again, "Hello", person(ALICE, ROLE)) is not None
        await again.quiet()
        assert await say(again, "I go on", person(BOB)) is not None  # whoever may not begin may write below
        await again.quiet()
        answerers = replace(only, answerer_role_ids=frozenset({ROLE + 1}))
        await again.engine.moderation.settings.set_places(MODERATOR, answerers)
        held = await again.held()
        with pytest.raises(NotYoursError):
            await again.engine.program_turns.say(held.id, CALLING_BOB, "From outside", held.leaf_id)
        assert (await again.engine.program_turns.say(held.id, OPERATOR, "Me", held.leaf_id)) is not None


async def test_a_moderator_of_another_server_is_nobody_here(house: House) -> None:
    await house.engine.moderation.settings.set_places(MODERATOR, PlaceRules(starter_role_ids=frozenset({ROLE})))
    elsewhere = replace(person(ALICE, ROLE, moderator=True), guild_id=GUILD + 1)
    with pytest.raises(NotYoursError):
        await house.engine.turns.check(Question(elsewhere, "hi", 1, CHANNEL), GUILD)
    await house.engine.turns.check(Question(person(moderator=True), "hi", 1, CHANNEL), GUILD)


async def test_a_filter_refuses_what_is_asked_and_nothing_of_the_words_is_kept_or_told(
    house: House, file: Path
) -> None:
    hits, refused = told(house, FilterHit), told(house, Refused)
    refuse = await house.engine.moderation.filters.add(MODERATOR, r"\bfigs?\b", Where.PROMPTS, Action.REFUSE)
    tell = await house.engine.moderation.filters.add(MODERATOR, "owl", Where.BOTH, Action.TELL)
    with pytest.raises(FilteredError):
        await say(house, "What of FIGS, dear swordfish?", person())
    assert [(hit.filter_id, hit.action, hit.response_id) for hit in hits] == [(refuse.id, "refuse", None)]
    assert [each.why for each in refused] == ["filter"]
    running = await say(house, "What of owls?", person())
    assert running is not None
    assert hits[1].filter_id == tell.id
    assert b"swordfish" not in raw(file)
    answer = await running.end()
    edited = Question(person(), "What of figs?", running.asked.messages[0].message_id, CHANNEL)
    with pytest.raises(FilteredError):
        await house.engine.variants.edited(edited.message_id, edited)
    assert (await house.path())[-1] == answer.message


async def test_a_watcher_that_breaks_breaks_nothing(house: House) -> None:
    def broken(_: object) -> None:
        raise RuntimeError

    house.watch_moderators(broken)
    refused = told(house, Refused)
    await block(house)
    with pytest.raises(BlockedError):
        await say(house, "Hello", person())
    assert len(refused) == 1
    assert (await house.answered("Hello", BOB)).state is State.DONE


async def test_the_operator_moderates_in_every_server(house: House) -> None:
    await block(house, THE_OPERATOR)
    with pytest.raises(NotAllowedError):
        await say(house, "Hello", person())
    assert [entry.actor_id for entry in await audited(house)] == [OPERATOR.id]
