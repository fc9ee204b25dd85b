"""What cannot be seen does not keep a filter from finding a word, at once or in pieces."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grokbot.conversation.text import UNSEEN
from grokbot.policy.filters import (
    Action,
    Filter,
    FilteredError,
    Folded,
    Span,
    StreamFilter,
    Where,
    check_prompt,
    compiled,
    folded_text,
    judged,
    masked,
    tried,
)
from grokbot.policy.filters.stream import Progress
from tests.policy.pattern_cases import cut_up
from tests.policy.test_stream import accumulated

SECRET = Filter("1", compiled(r"\bsecret word\b"), Where.BOTH, Action.STOP)
HIDING = Filter("2", compiled("secret"), Where.BOTH, Action.SPOILER)
HIDDEN_CHARACTERS = [
    *"\u200b\u200c\u200d\u2060\ufeff\u00ad\u061c\u180e\u202e\u2066\u2069\u034f\u115f\ufe0f\ufe00\x00\x1b",
    "\U000e0041",
    "\U000e0100",
    *(chr(unseen[0]) for unseen in UNSEEN if unseen[0] not in (0x2800, 0x3164, 0xFFA0)),
]
FORMS = [
    "ｓｅｃｒｅｔ word",  # noqa: RUF001 - that is the point
    "𝐬𝐞𝐜𝐫𝐞𝐭 word",  # noqa: RUF001 - as above
    "ⓢⓔⓒⓡⓔⓣ\u3000word",
    "secret\u00a0word",
    "secret\u3164word",
    "s\u200bＥ\u00adcret\u2800word",  # noqa: RUF001 - as above
]


@pytest.mark.parametrize("character", HIDDEN_CHARACTERS)
def test_a_character_that_shows_nothing_does_not_part_a_word(character: str) -> None:
    text = f"the s{character}ec{character * 3}ret word"
    with pytest.raises(FilteredError):
        check_prompt([SECRET], text)
    [hidden] = judged([HIDING], text).hidden
    assert text[hidden.start] == "s"
    assert text[hidden.end - 1] == "t"
    assert masked(text, [hidden]).startswith("the ||")


@pytest.mark.parametrize("text", FORMS)
def test_other_forms_of_the_same_letters_are_the_letters(text: str) -> None:
    with pytest.raises(FilteredError):
        check_prompt([SECRET], text)


def test_a_long_text_is_folded_a_part_at_a_time() -> None:
    text = "".join(FORMS) * 2_000
    assert len(text) > 2 * folded_text._AT_ONCE
    assert Folded(text).text == "".join(Folded(each).text for each in FORMS) * 2_000


def test_a_pattern_for_what_does_not_show_still_finds_it() -> None:
    assert tried(r"[\x{200b}\x{ff53}]", "a\u200bb") == (Span(1, 2),)
    assert tried(r"\pL", "é") == (Span(0, 1),)


def test_one_character_that_becomes_several_is_hidden_as_a_whole() -> None:
    assert tried("fi", "of\ufb01ce") == (Span(2, 3),)
    assert tried("if", "\ufb01f") == (Span(0, 2),)


@settings(max_examples=200, deadline=None)
@given(st.text(), st.data())
def test_a_text_in_pieces_folds_as_the_whole(text: str, data: st.DataObject) -> None:
    whole = Folded(text)
    at, folded = 0, ""
    places: list[int] = []
    for piece in data.draw(cut_up(text)):
        part = Folded(piece, at)
        at, folded, places = part.ends, folded + part.text, [*places, *part.places]
    assert (folded, places) == (whole.text, list(whole.places))
    assert len(places) == len(folded)


@settings(max_examples=300, deadline=None)
@given(st.text("secrt wod\u200b\u00ad\ufb01ｓ\n", max_size=40), st.data())  # noqa: RUF001 - as above
def test_in_pieces_the_same_is_found_and_nothing_of_it_is_shown_before(text: str, data: st.DataObject) -> None:
    filters = [
        HIDING,
        Filter("3", compiled("(?s)w.?o"), Where.BOTH, Action.SPOILER),
        Filter("4", compiled("rr"), Where.BOTH, Action.STOP),
    ]
    whole = judged(filters, text)
    hidden = {place for span in whole.hidden for place in range(span.start, span.end)}
    stream = StreamFilter(filters)
    steps = accumulated([*(stream.add(piece) for piece in data.draw(cut_up(text))), stream.end()])
    assert steps[-1] == Progress(len(text) if whole.cut is None else whole.cut, whole)
    for step in steps:
        known = {place for span in step.judged.hidden for place in range(span.start, span.end)}
        assert not {place for place in range(step.safe) if place in hidden - known}


def test_a_word_that_is_parted_across_pieces_is_held_back_and_found() -> None:
    stream = StreamFilter([HIDING])
    steps = [stream.add(piece) for piece in ("plain se", "\u200b", "cr\u200bet", "!")]
    assert [step.safe for step in steps] == [6, 6, 6, 15]
    assert steps[-1].judged.hidden == (Span(6, 14),)
