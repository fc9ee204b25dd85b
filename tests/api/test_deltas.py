"""A growing answer as pieces: whoever puts them together has the answer."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from grokbot.api.messages.daemon import answer_message
from grokbot.api.messages.deltas import ANEW, Pieces
from grokbot.conversation.response import Query, Response, Sender, State
from grokbot.conversation.text.citations import Citation


@given(st.lists(st.text(max_size=5)), st.lists(st.booleans()))
def test_the_pieces_together_are_the_text_however_few_snapshots_are_taken(steps: list[str], seen: list[bool]) -> None:
    pieces, text, together = Pieces(), "", ""
    for i, step in enumerate(steps):
        text += step
        if i < len(seen) and seen[i]:
            together += pieces.text(text)
    together += pieces.text(text)
    assert together == text
    assert pieces.text(text) == ""


def test_a_text_that_takes_the_place_of_another_follows_it_apart() -> None:
    pieces = Pieces()
    assert pieces.text("I will look.") == "I will look."
    assert pieces.text("Found") == ANEW + "Found"
    assert pieces.text("Found it.") == " it."


def test_a_text_that_is_taken_back_altogether_is_not_told() -> None:
    pieces = Pieces()
    pieces.text("I will look.")
    assert pieces.text("") == ""
    assert pieces.text("Found it.") == "Found it."


def test_each_search_is_told_once_and_again_where_its_words_change() -> None:
    pieces = Pieces()
    cats, dogs, birds = Query("web", "cats"), Query("web", "dogs"), Query("x", "birds")
    assert pieces.queries((cats,)) == (cats,)
    assert pieces.queries((cats,)) == ()
    assert pieces.queries((cats, dogs)) == (dogs,)
    assert pieces.queries((cats, birds)) == (birds,)
    assert pieces.queries(()) == ()


def test_a_search_whose_words_are_not_known_yet_is_told_when_they_are() -> None:
    pieces = Pieces()
    assert pieces.queries((Query("web", ""),)) == ()
    assert pieces.queries((Query("web", "cats"),)) == (Query("web", "cats"),)


def test_an_answer_says_where_its_text_cites_which_source() -> None:
    text, a, b = "One[[4]](https://b.example/), two.", "https://a.example/", "https://b.example/"
    said = Response(
        id="r", conversation_id="c", parent_id="h", sender=Sender.MODEL, state=State.DONE, message=text,
        created_at=datetime(2026, 11, 30, tzinfo=UTC), citations=(a, b),
        cited=(Citation(b, 3, 28), Citation(a, 30, 33), Citation(b, 5, 999)),
    )  # fmt: skip
    message = answer_message(said)
    assert list(message.citations) == [b, a]
    assert [(each.number, each.url, text[each.start : each.end]) for each in message.cited] == [
        (1, b, "[[4]](https://b.example/)"),
        (2, a, "two"),
    ]
