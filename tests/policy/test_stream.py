from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from grokbot.policy.filters import Action, Filter, Hit, PatternError, Span, StreamFilter, Where, compiled, judged
from grokbot.policy.filters.filters import Judged, cut_off, in_order
from grokbot.policy.filters.patterns import LONGEST_MATCH, Pattern
from grokbot.policy.filters.stream import Progress
from tests.policy.pattern_cases import TEXTS, cut_up, patterns

if TYPE_CHECKING:
    from collections.abc import Sequence


def made(pattern: str, action: Action = Action.SPOILER, where: Where = Where.ANSWERS) -> Filter:
    return Filter(pattern, compiled(pattern), where, action)


def usable(pattern: str) -> Pattern:
    try:
        return compiled(pattern)
    except PatternError:
        assume(False)
        raise


def run(filters: list[Filter], pieces: list[str], longest: int = LONGEST_MATCH) -> list[Progress]:
    stream = StreamFilter(filters, longest)
    return accumulated([*(stream.add(piece) for piece in pieces), stream.end()])


def accumulated(steps: Sequence[Progress]) -> list[Progress]:
    """What is known after each of them, with all that was told before."""
    known: tuple[Hit, ...] = ()
    whole: list[Progress] = []
    for step in steps:
        known = in_order((*known, *step.judged.hits))
        ended = cut_off(known) if step.judged.cut is not None else Judged(known)
        whole.append(Progress(step.safe, ended))
    return whole


@settings(max_examples=120, deadline=None)
@given(patterns(unbounded=True), TEXTS, st.data())
def test_a_match_is_found_wherever_the_pieces_are_cut(pattern: str, text: str, data: st.DataObject) -> None:
    one = Filter("f", usable(pattern), Where.ANSWERS, Action.SPOILER)
    whole = judged([one], text)
    steps = run([one], data.draw(cut_up(text)))
    assert steps[-1] == Progress(len(text), whole)
    for earlier, later in pairwise(steps):
        assert earlier.safe <= later.safe
        assert later.judged.hits[: len(earlier.judged.hits)] == earlier.judged.hits


@settings(max_examples=120, deadline=None)
@given(patterns(unbounded=True), TEXTS, st.data())
def test_what_is_to_be_hidden_is_never_shown_in_between(pattern: str, text: str, data: st.DataObject) -> None:
    one = Filter("f", usable(pattern), Where.ANSWERS, Action.SPOILER)
    hidden = {place for span in judged([one], text).hidden for place in range(span.start, span.end)}
    for step in run([one], data.draw(cut_up(text))):
        known = {place for span in step.judged.hidden for place in range(span.start, span.end)}
        assert not {place for place in range(step.safe) if place in hidden and place not in known}
        assert known <= hidden


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(patterns(unbounded=True), st.sampled_from(Action)), max_size=3), TEXTS, st.data())
def test_several_filters_are_the_same_in_pieces_as_at_once(
    given_filters: list[tuple[str, Action]], text: str, data: st.DataObject
) -> None:
    filters = [Filter(str(n), usable(p), Where.BOTH, action) for n, (p, action) in enumerate(given_filters)]
    whole = judged(filters, text)
    pieces = data.draw(cut_up(text))
    steps = run(filters, pieces)
    assert steps[-1].judged == whole
    assert steps[-1].safe == (len(text) if whole.cut is None else whole.cut)
    for step in steps:
        assert step.judged.cut in (None, whole.cut)
        assert whole.cut is None or step.safe <= whole.cut
        assert step.judged.cut is None or step.judged.hidden == whole.hidden


@settings(max_examples=120, deadline=None)
@given(patterns(unbounded=True), TEXTS, st.integers(1, 8), st.data())
@example("(?s)a.*b", "a" + "x" * 20 + "b", 5, None)
@example("(?s)a.*", "a" + "x" * 20, 5, None)
def test_no_more_is_held_back_than_the_longest_match(
    pattern: str, text: str, longest: int, data: st.DataObject | None
) -> None:
    one = Filter("f", usable(pattern), Where.ANSWERS, Action.SPOILER)
    pieces = list(text) if data is None else data.draw(cut_up(text))
    stream, length = StreamFilter([one], longest), 0
    for piece in pieces:
        length += len(piece)
        progress = stream.add(piece)
        assert progress.safe >= length - longest
        assert len(stream._readers[0]._text) <= longest + 1
    assert stream.end().safe == len(text)


@settings(max_examples=120, deadline=None)
@given(patterns(unbounded=False), TEXTS, st.data())
def test_short_matches_are_found_with_little_held_back(pattern: str, text: str, data: st.DataObject) -> None:
    one = Filter("f", usable(pattern), Where.ANSWERS, Action.SPOILER)
    longest = max((span.end - span.start for span in one.pattern.spans(text)), default=1)
    assume(_growing_at_most(one.pattern, text) <= longest)
    assert run([one], data.draw(cut_up(text)), longest)[-1].judged == judged([one], text)


def _growing_at_most(pattern: Pattern, text: str) -> int:
    """The longest beginning of a match anywhere in the text, whether it becomes one or not."""
    return max(
        (end - pattern.underway(text[:end], start) for end in range(len(text) + 1) for start in range(end)), default=0
    )


@pytest.mark.parametrize(
    ("pattern", "pieces", "safe"),
    [
        ("secret", ["the ", "se", "a", " s", "ecre", "t."], [4, 4, 7, 8, 8, 15]),
        ("secret", ["a plain answer, with no such word"], [33]),
        (r"\bkey\b", ["the key", "s", " key"], [4, 8, 9]),
        ("a+", ["xaa", "aa", "b"], [1, 1, 6]),
        ("(?m)^no$", ["no", "\n", "no", "pe"], [0, 3, 3, 7]),
        (".*secret", ["a line", "\n", "b"], [0, 7, 7]),
    ],
)
def test_only_what_may_become_a_match_is_held_back(pattern: str, pieces: list[str], safe: list[int]) -> None:
    assert [step.safe for step in run([made(pattern)], pieces)][:-1] == safe


@pytest.mark.parametrize(("pattern", "found"), [(r"\bkey\b", 0), (r"\Bkey\b", 1), ("^key", 0), ("(?m)^key", 0)])
def test_what_stood_before_a_piece_is_not_forgotten(pattern: str, found: int) -> None:
    assert len(run([made(pattern)], ["a mon", "key "])[-1].judged.hits) == found
    assert len(run([made(pattern)], ["a mon\n", "key "])[-1].judged.hits) == (pattern in (r"\bkey\b", "(?m)^key"))


def test_a_filter_that_only_tells_holds_nothing_back() -> None:
    steps = run([made("secret", Action.TELL)], ["the secre", "t is out"])
    assert [step.safe for step in steps] == [9, 17, 17]
    assert [len(step.judged.hits) for step in steps] == [0, 1, 1]


def test_filters_of_prompts_alone_do_not_look_at_answers() -> None:
    assert run([made("secret", Action.STOP, Where.PROMPTS)], ["secret"])[-1] == Progress(6, judged([], ""))


def test_an_answer_is_ended_before_what_ends_it_and_nothing_after_it_counts() -> None:
    steps = run([made("stop", Action.STOP), made("word")], ["a word, st", "op and another word"])
    assert steps[0].safe == 8
    assert steps[1].judged.cut == steps[-1].judged.cut == 8
    assert steps[1].safe == steps[-1].safe == 8
    assert steps[1].judged.hidden == (Span(2, 6),)


def test_an_answer_is_not_ended_before_what_comes_first_is_decided() -> None:
    steps = run([made("stop", Action.STOP), made("(?s)begin.*end")], ["begin it, stop.", " end"])
    assert steps[0] == Progress(0, judged([], ""))
    assert steps[-1].judged.hidden == (Span(0, 10),)
    assert steps[-1].judged.cut == 10


def test_a_match_that_is_longer_than_the_longest_is_cut_while_it_streams_and_found_whole_at_the_end() -> None:
    one, text = made("(?s)a.*z"), "a" + "b" * 50 + "z"
    assert run([one], list(text), 10)[-1].judged.hits == ()
    assert judged([one], text).hidden == (Span(0, 52),)
    growing = run([made("a+")], ["a" * 8, "a" * 8, "b"], 10)
    assert [step.judged.hidden for step in growing] == [(), (Span(0, 16),), (Span(0, 16),), (Span(0, 16),)]


def test_half_characters_are_matched_like_any_other_unknown_one() -> None:
    steps = run([made("x.secret")], ["ax\ud83d", "secret\udc00"])
    assert steps[-1].judged.hidden == (Span(1, 9),)


def test_pieces_of_one_character_cost_no_more_than_their_number() -> None:
    """50 filters, a text whose every character may begin a match: the tails stay short, nothing is read anew."""
    stream = StreamFilter([made(f"(?s)ab{{{n}}}c") for n in range(1, 51)], 100)
    for _ in range(300):
        stream.add("ab")
        assert max(len(reader._text) for reader in stream._readers) <= 101
