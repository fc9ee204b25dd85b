from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.conversation.errors import NotAllowedError, NotFoundError, UserError
from grokbot.conversation.records import Acted, AuditFilter, By, SafetyRefused
from grokbot.conversation.response import State
from grokbot.engine.turns import Question
from grokbot.policy.blocks import BlockKind
from grokbot.policy.filters import Action, PatternError, Where
from grokbot.policy.places import PlaceRules
from grokbot.sandbox.grok_server import Script

from .house import ALICE, AS_ALICE, BOB, CHANNEL, GUILD
from .moderators import EVERYWHERE, MEMBER, MODERATOR, OF_OTHER_GUILD, audited, person, say, told

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.engine.moderation import Moderation
    from grokbot.policy.actor import Actor

    from .house import House

HALF = Script(text="one two three four five six seven eight nine ten", reasoning="", hang_after_tokens=4)


async def all_of(source: Any) -> list[Any]:
    return [each async for each in source]


ACTS: dict[str, Callable[[Moderation, Actor, str], Awaitable[Any]]] = {
    "block": lambda m, who, _: m.blocks.add(who, BlockKind.USER, ALICE.id, until=None, reason=""),
    "unblock": lambda m, who, _: m.blocks.lift(who, BlockKind.USER, ALICE.id),
    "blocks": lambda m, who, _: m.blocks.held(who),
    "places": lambda m, who, _: m.settings.places(who),
    "set_places": lambda m, who, _: m.settings.set_places(who, PlaceRules()),
    "pause": lambda m, who, _: m.controls.pause(who),
    "unpause": lambda m, who, _: m.controls.unpause(who),
    "lock": lambda m, who, held: m.controls.lock(who, held),
    "unlock": lambda m, who, held: m.controls.unlock(who, held),
    "stop": lambda m, who, _: m.controls.stop(who, CHANNEL),
    "purge_plan": lambda m, who, held: m.purge.plan(who, conversation_id=held),
    "purge": lambda m, who, held: m.purge.run(who, conversation_id=held),
    "purge_user": lambda m, who, _: m.purge.run(who, user_id=ALICE.id),
    "filters": lambda m, who, _: m.filters.held(who),
    "add_filter": lambda m, who, _: m.filters.add(who, "figs", Where.BOTH, Action.REFUSE),
    "remove_filter": lambda m, who, _: m.filters.remove(who, "1"),
    "try_filter": lambda m, who, _: m.filters.tried(who, "figs", "figs"),
    "choose": lambda m, who, _: m.settings.choose(who, "mention_only", True),
    "audit": lambda m, who, _: m.records.audit(who),
    "audit_all": lambda m, who, _: all_of(m.records.audit_all(who)),
    "usage": lambda m, who, _: m.records.usage(who, By.DAY),
}


@pytest.mark.parametrize("act", ACTS)
async def test_who_may_not_moderate_there_may_do_nothing_and_nothing_is_done(house: House, act: str) -> None:
    answer = await house.answered("Hello")
    held = await house.held()
    for who in (MEMBER, EVERYWHERE) if act in {"places", "pause", "usage"} else (MEMBER,):
        with pytest.raises(NotAllowedError):
            await ACTS[act](house.engine.moderation, who, held.id)
    with suppress(NotFoundError, UserError):  # a moderator of another server sees and does nothing here
        await ACTS[act](house.engine.moderation, OF_OTHER_GUILD, held.id)
    assert await audited(house) == []
    assert await house.held() == held
    assert await house.path() == ["Hello", answer.message]
    assert await house.engine.moderation.filters.held(MODERATOR) == ()
    assert await house.engine.moderation.blocks.held(MODERATOR) == ()
    assert await house.engine.moderation.settings.chosen(GUILD) == {}
    await house.engine.turns.check(Question(AS_ALICE, "hi", 1, CHANNEL), GUILD)


async def test_each_act_is_audited_and_told_with_whom_and_why(house: House) -> None:
    moderation, acted = house.engine.moderation, told(house, Acted)
    until = house.clock() + timedelta(days=1)
    await moderation.blocks.add(MODERATOR, BlockKind.ROLE, 7, until=until, reason=" Too\nloud ")
    await moderation.settings.choose(MODERATOR, "model", "grok-4-fast", channel_id=5)
    await moderation.settings.choose(MODERATOR, "moderators", [1, 2])
    new = await moderation.filters.add(MODERATOR, "swordfish", Where.ANSWERS, Action.SPOILER, "Fish")
    await moderation.filters.remove(MODERATOR, new.id)
    entries = await audited(house)
    assert [(e.action, e.target, e.reason, dict(e.details)) for e in entries] == [
        ("block", "role:7", "Too loud", {"until": until.isoformat()}),
        ("setting", "channel:5", "", {"name": "model", "value": "grok-4-fast"}),
        ("setting", "", "", {"name": "moderators", "value": 2}),
        ("filter.add", f"filter:{new.id}", "", {"where": "answers", "action": "spoiler", "number": 1, "name": "Fish"}),
        ("filter.remove", f"filter:{new.id}", "", {"number": 1, "name": "Fish"}),
    ]
    assert [happened.entry for happened in acted] == entries
    assert {entry.actor_id for entry in entries} == {MODERATOR.id}
    blocked = await moderation.records.audit(MODERATOR, AuditFilter(action="block"), limit=1)
    assert (blocked.total, blocked.entries) == (1, (entries[0],))
    assert await all_of(moderation.records.audit_all(MODERATOR)) == [tuple(entries)]


async def test_a_block_of_the_same_takes_the_place_of_the_one_that_holds(house: House) -> None:
    moderation = house.engine.moderation
    await moderation.blocks.add(MODERATOR, BlockKind.USER, 7, until=None, reason="One")
    await moderation.blocks.add(MODERATOR, BlockKind.USER, 7, until=house.clock() + timedelta(hours=1), reason="Two")
    await moderation.blocks.add(MODERATOR, BlockKind.USER, 8, until=None, reason="")
    assert [held.block.reason for held in await moderation.blocks.held(MODERATOR)] == ["", "Two"]
    with pytest.raises(UserError):
        await moderation.blocks.add(MODERATOR, BlockKind.USER, 7, until=house.clock() - timedelta(hours=1), reason="")


async def test_stop_ends_what_runs_in_a_channel_and_is_audited_only_where_something_did(house: House) -> None:
    running = await house.begin_scripted(HALF, "Hello")
    assert await house.engine.moderation.controls.stop(MODERATOR, CHANNEL + 1) == 0
    assert await house.engine.moderation.controls.stop(OF_OTHER_GUILD, None) == 0
    assert await house.engine.moderation.controls.stop(MODERATOR, CHANNEL, "Enough") == 1
    assert (await running.end()).state is State.STOPPED
    assert [(e.action, e.target, e.details["answers"]) for e in await audited(house)] == [
        ("stop", f"channel:{CHANNEL}", 1)
    ]


async def test_a_pattern_that_is_none_is_not_kept_and_says_where_it_is_wrong(house: House) -> None:
    moderation = house.engine.moderation
    with pytest.raises(PatternError) as error:
        await moderation.filters.add(MODERATOR, "a(b", Where.BOTH, Action.TELL)
    assert error.value.position == 1
    assert len(await moderation.filters.tried(MODERATOR, "figs", "Figs and figs")) == 2
    assert await moderation.filters.held(MODERATOR) == ()
    assert await audited(house) == []


async def test_usage_has_what_the_server_took_and_what_was_refused_there(house: House) -> None:
    await house.answered("One")
    await house.answered("Two", BOB)
    await house.engine.moderation.blocks.add(MODERATOR, BlockKind.USER, BOB.id, until=None, reason="")
    with pytest.raises(NotAllowedError):
        await say(house, "Three", person(BOB))
    used = {u.spent.key: u for u in await house.engine.moderation.records.usage(MODERATOR, By.PERSON)}
    assert [(used[str(a.id)].spent.answers, used[str(a.id)].refused) for a in (ALICE, BOB)] == [(1, 0), (1, 1)]
    (day,) = await house.engine.moderation.records.usage(MODERATOR, By.DAY)
    assert (day.spent.answers, day.refused) == (2, 1)
    assert await house.engine.moderation.records.usage(OF_OTHER_GUILD, By.DAY) == ()
    assert [s.answers for s in await house.store.ledger.spent(By.PERSON)] == [1, 1]


async def test_that_xai_declined_is_told_without_a_word_of_it(house: House) -> None:
    heard = told(house, SafetyRefused)
    house.grok.script(Script(fail="refused"))
    answer = await house.answered("Something bad")
    await house.quiet()
    assert [(each.guild_id, each.response_id, each.channel_id) for each in heard] == [(GUILD, answer.id, CHANNEL)]
