from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import UserError
from grokbot.conversation.options import Voice, check_options, effective, fixed_by, voice_of
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


def test_another_model_is_not_told_how_much_to_reason() -> None:
    other = TurnOptions(model="another")
    assert (effective(talk(), other).model, effective(talk(), other).options.reasoning_effort) == ("another", None)
    fixed = fixed_by(talk(), other)
    assert (fixed.model, fixed.options.reasoning_effort) == ("another", None)
    assert effective(talk(), TurnOptions(model=talk().model)).options.reasoning_effort == "low"


def test_a_persona_adds_to_the_system_prompt() -> None:
    assert spoken_as(FUN, "Be brief.") == f"Be brief.\n\n{PERSONAS[FUN]}"
    assert spoken_as(FUN, "") == PERSONAS[FUN]
    for nobody in (None, "", "forgotten"):
        assert spoken_as(nobody, "Be brief.") == "Be brief."


@pytest.mark.parametrize(
    "chosen",
    [TurnOptions(), TurnOptions(persona=FUN, temperature=0, max_tokens=1), TurnOptions(persona="", temperature=2)],
)
def test_what_can_be_asked_for_passes(chosen: TurnOptions) -> None:
    check_options(chosen)


@pytest.mark.parametrize(
    "chosen",
    [
        TurnOptions(persona="grumpy"),
        TurnOptions(temperature=-0.1),
        TurnOptions(temperature=2.1),
        TurnOptions(temperature=float("nan")),
        TurnOptions(max_tokens=0),
    ],
)
def test_what_cannot_be_asked_for_is_said_to_be_so(chosen: TurnOptions) -> None:
    with pytest.raises(UserError):
        check_options(chosen)
