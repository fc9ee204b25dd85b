"""Citations: which number a source has, and where it stands in the text that people see."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grokbot.conversation.text import safe_address, source_name
from grokbot.conversation.text.citations import (
    MARKER,
    Citation,
    Numbering,
    marker,
    numbered,
    sources_of,
    with_markers,
    without_open_marker,
)

A, B = "https://a.example/x", "https://en.b.example/wiki/Foo_(bar)"


def found(text: str) -> list[str]:
    """The addresses in the order in which `numbered` sees them."""
    seen: list[str] = []

    def mark(_: int, url: str) -> str:
        seen.append(url)
        return ""

    numbered(text, mark)
    return seen


def test_numbers_follow_the_first_appearance_whatever_was_written() -> None:
    text = f"a [[7]]({B}) b [[2]]({A}) c [[7]]({B})"
    assert sources_of(text, [A, "https://c.example", "javascript:alert(1)", "https://c.example"]) == (
        B, A, "https://c.example",
    )  # fmt: skip
    assert numbered(text, lambda number, url: f"<{number} {url}>") == f"a <1 {B}> b <2 {A}> c <1 {B}>"


@given(
    st.lists(st.sampled_from([f"[[1]]({A})", f"[[2]]({B})", "[[3]](https://c.example/", ")", "x", "[["]), max_size=9)
)
def test_numbers_do_not_depend_on_the_pieces_in_which_a_text_arrives(pieces: list[str]) -> None:
    whole, growing = Numbering(), Numbering()
    whole.feed("".join(pieces))
    for piece in pieces:
        for character in piece:
            growing.feed(character)
    assert growing.urls == whole.urls


def test_code_that_looks_like_a_citation_stays_code() -> None:
    text = f"`[[1]]({A})`\n```\n[[1]]({A})\n```\n"
    assert numbered(text, lambda *_: "!") == text


def test_a_text_with_its_markers_is_shown_as_it_came() -> None:
    text = f"Owls see {marker(1, A)} well."
    at = text.index("[[")
    assert with_markers(text, [Citation(A, at, at + len(marker(1, A)))]) == text
    assert with_markers("é" + text, [Citation(A, at + 2, at + 40)]) == "é" + text  # counted in bytes


def test_a_position_without_a_marker_gets_one_behind_its_line() -> None:
    text = "First line.  \nSecond line.\n"
    assert with_markers(text, [Citation(A, 3, 8), Citation(B, 20, 22)]) == (
        f"First line.{marker(1, A)}  \nSecond line.{marker(2, B)}\n"
    )


@pytest.mark.parametrize(
    "block",
    ["```\nx = 1\n```", "~~~py\nx\n~~~", "| a | b |\n|---|---|\n| c | d |", "$$\nx + 1\n$$", "\\[\nx\n\\]"],
)
def test_no_marker_is_put_into_a_code_block_a_table_or_a_formula(block: str) -> None:
    text = f"Before.\n\n{block}\n\nAfter."
    for position in range(len("Before.\n\n") + 1, len("Before.\n\n") + len(block) + 1):
        shown = with_markers(text, [Citation(A, position, position)])
        assert shown == f"Before.\n\n{block}\n\n{marker(1, A)}\n\nAfter."


def test_a_marker_in_code_moves_behind_the_code() -> None:
    link = marker(1, A)
    text = f"Look:\n```\nx = 1 {link}\n```\nDone."
    at = text.index("[[")
    assert with_markers(text, [Citation(A, at, at + len(link))]) == f"Look:\n```\nx = 1 \n```\n\n{link}\nDone."
    inline = f"Call `f() {link}` now."
    at = inline.index("[[")
    assert with_markers(inline, [Citation(A, at, at + len(link))]) == f"Call `f() ` now.{link}"


_LINES = st.sampled_from(
    [
        "Owls see **well**.",
        "",
        "- an item",
        "> quoted",
        "# Head",
        "```\ncode\n```",
        "| a | b |\n|---|---|\n| c | d |",
        "x `y` z",
    ]
)
_POSITIONS = st.integers(-5, 120)


@settings(max_examples=100)
@given(st.lists(_LINES, max_size=6), st.lists(st.tuples(_POSITIONS, _POSITIONS), max_size=5))
def test_whatever_the_positions_each_valid_one_is_shown_once_in_order_and_nothing_else_changes(
    lines: list[str], positions: list[tuple[int, int]]
) -> None:
    text = "\n".join(lines)
    cited = [Citation(f"https://{number}.example/", start, end) for number, (start, end) in enumerate(positions)]
    shown = with_markers(text, cited)
    valid = [c for c in cited if 0 <= c.start <= c.end <= len(text)]
    assert sorted(found(shown)) == sorted(c.url for c in valid)
    order = [next(c.end for c in valid if c.url == url) for url in found(shown)]
    assert [len(text[:end].rstrip()) for end in order] == sorted(len(text[:end].rstrip()) for end in order)
    assert re.sub(r"\s", "", numbered(shown, lambda *_: "")) == re.sub(r"\s", "", text)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.nasa.gov/a?b=c", "nasa.gov"),
        ("https://x.com/nasa/status/17", "x.com/nasa"),
        ("https://twitter.com/nasa", "x.com/nasa"),
        ("https://x.com/i/status/17", "x.com"),
        ("https://user:word@e.org:80/", "e.org"),
        ("https://wikipedi\u0430.org/", "xn--wikipedi-86g.org"),
        ("https://[::1/", ""),
        ("https:///a", ""),
        ("https://a`b|c.org/", ""),
    ],
)
def test_a_source_is_called_by_its_host(url: str, name: str) -> None:
    assert source_name(url) == name


@given(st.text(max_size=60))
def test_nothing_in_an_address_is_markdown(text: str) -> None:
    assert not re.search(r"[\\`*~|()<>\[\]\"'\s]", safe_address(text))


@pytest.mark.parametrize("url", ["https://", "https://a.example/" + "x" * 600, "https://a.example/" + "(" * 200])
def test_an_address_that_fits_no_marker_does_not_stand_in_the_text(url: str) -> None:
    cited = [Citation(url, 0, 14), Citation(A, 0, 14)]
    shown = with_markers("Owls see well.", cited)
    assert MARKER.sub("", shown) == "Owls see well."
    assert sources_of(shown, [], cited) == (A, url)


@pytest.mark.parametrize("end", [f"[[30]]({A}", "[[30]](", " [[3]](<ht", "  [[12]](https://"])
def test_a_text_that_broke_off_within_a_citation_ends_before_it(end: str) -> None:
    assert without_open_marker(f"Owls [[1]]({A}) see{end}") == f"Owls [[1]]({A}) see"


@pytest.mark.parametrize("whole", ["", "Owls", f"Owls [[1]]({A})", f"Owls [[1]]({A}) see", "a[[0]](x", "m[[1]]"])
def test_other_ends_stay_as_they_are(whole: str) -> None:
    assert without_open_marker(whole) == whole
