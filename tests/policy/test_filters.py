from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grokbot.conversation.errors import UserError
from grokbot.policy.filters import (
    LONGEST_SAMPLE,
    MOST_FILTERS,
    Action,
    Filter,
    FilteredError,
    FilterTooSlowError,
    PatternError,
    Span,
    TooSlowError,
    Where,
    check_brought,
    check_prompt,
    compiled,
    found_named,
    judged,
    new_filter,
    patterns_of,
    tried,
)
from grokbot.policy.filters.filters import NOT_LET_THROUGH, NOT_LOOKED_AT, TOO_SLOW_HERE
from grokbot.policy.filters.new_filter import NO_NAME, NO_WORDS, ONLY_ANSWERS, TOO_MANY_WORDS
from grokbot.policy.filters.patterns import patient


def made(pattern: str, action: Action, where: Where = Where.BOTH) -> Filter:
    return Filter(pattern, compiled(pattern), where, action)


@pytest.mark.parametrize(
    ("action", "where", "passes", "told"),
    [
        (Action.REFUSE, Where.PROMPTS, False, 1),
        (Action.REFUSE, Where.BOTH, False, 1),
        (Action.REFUSE, Where.ANSWERS, True, 0),
        (Action.STOP, Where.PROMPTS, False, 1),
        (Action.STOP, Where.ANSWERS, True, 0),
        (Action.SPOILER, Where.BOTH, True, 1),
        (Action.SPOILER, Where.ANSWERS, True, 0),
        (Action.TELL, Where.PROMPTS, True, 1),
        (Action.TELL, Where.ANSWERS, True, 0),
    ],
)
def test_what_becomes_of_a_question(action: Action, where: Where, passes: bool, told: int) -> None:
    one = made("secret", action, where)
    assert check_prompt([one], "nothing of it") == ()
    if passes:
        assert len(check_prompt([one], "a secret")) == told
        return
    with pytest.raises(FilteredError, match=NOT_LET_THROUGH) as refused:
        check_prompt([one], "a secret")
    assert [hit.span for hit in refused.value.hits] == [Span(2, 8)] * told
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("action", "where", "hidden", "cut", "told"),
    [
        (Action.REFUSE, Where.BOTH, (), 2, 1),
        (Action.REFUSE, Where.PROMPTS, (), None, 0),
        (Action.STOP, Where.ANSWERS, (), 2, 1),
        (Action.SPOILER, Where.ANSWERS, (Span(2, 8), Span(12, 18)), None, 2),
        (Action.TELL, Where.ANSWERS, (), None, 1),
    ],
)
def test_what_becomes_of_an_answer(
    action: Action, where: Where, hidden: tuple[Span, ...], cut: int | None, told: int
) -> None:
    found = judged([made("secret", action, where)], "a secret in secret")
    assert (found.hidden, found.cut, len(found.hits)) == (hidden, cut, told)


def test_an_answer_ends_at_the_first_match_that_ends_it_and_nothing_hidden_reaches_past_it() -> None:
    found = judged(
        [made("end", Action.STOP), made("a.*z", Action.SPOILER), made("word", Action.TELL)], "a word end z word"
    )
    assert found.cut == 7
    assert found.hidden == (Span(0, 7),)
    assert [hit.span for hit in found.hits] == [Span(0, 12), Span(2, 6), Span(7, 10)]


def test_a_pattern_is_tried_on_a_sample_before_it_is_saved() -> None:
    assert tried("a+", "baab a") == (Span(1, 3), Span(5, 6))
    assert tried("x", "baab a") == ()
    with pytest.raises(PatternError):
        tried("(", "a")
    with pytest.raises(UserError, match="A sample may have 4,000 characters at most"):
        tried("a", "a" * (LONGEST_SAMPLE + 1))


def test_a_filter_that_cannot_be_is_not_made() -> None:
    assert new_filter("1", "a", Where.ANSWERS, Action.SPOILER, present=MOST_FILTERS - 1).id == "1"
    with pytest.raises(UserError, match="A server may have 50 filters"):
        new_filter("1", "a", Where.ANSWERS, Action.SPOILER, present=MOST_FILTERS)
    with pytest.raises(UserError, match=ONLY_ANSWERS):
        new_filter("1", "a", Where.PROMPTS, Action.SPOILER, present=0)
    with pytest.raises(PatternError):
        new_filter("1", "[", Where.BOTH, Action.TELL, present=0)


def out_of_time() -> None:
    raise TooSlowError


@pytest.mark.parametrize("action", list(Action))
def test_what_cannot_be_looked_at_in_time_is_not_let_through_and_says_which_filter_it_was(action: Action) -> None:
    one = made("secret", action)
    for check in (check_prompt, check_brought):
        with pytest.raises(FilteredError, match=NOT_LOOKED_AT) as refused:
            check([one], "nothing of it", out_of_time)
        assert refused.value.slow is one
    with pytest.raises(FilterTooSlowError) as slow:
        judged([one], "nothing of it", out_of_time)
    assert slow.value.filter is one
    with pytest.raises(UserError, match=TOO_SLOW_HERE):
        tried("secret", "nothing of it", out_of_time)


def test_a_filter_is_meant_by_its_number_its_name_or_its_id() -> None:
    held = [replace(made("a", Action.TELL), number=1, name="Spoilers"), replace(made("b", Action.TELL), number=12)]
    for typed, found in (
        ("1", 0),
        ("#12", 1),
        (" spoilers", 0),
        ("“SPOILERS”", 0),
        ("`b`", 1),
        ("2", None),
        ("", None),
    ):
        assert found_named(held, typed) == (None if found is None else held[found]), typed


@pytest.mark.parametrize("name", ["x" * 41, "12", "#3"])
def test_a_name_is_short_and_no_number(name: str) -> None:
    with pytest.raises(UserError, match=str(NO_NAME)[:9]):
        new_filter("1", "a", Where.BOTH, Action.TELL, present=0, name=name)
    assert new_filter("1", "a", Where.BOTH, Action.TELL, present=0, name=" two \u200b words ").name == "two words"


@settings(max_examples=30)
@given(st.lists(st.text("aZ9üß私+.(|\\- \n", max_size=12), max_size=80))
def test_a_list_of_words_finds_each_of_them(words: list[str]) -> None:
    listed = "\n".join(words)
    lines = [" ".join(line.split()) for line in listed.splitlines() if line.split()]
    try:
        patterns = [compiled(pattern) for pattern in patterns_of(listed, most=50)]
    except UserError as error:
        assert str(error) == NO_WORDS  # noqa: PT017 - only an empty list is refused
        assert not lines
        return
    for line in lines:
        assert any(next(pattern.spans(line, patient), None) for pattern in patterns), line


def test_words_are_whole_words_and_a_long_list_takes_several_filters() -> None:
    [pattern] = patterns_of("fig\nfig\n c++ \n", most=1)
    found = [text for text in ("a fig!", "figs", "C++!", "c") if any(compiled(pattern).spans(text, patient))]
    assert found == ["a fig!", "C++!"]
    long = "\n".join(f"word{number}" for number in range(100))
    assert len(patterns_of(long, most=50)) > 1
    with pytest.raises(UserError, match=str(TOO_MANY_WORDS)[:20]):
        patterns_of(long, most=1)
