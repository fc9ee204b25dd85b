from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from grokbot.conversation.draft import Called, Draft, Drawn, TextPiece
from grokbot.conversation.parts import ImagePart
from grokbot.conversation.response import Query, Response, Sender, State, Step, ToolCall
from grokbot.conversation.text.citations import Citation
from grokbot.engine.admission import Screen, answer_filter
from grokbot.policy.filters import BLOCK, Action, Filter, TooSlowError, Where, compiled, judged, masked

if TYPE_CHECKING:
    import pytest

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
WORDS = ("secret", "sec", "ret ", "Secret!", "plain ", "\n", "||", "`", "stop", "owl ")

SPOILER = Filter("1", compiled("secret"), Where.ANSWERS, Action.SPOILER)
STOP = Filter("2", compiled("stop"), Where.ANSWERS, Action.STOP)


def screened(filters: list[Filter], outputs: list[list[str]]) -> tuple[Screen, Draft, list[str]]:
    """An answer of so many outputs, each in its pieces, through filters; and all texts that were shown of the last."""
    screen, draft, shown = Screen(filters), Draft(), [""]
    for output, pieces in enumerate(outputs):
        shown = [""]
        for piece in pieces:
            draft.apply(TextPiece(output, "assistant", piece))
            screen.take(draft)
            shown.append(screen.text)
            if screen.cut:  # then the call at xAI is ended
                return screen, draft, shown
    return screen, draft, shown


def ended(draft: Draft) -> Response:
    pending = Response(
        id="a", conversation_id="c", parent_id="h", sender=Sender.MODEL, state=State.PENDING, created_at=AT
    )
    return draft.ended(pending, State.DONE, AT)


@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1), min_size=1, max_size=3))
def test_what_is_shown_only_grows_towards_what_is_kept_wherever_outputs_and_pieces_begin(
    outputs: list[list[str]],
) -> None:
    screen, draft, shown = screened([SPOILER, STOP], outputs)
    kept = screen.closed(ended(draft))
    found = judged([SPOILER, STOP], draft.text)
    whole = draft.text if found.cut is None else draft.text[: found.cut]
    assert kept.message == masked(whole, found.hidden)
    assert all(later.startswith(earlier) for earlier, later in pairwise([*shown, kept.message]))


def test_what_the_model_did_on_its_way_goes_where_a_filter_finds_something_in_any_of_it() -> None:
    for step in (
        Step("assistant", text="a secret"),
        Step("assistant", reasoning="a secret"),
        Step("assistant", tool_calls=(ToolCall("1", 1, 1, "web_search", '{"query":"secret"}'),)),
        Step("tool", tool_calls=(ToolCall("1", 1, 1, "web_search", "{}", error="no secret"),)),
    ):
        _, draft, _ = screened([SPOILER], [["plain"]])
        answer = replace(ended(draft), steps=(step,), encrypted_content="sealed")
        screen = Screen([SPOILER])
        kept = screen.closed(answer)
        assert (kept.message, kept.steps, kept.encrypted_content, screen.hid) == ("plain", (), "", True)


def test_an_image_is_not_named_by_words_that_a_filter_finds() -> None:
    screen, draft, _ = screened([Filter("3", compiled("secret plan"), Where.ANSWERS, Action.STOP)], [["Here."]])
    for prompt in ("the secret plan", "an owl"):
        draft.apply(Drawn(ImagePart(b"x", "image/png"), prompt))
    kept = screen.closed(ended(draft))
    assert [file.name for file in kept.attachments] == ["image-1.png", "an-owl-2.png"]


def test_searches_and_addresses_lose_what_a_filter_finds() -> None:
    screen, draft, _ = screened([SPOILER], [["plain"]])
    call = ToolCall("1", 1, 1, "web_search", "{}")
    draft.apply(Called(0, call, Query("web", "what secret is it")))
    assert screen.queries(draft.queries) == ()  # nothing is looked at where snapshots are made: there may be many
    assert not screen.light(draft)
    screen.take(draft)
    assert screen.light(draft)
    assert screen.queries(draft.queries) == (Query("web", f"what {BLOCK * 6} is it"),)
    places = (Citation("https://a.example/Secret", 0, 1), Citation("https://b.example", 0, 1))
    answer = replace(ended(draft), citations=("https://a.example/Secret", "https://b.example"), cited=places)
    kept = screen.closed(answer)
    assert (kept.citations, kept.cited) == (("https://b.example",), places[1:])
    assert kept.queries == (Query("web", f"what {BLOCK * 6} is it"),)


def test_an_answer_ends_where_a_filter_takes_too_long_and_nothing_is_kept_that_it_had_not_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    filters = [SPOILER, Filter("3", compiled("(?s)b.*c"), Where.ANSWERS, Action.TELL)]
    screen, draft, shown = screened(filters, [["plain secret ", "plain "]])
    monkeypatch.setattr(answer_filter, "within", lambda _: out_of_time)
    draft.apply(TextPiece(0, "assistant", "words and a secret"))
    screen.take(draft)
    assert screen.cut
    assert screen.slow in filters
    kept = screen.closed(ended(draft))
    assert kept.message == screen.text == shown[-1]
    assert (screen.hid, kept.reasoning, kept.steps) == (True, "", ())


def test_an_answer_that_is_too_slow_to_be_looked_at_as_a_whole_keeps_what_was_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen, draft, shown = screened([SPOILER], [["plain ", "words, se"]])
    monkeypatch.setattr(answer_filter, "within", lambda _: out_of_time)
    kept = screen.closed(ended(draft))
    assert kept.message == shown[-1] == "plain words, "
    assert screen.slow is SPOILER


def out_of_time() -> None:
    raise TooSlowError
