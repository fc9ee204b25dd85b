from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import UserError
from grokbot.conversation.options import Voice, again, check_options, effective, fixed_by, laid_over, voice_of
from grokbot.conversation.personas import FUN, PERSONAS, spoken_as
from grokbot.conversation.response import AS_THE_CONVERSATION, Options, TurnOptions

from .cases import conversation

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation

SET = Options(system_prompt="Be brief.", reasoning_effort="low", temperature=0.7, max_tokens=100, search=("web", "x"))


def talk(persona: str | None = None, *, raw: bool = False) -> Conversation:
    return replace(conversation(), persona=persona, options=replace(SET, raw=raw))


def test_a_turn_that_chooses_nothing_is_answered_as_the_conversation_has_it() -> None:
    assert effective(talk(), AS_THE_CONVERSATION) == talk()
    assert fixed_by(talk(FUN), AS_THE_CONVERSATION) == talk(FUN)


@pytest.mark.parametrize(
    ("here", "chosen", "voice"),
    [
        (talk(), TurnOptions(), Voice(None, raw=False)),
        (talk(FUN), TurnOptions(), Voice(FUN, raw=False)),
        (talk(FUN), TurnOptions(persona=""), Voice(None, raw=False)),
        (talk(), TurnOptions(persona=FUN), Voice(FUN, raw=False)),
        (talk(FUN), TurnOptions(raw=True), Voice(None, raw=True)),
        (talk(FUN, raw=True), TurnOptions(), Voice(None, raw=True)),
        (talk(FUN, raw=True), TurnOptions(raw=False), Voice(FUN, raw=False)),
        (talk(raw=True), TurnOptions(persona=FUN), Voice(None, raw=True)),
    ],
)
def test_whose_voice_a_turn_is_answered_in(here: Conversation, chosen: TurnOptions, voice: Voice) -> None:
    assert voice_of(here, chosen) == voice
    assert effective(here, chosen).persona == voice.persona
    assert voice_of(fixed_by(here, chosen), AS_THE_CONVERSATION) == voice


def test_what_a_turn_chooses_holds_for_it_alone() -> None:
    chosen = effective(talk(), TurnOptions(temperature=0.0, max_tokens=7)).options
    assert chosen == replace(SET, temperature=0.0, max_tokens=7)
    assert fixed_by(talk(), TurnOptions(temperature=0.0, max_tokens=7)).options == SET


def test_a_raw_turn_is_asked_without_searches_and_system_prompt_which_the_conversation_keeps() -> None:
    raw = effective(talk(), TurnOptions(raw=True)).options
    assert (raw.system_prompt, raw.search, raw.temperature) == ("", (), 0.7)
    fixed = fixed_by(talk(), TurnOptions(raw=True))
    assert effective(fixed, AS_THE_CONVERSATION).options == raw
    assert effective(fixed, TurnOptions(raw=False)).options == SET


@pytest.mark.parametrize(
    ("model", "own", "effort"),
    [
        ("another", None, None),  # nobody knows what it takes
        ("another", "xhigh", "xhigh"),
        ("grok-4.7", None, "low"),
        ("grok-4.7", "none", "low"),
        ("grok-4.5", "xhigh", "high"),
        ("grok-4.3", None, "low"),
        ("grok-4.20", "high", None),
    ],
)
def test_a_model_is_told_to_reason_as_far_as_it_can_be_told(model: str, own: str | None, effort: str | None) -> None:
    chosen = effective(talk(), TurnOptions(model=model, effort=own))
    assert (chosen.model, chosen.options.reasoning_effort) == (model, effort)


def test_the_first_turns_own_effort_is_not_the_conversations() -> None:
    assert fixed_by(talk(), TurnOptions(effort="high")).options.reasoning_effort == "low"
    assert fixed_by(talk(), TurnOptions(model="another", effort="high")).options.reasoning_effort is None


def test_what_was_chosen_since_holds_where_a_turn_chooses_nothing_and_a_persona_keeps_its_words() -> None:
    since = TurnOptions(model="grok-4.3", persona="pirate", persona_text="Arr.", effort="high")
    assert laid_over(since, TurnOptions(effort="none")) == replace(since, effort="none")
    assert laid_over(since, TurnOptions(persona=FUN)) == replace(since, persona=FUN, persona_text=None)
    assert laid_over(since, AS_THE_CONVERSATION) == since
    here = replace(talk(FUN), options=replace(SET, chosen=since))
    assert again(here, TurnOptions(model="grok-4.5", max_tokens=9)) == replace(since, max_tokens=9)
    now = effective(here, here.options.chosen)
    assert (now.model, now.persona, now.options.persona_text) == ("grok-4.3", "pirate", "Arr.")
    assert voice_of(here, AS_THE_CONVERSATION) == Voice(FUN, raw=False)  # of what came before


def test_a_persona_adds_to_the_system_prompt() -> None:
    assert spoken_as(FUN, "Be brief.") == f"Be brief.\n\n{PERSONAS[FUN]}"
    assert spoken_as(FUN, "") == PERSONAS[FUN]
    assert spoken_as("pirate", "Be brief.", "Arr.") == "Be brief.\n\nArr."
    assert spoken_as(FUN, "", "Arr.") == "Arr."
    assert spoken_as("", "Be brief.", "Arr.") == "Be brief."
    for nobody in (None, "", "forgotten"):
        assert spoken_as(nobody, "Be brief.") == "Be brief."


@pytest.mark.parametrize(
    "chosen",
    [
        TurnOptions(),
        TurnOptions(persona=FUN, temperature=0, max_tokens=1, effort="none"),
        TurnOptions(persona="", temperature=2),
    ],
)
def test_what_can_be_asked_for_passes(chosen: TurnOptions) -> None:
    check_options(chosen)


@pytest.mark.parametrize(
    "chosen",
    [
        TurnOptions(persona="grumpy"),
        TurnOptions(effort="extreme"),
        TurnOptions(temperature=-0.1),
        TurnOptions(temperature=2.1),
        TurnOptions(temperature=float("nan")),
        TurnOptions(max_tokens=0),
        TurnOptions(max_tokens=2**31),
    ],
)
def test_what_cannot_be_asked_for_is_said_to_be_so(chosen: TurnOptions) -> None:
    with pytest.raises(UserError):
        check_options(chosen)
