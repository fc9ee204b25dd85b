from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.conversation.errors import UserError
from grokbot.conversation.personas import (
    BUILT_IN,
    LONGEST_DESCRIPTION,
    LONGEST_FILE,
    LONGEST_TEXT,
    Persona,
    new_persona,
    persona_name,
    persona_of_file,
)
from grokbot.conversation.response import TurnOptions


@pytest.mark.parametrize(
    ("text", "persona"),
    [
        ("# Pirate\n\nSay arr.\n", Persona("p", "# Pirate\n\nSay arr.", "Pirate")),
        ("\ufeffdescription: Of the sea\r\nSay arr.\r\n", Persona("p", "Say arr.", "Of the sea")),
        ('---\ntitle: x\ndescription: "Of the sea"\n---\n# P\nSay arr.', Persona("p", "# P\nSay arr.", "Of the sea")),
        ("Say arr.\nAlways.", Persona("p", "Say arr.\nAlways.", "Say arr. Always.")),
        ("Say arr.\ndescription: no", Persona("p", "Say arr.\ndescription: no", "Say arr. description: no")),
    ],
)
def test_a_file_says_what_it_is_and_what_the_model_is_told(text: str, persona: Persona) -> None:
    assert persona_of_file("P", text) == persona


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("", "Arr."),
        ("a b", "Arr."),
        ("-a", "Arr."),
        ("a" * 33, "Arr."),
        ("a" * 100_000, "Arr."),
        ("fun", "Arr."),
        ("Standard", "Arr."),
        ("all", "Arr."),
        ("p", " \u200b\n"),
        ("p", "x" * (LONGEST_FILE + 1)),
        ("p", "x" * 10_000_000),
        ("p", "description: nothing else"),
    ],
)
def test_a_file_that_is_no_persona_says_why(name: str, text: str) -> None:
    with pytest.raises(UserError, match=r"persona"):
        persona_of_file(name, text)


def test_names_are_compared_without_case_in_every_script() -> None:
    assert persona_name(" Pirat-ÄÖ_1 ") == "pirat-äö_1"
    assert persona_name("海賊") == "海賊"


def test_a_servers_persona_fits_a_modal() -> None:
    assert len(new_persona("p", "x" * LONGEST_TEXT).text) == LONGEST_TEXT
    assert len(new_persona("p", "word " * 700).description) <= LONGEST_DESCRIPTION
    with pytest.raises(UserError, match="4,000"):
        new_persona("p", "x" * (LONGEST_TEXT + 1))


@given(st.text(max_size=200))
def test_any_file_is_a_persona_or_says_why(text: str) -> None:
    try:
        persona = persona_of_file("p", text)
    except UserError:
        return
    assert persona.text
    assert "\n" not in persona.description
    assert len(persona.description) <= LONGEST_DESCRIPTION


def test_a_persona_is_chosen_with_its_words_but_for_a_built_in_one() -> None:
    assert [each.options for each in BUILT_IN.values()] == [TurnOptions(persona=""), TurnOptions(persona="fun")]
    assert Persona("pirate", "Arr.").options == TurnOptions(persona="pirate", persona_text="Arr.")
