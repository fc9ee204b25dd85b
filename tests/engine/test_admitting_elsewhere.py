"""What moderators have set holds on every way: what waited, what is brought, what is said to the side, from outside."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import LimitReachedError
from grokbot.conversation.records import FilterHit, Refused
from grokbot.conversation.response import Sender
from grokbot.documents.transcript import Transcript, TranscriptTurn
from grokbot.engine.admission import BlockedError
from grokbot.engine.turns import Question, WaitingRefused
from grokbot.policy import blocks
from grokbot.policy.admission import LockedError, PausedError
from grokbot.policy.budgets import Counted, Scope
from grokbot.policy.filters import Action, FilteredError, Where
from grokbot.policy.places import NotHereError, PlaceRules, Spread
from grokbot.sandbox.grok_server import Script

from .house import ALICE, AS_MODERATOR, BOB, CALLING_ALICE, CHANNEL, GUILD, PARENT, opening
from .moderators import MODERATOR, person, refusals, say, told

if TYPE_CHECKING:
    from .house import House

HALF = Script(text="one two three four five six seven eight nine ten eleven twelve", reasoning="", hang_after_tokens=6)
AS_ALICE = person()


def asked(house: House) -> int:
    return len([call for call in house.grok.requests if call.method == "GetCompletionChunk"])


async def add_filter(house: House, where: Where = Where.PROMPTS, action: Action = Action.REFUSE) -> None:
    await house.engine.moderation.filters.add(MODERATOR, "herr?ing", where, action)


def brought(house: House, *texts: str) -> Transcript:
    """A person and Grok, in turns."""
    now, senders = house.clock(), itertools.cycle((Sender.HUMAN, Sender.MODEL))
    turns = (
        TranscriptTurn(speaker=sender.value, sender=sender, text=text, at=now)
        for text, sender in zip(texts, senders, strict=False)
    )
    return Transcript(title="", created_at=now, turns=tuple(turns))


async def test_an_instruction_passes_the_filters_as_what_is_asked_does(house: House) -> None:
    answer = await house.answered("Hello")
    await add_filter(house)
    with pytest.raises(FilteredError):
        await house.engine.variants.resample(answer.id, AS_ALICE, "with a herring")
    with pytest.raises(FilteredError):
        await house.engine.variants.resample(answer.id, CALLING_ALICE, "with a herring")
    assert asked(house) == 1
    assert await refusals(house) == 2
    await (await house.engine.variants.resample(answer.id, AS_ALICE, "with a trout")).end()


async def test_what_waits_where_a_lock_comes_is_not_answered_and_told(house: House) -> None:
    heard: list[WaitingRefused] = []
    house.engine.events.subscribe(WaitingRefused, heard.append)
    await house.begin_scripted(HALF, "Hello")
    assert await say(house, "And mine?", person(BOB)) is None
    await house.engine.moderation.controls.lock(MODERATOR, (await house.held()).id)
    await house.engine.moderation.controls.stop(MODERATOR, CHANNEL)
    await house.quiet()
    assert asked(house) == 1
    assert [(each.author, type(each.error)) for each in heard] == [(BOB, LockedError)]
    assert await house.store.queue.of((await house.held()).id) == ()


async def test_of_what_waits_only_what_a_new_filter_finds_is_dropped(house: House) -> None:
    heard: list[WaitingRefused] = []
    house.engine.events.subscribe(WaitingRefused, heard.append)
    await house.begin_scripted(HALF, "Hello")
    for text in ("A herring?", "A trout?"):
        assert await say(house, text, person(BOB)) is None
    await add_filter(house)
    await house.engine.moderation.controls.stop(MODERATOR, CHANNEL)
    await house.quiet()
    assert [(each.author, type(each.error), len(each.messages)) for each in heard] == [(BOB, FilteredError, 1)]
    assert asked(house) == 2
    assert "A trout?" in await house.path()
    assert "A herring?" not in await house.path()


async def test_a_match_is_told_once_where_a_question_is_looked_at_before_it_is_asked(house: House) -> None:
    await add_filter(house, action=Action.TELL)
    hits = told(house, FilterHit)
    question = Question(person(), "A herring?", 1, CHANNEL)
    await house.engine.turns.check(question, GUILD)
    await house.engine.turns.ask(question, opening())
    await house.quiet()
    assert len(hits) == 1


async def test_a_limit_that_is_used_up_is_told_before_anything_is_made_for_a_question(house: House) -> None:
    await house.answered("Hello")
    await house.engine.moderation.limits.set(MODERATOR, Scope.SERVER, 0, Counted.TURNS_A_MINUTE, 1)
    refused = told(house, Refused)
    with pytest.raises(LimitReachedError):
        await house.engine.turns.check(Question(person(BOB), "Hi", 2, CHANNEL), GUILD)
    assert [(each.why, each.person_id) for each in refused] == [("limit", BOB.id)]
    assert await refusals(house) == 1
    await house.engine.turns.check(Question(person(BOB), "Hi", 2, CHANNEL), GUILD + 1)


@pytest.mark.parametrize("rule", ["channel", "parent", "places"])
async def test_who_comes_from_outside_says_nothing_where_a_channel_is_closed(house: House, rule: str) -> None:
    answer = await (await say(house, "Hello", person()) or await house.begin("Hello")).end()
    moderation = house.engine.moderation
    if rule == "places":
        await moderation.settings.set_places(
            MODERATOR, PlaceRules(spread=Spread.ALL_BUT, channel_ids=frozenset({PARENT}))
        )
    else:
        subject = CHANNEL if rule == "channel" else PARENT
        await moderation.blocks.add(MODERATOR, blocks.BlockKind.CHANNEL, subject, until=None, reason="")
    with pytest.raises(NotHereError if rule == "places" else BlockedError):
        await house.engine.program_turns.say(answer.conversation_id, CALLING_ALICE, "More", answer.id)
    assert asked(house) == 1


async def test_an_import_begins_a_conversation_and_is_held_to_all_that_holds_for_one(house: House) -> None:
    library, moderation, refused = house.engine.library, house.engine.moderation, told(house, Refused)
    here = replace(opening(), channel_id=CHANNEL + 1)
    await library.transcripts.imported(brought(house, "Hello", "Hi"), here, person())
    await moderation.blocks.add(MODERATOR, blocks.BlockKind.USER, BOB.id, until=None, reason="")
    with pytest.raises(BlockedError):
        await library.transcripts.imported(brought(house, "Hello", "Hi"), here, person(BOB))
    with pytest.raises(BlockedError):
        await library.transcripts.check_import(brought(house, "Hello", "Hi"), person(BOB), GUILD)
    await moderation.controls.pause(MODERATOR)
    with pytest.raises(PausedError):
        await library.transcripts.imported(brought(house, "Hello", "Hi"), here, person())
    await moderation.controls.unpause(MODERATOR)
    await moderation.settings.set_places(MODERATOR, PlaceRules(spread=Spread.ALL_BUT, channel_ids=frozenset({CHANNEL})))
    with pytest.raises(NotHereError):
        await library.transcripts.imported(brought(house, "Hello", "Hi"), here, person())
    assert [each.why for each in refused] == ["blocked", "blocked", "paused", "place"]


@pytest.mark.parametrize("texts", [("A herring?", "No."), ("What is it?", "A herring.")])
@pytest.mark.parametrize("where", [Where.PROMPTS, Where.ANSWERS])
async def test_what_a_filter_keeps_out_is_not_imported(house: House, texts: tuple[str, ...], where: Where) -> None:
    await add_filter(house, where, Action.STOP)
    with pytest.raises(FilteredError):
        await house.engine.library.transcripts.imported(brought(house, *texts), opening(), person())
    assert await house.store.conversations.newest_in(CHANNEL) is None
    assert await refusals(house) == 1


async def test_a_blocked_person_names_and_shares_nothing_and_a_filter_holds_for_names(house: House) -> None:
    answer = await house.answered("Hello")
    library, held = house.engine.library, await house.held()
    await add_filter(house)
    with pytest.raises(FilteredError):
        await library.title(held.id, "All of herrings", AS_ALICE)
    await house.engine.moderation.blocks.add(MODERATOR, blocks.BlockKind.USER, ALICE.id, until=None, reason="")
    with pytest.raises(BlockedError):
        await library.title(held.id, "All of trouts", AS_ALICE)
    with pytest.raises(BlockedError):
        await library.shares.add(answer.id, AS_ALICE, names=False)
    assert (await house.held()).title == ""
    assert (await library.title(held.id, "All of trouts", AS_MODERATOR)).title == "All of trouts"


async def test_who_has_used_up_a_limit_has_no_title_written(house: House) -> None:
    await house.answered("Hello")
    await house.engine.moderation.limits.set(MODERATOR, Scope.MEMBER, 0, Counted.TURNS_A_MINUTE, 1)
    before = len(house.grok.requests)
    with pytest.raises(LimitReachedError):
        await house.engine.titles.write((await house.held()).id, AS_ALICE)
    assert len(house.grok.requests) == before


async def test_stop_reaches_the_threads_that_are_named_with_their_channel(house: House) -> None:
    running = await house.begin_scripted(HALF, "Hello")
    assert await house.engine.moderation.controls.stop(MODERATOR, PARENT) == 0
    assert await house.engine.moderation.controls.stop(MODERATOR, PARENT, threads=[CHANNEL]) == 1
    assert running.has_ended
