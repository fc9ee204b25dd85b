"""What is said and written from elsewhere than Discord: where it hangs, where the path leads, what the thread shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import UserError
from grokbot.conversation.options import voice_of
from grokbot.conversation.personas import FUN, PERSONAS
from grokbot.conversation.response import Mode, Response, State, TurnOptions
from grokbot.engine.admission import Opening
from grokbot.engine.turns import Question
from grokbot.sandbox.grok_server import Script
from grokbot.wire.xai import chat_pb2
from tests.conversation.forest import children

from .house import (
    ALICE,
    AS_ALICE,
    CALLING_ALICE,
    CHANNEL,
    GUILD,
    previous,
    shown,
)
from .wall import Wall

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.conversation.response import Conversation

    from .growing_talk import Talk
    from .house import House


SILENT = Script(hang_after_tokens=0)


async def empty(house: House, channel_id: int | None = None) -> Conversation:
    return await house.engine.turns.open(Opening(guild_id=None, channel_id=channel_id, owner_id=ALICE.id))


# Where it is said, and what the thread then shows. P: what the bot posts for whoever said it stands between.


async def at_the_leaf(talk: Talk) -> str:
    return talk.second.id


async def below_an_older_answer(talk: Talk) -> str:
    return talk.first.id


async def at_the_beginning(_: Talk) -> None:
    return None


async def below_what_a_person_said(talk: Talk) -> str:
    return talk.asked_second


@pytest.mark.parametrize(
    ("where", "path", "says"),
    [
        (at_the_leaf, ["q1", "a1", "q2", "a2", "new", "re: new"], ["a1", "a2", "re: new"]),
        (below_an_older_answer, ["q1", "a1", "new", "re: new"], ["a1", "aside 0/0", "re: new"]),
        (at_the_beginning, ["new", "re: new"], ["aside 0/0", "aside 0/0", "re: new"]),
        (below_what_a_person_said, ["q1", "a1", "q2", "new", "re: new"], ["a1", "aside 0/0", "re: new"]),
    ],
)
async def test_something_is_said_anywhere_and_the_path_and_the_thread_follow(
    talk: Talk, where: Callable[[Talk], Awaitable[str | None]], path: list[str], says: list[str]
) -> None:
    under = await where(talk)
    answer = await talk.say("new", under)
    human = await talk.house.kept(str(answer.parent_id))
    assert (human.parent_id, human.author, human.state) == (under, CALLING_ALICE.author, State.DONE)
    assert await talk.house.path() == path
    assert shown(talk.house.grok.requests[-1])[1:] == [
        f"user: alice: {text}" if index % 2 == 0 or text == "new" else f"assistant: {text}"
        for index, text in enumerate(path[:-1])
    ]
    await talk.stands(*says)
    assert list(talk.wall.posted.values()) == ["new"]
    assert await talk.house.store.turns.unended() == ()


@pytest.mark.parametrize(
    ("where", "script"),
    [
        (at_the_leaf, Script(fail="refused")),
        (below_an_older_answer, Script(text="")),
        (at_the_beginning, Script(fail="internal")),
        (below_what_a_person_said, Script(fail="refused")),
    ],
)
async def test_what_comes_to_nothing_leaves_the_path_and_the_thread_as_they_were(
    talk: Talk, where: Callable[[Talk], Awaitable[str | None]], script: Script
) -> None:
    talk.house.grok.script(script)
    running = await talk.house.engine.program_turns.say(talk.id, CALLING_ALICE, "new", await where(talk))
    assert (await running.end()).state is State.FAILED
    assert await talk.house.path() == ["q1", "a1", "q2", "a2"]
    assert (await talk.wall.shows())[:2] == ["a1", "a2"]
    await talk.wall.check(CHANNEL)


async def test_the_path_stays_until_the_answer_has_ended(talk: Talk) -> None:
    talk.house.grok.script(SILENT)
    running = await talk.house.engine.program_turns.say(talk.id, CALLING_ALICE, "new", None)
    assert await talk.house.path() == ["q1", "a1", "q2", "a2"]
    assert running.asked.last is not None
    assert [human.message for human in talk.house.displays[running.id].said] == [running.asked.last.message] == ["new"]
    await talk.house.engine.answers.stop_in(talk.id, CALLING_ALICE)
    assert (await running.end()).state is State.STOPPED
    await talk.wall.check(CHANNEL)


async def test_the_same_is_answered_once_more_in_the_same_messages(talk: Talk) -> None:
    other = await talk.say("", talk.asked_second, "other a2")
    assert other.parent_id == talk.asked_second
    assert await talk.house.path() == ["q1", "a1", "q2", "other a2"]
    await talk.stands("a1", "other a2")
    assert talk.wall.posted == {}


async def test_what_was_set_aside_comes_back_when_it_is_selected(talk: Talk) -> None:
    await talk.say("new", None)
    await talk.stands("aside 0/0", "aside 0/0", "re: new")
    await talk.house.engine.variants.lead_to(talk.second.id, CALLING_ALICE)
    assert await talk.house.path() == ["q1", "a1", "q2", "a2"]
    await talk.stands("a1", "a2", "aside 0/0")
    await talk.house.engine.variants.lead_to(talk.first.id, CALLING_ALICE)
    assert await talk.house.path() == ["q1", "a1"]
    await talk.stands("a1", "aside 0/0", "aside 0/0")


async def test_a_persons_words_are_selected_with_the_newest_answer_below_or_the_one_above(talk: Talk) -> None:
    growing = talk.house.engine.program_turns
    await talk.house.engine.variants.lead_to(talk.asked_first, CALLING_ALICE)
    assert (await talk.conversation()).leaf_id == talk.second.id
    talk.house.grok.script(Script(fail="refused"))
    failed = await (await growing.say(talk.id, CALLING_ALICE, "new", talk.first.id)).end()
    await talk.house.engine.variants.lead_to(str(failed.parent_id), CALLING_ALICE)
    assert (await talk.conversation()).leaf_id == talk.first.id
    with pytest.raises(UserError):
        await talk.house.engine.variants.lead_to(failed.id, CALLING_ALICE)
    await talk.wall.check(CHANNEL)


async def test_an_answer_is_sampled_again_off_the_path_and_the_path_turns_there(talk: Talk) -> None:
    await talk.say("new", None)
    talk.house.grok.script(Script(text="other a2"))
    await (await talk.house.engine.variants.resample(talk.second.id, CALLING_ALICE, "shorter")).end()
    assert await talk.house.path() == ["q1", "a1", "q2", "other a2"]
    assert shown(talk.house.grok.requests[-1])[-1] == "user: shorter"
    await talk.stands("a1", "other a2", "aside 0/0")


async def test_one_that_fails_off_the_path_gives_the_messages_back(talk: Talk) -> None:
    others = [await talk.say("", talk.asked_second, text) for text in ("a2b", "a2c")]
    await talk.house.engine.variants.lead_to(others[0].id, CALLING_ALICE)
    await talk.say("new", None)
    before = await talk.wall.shows()
    talk.house.grok.script(Script(fail="refused"))
    await (await talk.house.engine.variants.resample(talk.second.id, CALLING_ALICE)).end()
    assert await talk.wall.shows() == before
    assert [
        ref.response_id for ref in await talk.house.store.messages.in_conversation(talk.id) if ref.message_id == 4
    ] == [others[0].id]
    await talk.wall.check(CHANNEL)


async def test_other_words_are_answered_beside_the_earlier_ones_the_same_way(talk: Talk) -> None:
    chosen = TurnOptions(persona=FUN, temperature=0.5)
    answer = await talk.say("new", talk.first.id, options=chosen)
    talk.house.grok.script(Script(text="re: newer"))
    running = await talk.house.engine.program_turns.replaced(str(answer.parent_id), CALLING_ALICE, "newer")
    assert not isinstance(running, Response)
    assert (await running.end()).options == chosen
    assert await talk.house.path() == ["q1", "a1", "newer", "re: newer"]
    await talk.stands("a1", "aside 0/0", "aside 0/0", "re: newer")


@pytest.mark.parametrize("where", [at_the_leaf, below_an_older_answer, at_the_beginning, below_what_a_person_said])
@pytest.mark.parametrize("partial", [False, True])
async def test_a_models_response_is_written_by_hand_anywhere(
    talk: Talk, where: Callable[[Talk], Awaitable[str | None]], *, partial: bool
) -> None:
    under = await where(talk)
    growing = talk.house.engine.program_turns
    written = await growing.by_hand(talk.id, CALLING_ALICE, "by hand", under, partial=partial)
    assert (written.parent_id, written.manual, written.answered) == (under, True, True)
    assert written.state is (State.STOPPED if partial else State.DONE)
    assert await talk.house.kept(written.id) == written
    assert (await talk.conversation()).leaf_id == written.id
    assert (await talk.wall.shows())[-1] == "by hand"
    await talk.wall.check(CHANNEL)
    await talk.say("and then", written.id)
    assert "assistant: by hand" in shown(talk.house.grok.requests[-1])
    await talk.wall.check(CHANNEL)


async def test_a_models_response_is_replaced_by_hand_in_its_messages(talk: Talk) -> None:
    other = await talk.house.engine.program_turns.replaced(talk.first.id, CALLING_ALICE, "by hand")
    assert isinstance(other, Response)
    assert await talk.house.path() == ["q1", "by hand"]
    await talk.stands("by hand", "aside 1/2")


async def test_an_earlier_wording_that_is_selected_is_what_its_message_stands_for_again(talk: Talk) -> None:
    talk.house.grok.script(Script(text="re: edited"))
    question = await talk.house.store.messages.response(3)
    assert question is not None
    running = await talk.house.engine.variants.edited(3, Question(AS_ALICE, "edited", 3, CHANNEL))
    assert running is not None
    await running.end()
    await talk.stands("a1", "re: edited")
    await talk.house.engine.variants.lead_to(talk.second.id, CALLING_ALICE)
    await talk.stands("a1", "a2")
    held = await talk.house.store.messages.response(3)
    assert held is not None
    assert held.id == question.id


# Conversations that are not in Discord, and branches.


async def test_a_conversation_that_is_nowhere_in_discord_grows_too_and_is_never_shown(house: House) -> None:
    wall = Wall(house)
    conversation = await empty(house)
    first = await house.engine.program_turns.say(conversation.id, CALLING_ALICE, "q1", None)
    assert house.displays[first.id].said == ()
    answer = await first.end()
    again = await house.engine.program_turns.say(conversation.id, CALLING_ALICE, "q2", None)
    await again.end()
    assert [root.message for root in children(await house.store.responses.forest(conversation.id), None)] == [
        "q1",
        "q2",
    ]
    await house.engine.variants.lead_to(answer.id, CALLING_ALICE)
    assert wall.says == {}
    assert await house.store.messages.unshown() == ()


async def test_a_branch_begins_below_what_it_goes_on_from(talk: Talk) -> None:
    growing = talk.house.engine.program_turns
    branch = await talk.house.engine.variants.branch(
        talk.first.id, AS_ALICE, Opening(guild_id=None, channel_id=None, owner_id=ALICE.id)
    )
    answers = [
        await (await growing.say(branch.id, CALLING_ALICE, "b", under)).end() for under in (None, talk.first.id, "")
    ]
    humans = [await talk.house.kept(str(answer.parent_id)) for answer in answers]
    assert [human.parent_id for human in humans] == [None] * 3
    assert shown(talk.house.grok.requests[-1])[-1].endswith("b")
    assert "assistant: a1" in shown(talk.house.grok.requests[-1])
    with pytest.raises(UserError):
        await growing.say(branch.id, CALLING_ALICE, "b", talk.second.id)


# How a turn is answered.


async def test_the_first_turn_of_an_empty_conversation_fixes_how_it_goes_on(house: House) -> None:
    conversation = await empty(house)
    options = TurnOptions(model="grok-4.3", persona=FUN, temperature=0.1, max_tokens=77)
    answer = await (await house.engine.program_turns.say(conversation.id, CALLING_ALICE, "q1", None, options)).end()
    request = house.grok.requests[-1].request
    assert isinstance(request, chat_pb2.GetCompletionsRequest)
    assert (request.model, request.max_tokens) == ("grok-4.3", 77)
    assert PERSONAS[FUN] in shown(house.grok.requests[-1])[0]
    fixed = await house.store.conversations.get(conversation.id)
    assert fixed is not None
    assert (fixed.model, fixed.persona, fixed.options.temperature) == ("grok-4.3", FUN, None)
    plain = await (await house.engine.program_turns.say(conversation.id, CALLING_ALICE, "q2", answer.id)).end()
    assert plain.options == TurnOptions()
    assert PERSONAS[FUN] in shown(house.grok.requests[-1])[0]
    none = TurnOptions(persona="", raw=False)
    await (await house.engine.program_turns.say(conversation.id, CALLING_ALICE, "q3", plain.id, none)).end()
    assert shown(house.grok.requests[-1])[0].startswith("system: Be brief.\n\n")


async def test_a_first_turn_of_which_nothing_came_leaves_nothing_of_what_it_chose(house: House) -> None:
    conversation = await empty(house)
    growing, wrong = house.engine.program_turns, TurnOptions(model="grok-typo", persona=FUN, raw=True)
    failed = await (await growing.say(conversation.id, CALLING_ALICE, "q1", None, wrong)).end()
    assert failed.state is State.FAILED
    again = await (await growing.say(conversation.id, CALLING_ALICE, "q1", None)).end()
    assert again.state is State.DONE
    assert shown(house.grok.requests[-1])[0].startswith("system: Be brief.\n\n")
    now = await house.store.conversations.get(conversation.id)
    assert now is not None
    assert (now.model, now.persona, now.options) == (conversation.model, conversation.persona, conversation.options)


async def test_a_system_prompt_of_which_nothing_shows_is_none(house: House) -> None:
    for blank in (" ", "\n\u200b"):
        running = await house.engine.program_turns.stateful(
            CALLING_ALICE, "q1", response_id=None, options=TurnOptions(), system_prompt=blank
        )
        assert (await running.end()).state is State.DONE
        assert [line.split(":")[0] for line in shown(house.grok.requests[-1])] == ["user"]


async def test_what_cannot_be_a_models_name_is_refused_before_anything_is_said(house: House) -> None:
    conversation = await empty(house)
    for name in ("m" * 201, "grok\n4", "grok\0"):
        with pytest.raises(UserError, match="name"):
            await house.engine.program_turns.say(conversation.id, CALLING_ALICE, "q1", None, TurnOptions(model=name))
    assert not (await house.engine.program_conversations.read(conversation.id, CALLING_ALICE)).responses


async def test_a_raw_turn_has_no_system_prompt_and_no_searches_and_later_ones_may_have_them(talk: Talk) -> None:
    raw = await talk.say("q3", talk.second.id, options=TurnOptions(raw=True, persona=FUN))
    request = talk.house.grok.requests[-1].request
    assert isinstance(request, chat_pb2.GetCompletionsRequest)
    assert shown(talk.house.grok.requests[-1])[0] == "user: alice: q1"
    assert not request.tools
    await talk.say("q4", raw.id)
    assert shown(talk.house.grok.requests[-1])[0].startswith("system: Be brief.")


async def test_variants_and_recovered_answers_are_asked_for_as_the_first_one(talk: Talk) -> None:
    options = TurnOptions(raw=True, temperature=0.25)
    answer = await talk.say("q3", talk.second.id, options=options)
    other = await (await talk.house.engine.variants.resample(answer.id, AS_ALICE)).end()
    assert other.options == options
    assert shown(talk.house.grok.requests[-1])[0] == "user: alice: q1"


async def test_a_stateful_turn_begins_a_conversation_and_goes_on_from_any_response(house: House) -> None:
    growing = house.engine.program_turns
    first = await growing.stateful(
        CALLING_ALICE, "q1", response_id=None, options=TurnOptions(temperature=1.5), system_prompt="Be long."
    )
    answer = await first.end()
    conversation = first.conversation
    assert (conversation.mode, conversation.channel_id, conversation.owner_id) == (Mode.STATEFUL, None, ALICE.id)
    system, asked = shown(house.grok.requests[-1])
    assert system.startswith("system: Be long.\n\n")
    assert asked == "user: q1"
    assert answer.stored_until is not None
    for text in ("q2", "q2 again"):
        await (
            await growing.stateful(
                CALLING_ALICE, text, response_id=answer.id, options=TurnOptions(), system_prompt="passed over"
            )
        ).end()
        assert shown(house.grok.requests[-1]) == [f"user: {text}"]
        assert previous(house.grok.requests[-1]) == answer.xai_id
    await (
        await growing.stateful(
            CALLING_ALICE, "funny", response_id=answer.id, options=TurnOptions(persona=FUN), system_prompt=None
        )
    ).end()
    assert previous(house.grok.requests[-1]) == ""
    assert PERSONAS[FUN] in shown(house.grok.requests[-1])[0]


async def test_a_conversation_opened_with_a_persona_has_it_in_every_request(house: House) -> None:
    fun = Opening(guild_id=GUILD, channel_id=CHANNEL, owner_id=ALICE.id, persona=FUN)
    conversation = await house.engine.turns.open(fun)
    assert voice_of(conversation, TurnOptions()).persona == FUN
    await house.answered("hello")
    assert PERSONAS[FUN] in shown(house.grok.requests[-1])[0]
