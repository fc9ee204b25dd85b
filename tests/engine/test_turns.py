from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import AlreadyKnownError, BusyError, NotAllowedError, NotFoundError, UserError
from grokbot.conversation.history import WHO_SPEAKS
from grokbot.conversation.response import MessageRef, Sender, State, Usage
from grokbot.engine.admission import Opening
from grokbot.engine.turns import Question
from grokbot.policy.actor import somebody
from grokbot.policy.admission import Unread
from grokbot.sandbox.grok_server import Script

from .house import ALICE, AS_ALICE, BOB, CAROL, CHANNEL, GUILD, opening, shown

if TYPE_CHECKING:
    from grokbot.engine.turns import RunningAnswer

    from .house import House

SYSTEM = f"system: Be brief.\n\n{WHO_SPEAKS}"


async def test_a_turn_is_written_down_in_one_transaction_before_it_is_read(house: House) -> None:
    house.grok.script(Script(text="never told", hang_after_tokens=0))
    running = await house.begin("What is a leaf?")
    conversation = await house.held()
    human, answer = await house.store.responses.path(running.id)
    assert (human.sender, human.state, human.author) == (Sender.HUMAN, State.DONE, ALICE)
    assert (human.message, human.parent_id) == ("What is a leaf?", None)
    assert (answer.sender, answer.state, answer.parent_id) == (Sender.MODEL, State.PENDING, human.id)
    assert await house.store.messages.response(1) == human
    assert running.asked.messages == (MessageRef(1, CHANNEL, human.id),)
    assert (running.asked.asker_id, house.displays[running.id].messages) == (ALICE.id, ())
    assert (conversation.guild_id, conversation.owner_id, conversation.leaf_id) == (GUILD, ALICE.id, None)


async def test_the_end_holds_exactly_what_was_said_with_usage_and_cost_and_moves_the_leaf(house: House) -> None:
    house.grok.script(Script(text="Green — and *flat*.\n", reasoning="hm", queries=["leaf"], citations=("u:1",)))
    running = await house.begin("What is a leaf?")
    ended = await running.end()
    call = house.grok.requests[-1]
    assert (ended.state, ended.message, ended.failure) == (State.DONE, "Green — and *flat*.\n", None)
    assert ended.xai_id == call.response_id
    assert ended.citations[-1] == "u:1"
    assert isinstance(ended.usage, Usage)
    assert ended.usage.prompt_tokens > 0
    assert ended.usage.completion_tokens > 0
    assert ended.usage.cost_ticks
    assert await house.kept(ended.id) == ended
    assert (await house.held()).leaf_id == ended.id
    snapshot = running.snapshot()
    assert (snapshot.text, snapshot.ended, snapshot.trouble) == (ended.message, ended, None)
    await house.quiet()


async def test_the_next_turn_shows_the_whole_path_and_hangs_under_its_leaf(house: House) -> None:
    house.grok.script(Script(text="one"))
    first = await house.answered("1?")
    house.grok.script(Script(text="two"))
    second = await house.answered("2?", BOB)
    assert shown(house.grok.requests[-1]) == [SYSTEM, "user: alice: 1?", "assistant: one", "user: bob: 2?"]
    assert [r.id for r in await house.store.responses.path(second.id)][1] == first.id
    assert await house.path() == ["1?", "one", "2?", "two"]
    assert {call.metadata["x-grok-conv-id"] for call in house.grok.requests} == {(await house.held()).id}


async def test_a_question_that_no_message_shows_is_answered_nowhere_and_never_waits(house: House) -> None:
    house.grok.script(Script(text="one", hang_after_tokens=1))
    nowhere = Opening(guild_id=GUILD, channel_id=None, owner_id=ALICE.id, asked=True)
    running = await house.engine.turns.ask(Question(AS_ALICE, "1?", 0, CHANNEL), nowhere)
    assert running is not None
    assert (running.asked.messages, running.asked.asker_id) == ((), ALICE.id)
    with pytest.raises(BusyError):
        await house.engine.turns.ask(Question(AS_ALICE, "2?", 0, CHANNEL), running.conversation)
    now = await house.engine.answers.now(running.id, AS_ALICE)
    assert (now.running, now.question, now.variant) == (running, "1?", None)
    await house.engine.answers.stop_by(running.id, AS_ALICE)
    await running.end()
    now = await house.engine.answers.now(running.id, AS_ALICE)
    assert now.running.snapshot().ended == running.snapshot().ended
    assert now.conversation.options.asked
    with pytest.raises(NotFoundError):  # a moderator of the server, too: it is the asker's own
        await house.engine.answers.now(running.id, replace(AS_ALICE, id=BOB.id, moderator=True))


async def test_the_same_message_again_is_refused_and_answered_once(house: House) -> None:
    await house.answered("once", ALICE)
    for _ in range(2):
        with pytest.raises(AlreadyKnownError):
            await house.ask("once", message_id=1)
    assert len(house.grok.requests) == 1
    assert len(await house.store.responses.forest((await house.held()).id)) == 2
    await house.quiet()


async def test_the_same_message_twice_at_once_is_one_turn(house: House) -> None:
    asked = Question(actor=AS_ALICE, text="twice", message_id=5, channel_id=CHANNEL)
    outcomes = await asyncio.gather(
        *(house.engine.turns.ask(asked, opening()) for _ in range(4)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes[1:]] == [AlreadyKnownError] * 3
    await house.quiet()
    assert len(house.grok.requests) == 1


async def test_two_first_messages_at_once_make_one_conversation(house: House) -> None:
    house.grok.script(Script(hang_after_tokens=3))
    asked = [
        Question(actor=somebody(who, None), text="hi", message_id=n, channel_id=CHANNEL)
        for n, who in ((1, ALICE), (2, BOB))
    ]
    first, second = await asyncio.gather(*(house.engine.turns.ask(question, opening()) for question in asked))
    assert first is not None
    assert second is None
    await house.grok.until(lambda: house.grok.scripts_left == 0)
    await house.engine.answers.stop(first.id)
    await house.quiet()
    one = await house.held()
    responses = await house.store.responses.forest(one.id)
    assert [r.author for r in responses if r.sender is Sender.HUMAN] == [ALICE, BOB]
    assert (await house.store.queue.conversations()) == ()


async def test_messages_that_come_meanwhile_are_answered_together_in_order_under_their_names(house: House) -> None:
    house.grok.script(Script(text="first " * 40, tokens_per_second=60))
    first = await house.begin("one")
    assert [await house.ask(text, who) for text, who in (("two", BOB), ("three", ALICE), ("four", CAROL))] == [None] * 3
    begun: list[RunningAnswer] = []
    house.watch(begun.append)
    assert (await first.end()).state is State.DONE
    await house.quiet()
    assert len(house.grok.requests) == 2
    assert shown(house.grok.requests[1]) == [
        SYSTEM, "user: alice: one", f"assistant: {'first ' * 40}", "user: bob: two", "user: alice: three",
        "user: carol: four",
    ]  # fmt: skip
    (second,) = begun
    assert [ref.message_id for ref in second.asked.messages] == [2, 3, 4]
    assert second.asked.asker_id == CAROL.id
    assert len(await house.store.responses.path(second.id)) == 6
    assert (await house.held()).leaf_id == second.id


async def test_messages_that_wait_stay_in_order_when_the_clock_is_set_back(house: House) -> None:
    first = await house.begin_scripted(Script(hang_after_tokens=0), "one")
    for text in ("two", "three", "four"):
        await house.ask(text)
        house.clock.ahead -= timedelta(hours=1)
    await house.engine.answers.stop(first.id)
    await house.quiet()
    assert shown(house.grok.requests[-1]) == [SYSTEM, "user: alice: two", "user: alice: three", "user: alice: four"]


async def test_twenty_conversations_are_answered_side_by_side(house: House) -> None:
    house.grok.script(Script(hang_after_tokens=2), times=20)
    begun = await asyncio.gather(*(house.begin("hi", channel=n) for n in range(1, 21)))
    await house.grok.until(lambda: house.grok.running == 20)
    assert len(house.engine.runner.running) == 20
    house.grok.script(Script(text="another"))
    assert (await house.answered("hi", channel=21)).message == "another"  # nobody waits for the twenty
    await asyncio.gather(*(house.engine.answers.stop(running.id) for running in begun))
    await house.quiet()


async def test_an_empty_message_and_a_locked_conversation_begin_nothing(house: House) -> None:
    with pytest.raises(UserError):
        await house.ask(" \u200b")
    assert await house.engine.places.conversation_in(CHANNEL) is None
    with pytest.raises(UserError):
        await house.engine.turns.check(
            Question(actor=AS_ALICE, text="", message_id=1, channel_id=CHANNEL, unread=Unread(other=("a.bin",))), None
        )
    await house.answered("hi")
    before = await house.held()
    await house.store.conversations.change(before.id, locked=True)
    asked = Question(actor=AS_ALICE, text="again", message_id=70, channel_id=CHANNEL)
    for where in (before, await house.held(), opening()):  # as it was when the caller looked, as it is, not looked at
        with pytest.raises(NotAllowedError, match="locked"):
            await house.engine.turns.ask(asked, where)
    assert len(house.grok.requests) == 1
    await house.quiet()


async def test_a_conversation_that_was_opened_empty_is_gone_on_with(house: House) -> None:
    await house.answered("old")
    opened = await house.engine.turns.open(opening())
    assert await house.engine.places.conversation_in(CHANNEL) == opened
    running = await house.begin("new")
    assert running.conversation == opened
    await running.end()
    assert shown(house.grok.requests[-1]) == [SYSTEM, "user: alice: new"]
