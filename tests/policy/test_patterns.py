from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from grokbot.conversation.errors import UserError
from grokbot.policy.filters import PatternError, Span, compiled
from grokbot.policy.filters.pattern_syntax import beginnings
from grokbot.policy.filters.patterns import LARGEST_PROGRAM, LONGEST_PATTERN, check_quick
from tests.policy.pattern_cases import TEXTS, patterns


def found(pattern: str, text: str) -> list[str]:
    return [text[span.start : span.end] for span in compiled(pattern).spans(text)]


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("secret", "Secret, SECRET", ["Secret", "SECRET"]),
        ("(?-i)secret", "Secret, secret", ["secret"]),
        ("é+", "aÉéz", ["Éé"]),
        ("🐝.", "🐝🐝a", ["🐝🐝"]),
        (r"x\b|\b", "ax b", ["x"]),
        ("[0-9]{4}", "1234 12345", ["1234", "1234"]),
        (".", "\ud800", ["\ud800"]),
    ],
)
def test_what_a_pattern_finds(pattern: str, text: str, matches: list[str]) -> None:
    assert found(pattern, text) == matches


@pytest.mark.parametrize(
    ("pattern", "position", "said"),
    [
        ("a(b", 1, "A bracket ( is opened here and never closed (at character 2)."),
        (r"\((a[(]((b)", 7, "A bracket ( is opened here and never closed (at character 8)."),
        ("ab)c", 2, "This bracket ) closes nothing (at character 3)."),
        ("ab[c", 2, "A bracket [ is opened here and never closed (at character 3)."),
        ("*a", 0, "There is nothing to repeat before `*` (at character 1)."),
        ("a|*", 2, "There is nothing to repeat before `*` (at character 3)."),
        ("ab**", 2, "`**` repeats a repetition (at character 3)."),
        ("a-z[z-a]", 4, "`z-a` is not a range or class of characters (at character 5)."),
        (r"aq\q", 2, r"`\q` means nothing in a pattern (at character 3)."),
        (r"(a)\1", 3, r"`\1` means nothing in a pattern (at character 4)."),
        (r"a\C", 1, r"`\C` means nothing in a pattern (at character 2)."),
        (
            "a(?=b)",
            1,
            "`(?=` is not supported: no look-ahead, look-behind or back-references (at character 2).",
        ),
        (
            "a{2000}",
            1,
            "`{2000}` repeats too often: 1,000 times are possible, in all that is nested together (at character 2).",
        ),
        ("ab\\", 2, "The pattern ends in the middle of an escape (at character 3)."),
        ("a*", None, "This pattern matches empty text, and so everywhere. Require at least one character."),
        ("", None, "This pattern matches empty text, and so everywhere. Require at least one character."),
        (r"\pL{900}", None, "This pattern takes too much memory. Make it shorter, or use fewer repetitions."),
        (
            "(" * 60 + "a" + ")" * 60,
            None,
            "This pattern takes too much memory. Make it shorter, or use fewer repetitions.",
        ),
        (
            "a" * (LONGEST_PATTERN + 1),
            None,
            "A pattern may have 500 characters at most. Split it into several filters.",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(pattern: str, position: int | None, said: str) -> None:
    with pytest.raises(PatternError) as mistake:
        compiled(pattern)
    assert isinstance(mistake.value, UserError)
    assert (str(mistake.value), mistake.value.position) == (said, position)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60) | st.text("()[]{}*+?|\\^$.-:<>=!PpQECUabnx019,&~", max_size=30))
def test_every_pattern_is_taken_or_refused_with_a_sentence(pattern: str) -> None:
    try:
        one = compiled(pattern)
    except PatternError as mistake:
        place, said = mistake.position, str(mistake)
    else:
        place, said = None, "."
        assert all(0 <= span.start < span.end <= 3 for span in one.spans("abc"))
    assert place is None or 0 <= place < len(pattern)
    assert said.endswith(".")


@settings(max_examples=100, deadline=None)
@given(patterns(unbounded=True), TEXTS)
def test_every_beginning_of_a_match_is_seen_as_one(pattern: str, text: str) -> None:
    try:
        one = compiled(pattern)
    except PatternError:
        assume(False)
        raise
    for span in one.spans(text):
        for end in range(span.start, span.end + 1):
            assert one.underway(text[:end], span.start) == span.start


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b", "[ab]", ".", "a?", "(?:ab)+", "b*", "(?:a|bb)"]), min_size=1, max_size=4),
    st.data(),
)
def test_nothing_else_is_seen_as_a_beginning(parts: list[str], data: st.DataObject) -> None:
    """Compared with all beginnings of all words that the pattern matches, up to a length."""
    pattern = "".join(parts)
    words = [""]
    for _ in range(9):
        words += [word + letter for word in words if len(word) == len(words[-1]) for letter in "ab"]
    whole = re.compile(pattern)
    begun = {word[:end] for word in words if whole.fullmatch(word) for end in range(len(word) + 1)}
    text = data.draw(st.text("ab", max_size=3))
    assert (re.fullmatch(beginnings(pattern), text) is not None) == (text in begun)


def test_no_pattern_takes_long_whatever_the_text() -> None:
    """What backtracking takes for ages: 2^30 ways; the bound is far from what is measured, and as far from ages."""
    for pattern in ("(a+)+b", "(a|aa)+b", "(.*)(.*)(.*)(.*)x", "(a?){30}a{30}b"):
        begun = time.perf_counter()
        one = compiled(pattern)
        assert list(one.spans("a" * 20_000)) == []
        one.underway("a" * 20_000, 0)
        assert time.perf_counter() - begun < 5


@settings(max_examples=200, deadline=None)
@given(patterns(unbounded=True), TEXTS, st.integers(1, 8))
def test_a_text_is_looked_through_in_windows_as_if_it_were_one(pattern: str, text: str, window: int) -> None:
    try:
        one = compiled(pattern)
    except PatternError:
        assume(False)
        raise
    assert list(one.spans(text, window=window)) == list(one.spans(text))


@pytest.mark.parametrize(("pattern", "found"), [("(?m)^a$", 0), (r"a\z", 1), (r"\ba\b", 0), (r"\Aa", 1), ("a", 40_001)])
def test_what_stands_beside_a_window_is_seen(pattern: str, found: int) -> None:
    assert len(list(compiled(pattern).spans("a" * 40_001))) == found


@pytest.mark.parametrize("pattern", ["((a{1,10}){1,10}){1,9}b", ".{1,1000}x", r"(?:\w{1,30}\s){1,30}x"])
def test_a_pattern_that_writes_itself_out_too_often_is_not_taken(pattern: str) -> None:
    with pytest.raises(PatternError, match="steps"):
        check_quick(compiled(pattern))


@pytest.mark.parametrize(
    "pattern",
    [r"\pL{1,20}", r"(\p{Han}|\p{Hiragana}){3,20}", "(?s)begin.*end", r"\w{1,30}@\w+", "|".join(["word"] * 100)],
)
def test_classes_of_many_letters_and_lists_of_words_are_quick(pattern: str) -> None:
    assert check_quick(compiled(pattern)).steps <= LARGEST_PROGRAM


def test_patterns_are_values() -> None:
    assert compiled("a") == compiled("a") != compiled("b")
    assert "a" in repr(compiled("a"))
    assert compiled("ab").next_span("ab ab", 1) == Span(3, 5)
    assert compiled("ab").next_span("ab ab", 4) is None


def test_a_daemon_without_filters_loads_neither_re2_nor_what_draws_charts() -> None:
    parts = "grokbot.daemon, grokbot.discord_bot.bot.startup, grokbot.web.listener"
    script = f"import sys, {parts}; sys.exit(any(name in sys.modules for name in ('re2', 'resvg_py')))"
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0  # noqa: S603 - our own
