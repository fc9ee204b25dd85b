"""Which of the answers that are given for one channel waits for which, and which are out of date."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

from grokbot.conversation.response import Conversation, MessageRef, Mode, Response, Sender, State
from grokbot.discord_bot.answers.display_order import Given, Succession
from grokbot.display import Shown, VariantNumber
from grokbot.engine.turns import RunningAnswer

TIME = datetime(2026, 11, 23, tzinfo=UTC)
HERE = 7
TALK = Conversation(
    id="c",
    guild_id=1,
    channel_id=HERE,
    owner_id=1,
    mode=Mode.STATELESS,
    model="m",
    created_at=TIME,
    modified_at=TIME,
)


def answer(
    name: str,
    parent: str,
    *messages: int,
    ended: bool = True,
    aside: VariantNumber | None = None,
    may_grow: bool = True,
    instead_of: str | None = None,
) -> Given:
    response = Response(
        id=name, conversation_id="c", parent_id=parent, sender=Sender.MODEL, state=State.PENDING, created_at=TIME
    )
    refs = tuple(MessageRef(message_id, HERE, name, part) for part, message_id in enumerate(messages))
    running = RunningAnswer(TALK, response, instead_of=instead_of)
    if ended:
        running.finish(replace(response, state=State.DONE, message="x"), None)
    return Given.of(running, Shown(messages=refs, aside=aside, may_grow=may_grow))


def test_answers_that_may_send_are_shown_one_after_the_other() -> None:
    line = Succession()
    first, second = answer("a", "h1", ended=False), answer("b", "h2", ended=False)
    assert line.add(first) == []
    assert line.add(second) == [first]
    assert not line.outdated(first)


def test_what_is_set_aside_or_comes_back_waits_for_no_running_answer_and_no_running_one_for_it() -> None:
    line = Succession()
    running = answer("a2", "h1", 11, ended=False, instead_of="a1")
    aside = answer("b", "h2", 12, aside=VariantNumber(1, 2))
    back = answer("c", "h3", 13, may_grow=False)
    line.add(running)
    assert line.add(aside) == []
    assert line.add(back) == [aside]
    assert line.add(answer("d", "h4", ended=False)) == [running]


def test_an_answer_that_goes_into_messages_of_another_one_waits_for_it_and_the_other_is_out_of_date() -> None:
    old = answer("a", "h1", 11, 12, may_grow=False)
    for new in (
        answer("a", "h1", 11, aside=VariantNumber(1, 2)),  # the very same, otherwise
        answer("b", "h1", ended=False),  # another variant, whose messages are not known yet
        answer("c", "h1-edited", 12, ended=False),  # of an edited message
        answer("d", "h1-edited", ended=False, instead_of="a"),  # the same, before anything stood there
    ):
        line = Succession()
        other = answer("x", "h9", 19, may_grow=False)
        line.add(old)
        line.add(other)
        assert old in line.add(new)
        assert line.outdated(old)
        assert not line.outdated(other)
        assert not line.outdated(new)


def test_what_ended_in_the_order_of_the_conversation_still_waits_for_what_came_before() -> None:
    line = Succession()
    recovered = [answer(name, f"h{name}", int(name)) for name in "123"]
    assert [line.add(given) for given in recovered] == [[], recovered[:1], recovered[:2]]


def test_whatever_is_given_no_two_that_do_not_wait_for_each_other_share_a_place() -> None:
    chance = random.Random(4)
    for _ in range(300):
        line, waits = Succession(), {}
        for number in range(8):
            slot = chance.randrange(3)
            given = answer(
                f"{slot}{chance.randrange(2)}",
                f"h{slot}",
                slot,
                ended=chance.random() < 0.7,
                aside=chance.choice([None, VariantNumber(1, 2)]),
                may_grow=chance.random() < 0.5,
            )
            waits[given] = {*line.add(given)}
            assert number == len(line.given) - 1
        for later, given in enumerate(line.given):
            reached = set(waits[given])
            while more := {before for each in reached for before in waits[each]} - reached:
                reached |= more
            in_my_place = {before for before in line.given[:later] if given.in_place_of(before)}
            assert in_my_place <= reached
            assert all(line.outdated(before) for before in in_my_place)
