"""What of a growing Markdown text is final: it never changes again, and nothing is lost or doubled."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from grokbot.terminal.chat.stable_prefix import GrowingText, blocks, reflows, settled
from grokbot.terminal.output.markdown import Lines, drawn

PIECES = (
    "# Title\n",
    "A paragraph with **bold** words.\n",
    "\n",
    "- one\n",
    "  - nested\n",
    "1. first\n",
    "2. second\n",
    "\n   of the same item\n",
    "> quoted\n",
    "```python\n",
    "print(1)\n",
    "```\n",
    "| a | b |\n|---|---|\n",
    "| 1 | 2 |\n",
    "---\n",
    "    indented\n",
    "half a li",
    "ne\n",
    "$ List<int> <b>\n",
    "\n\n",
)


def seen(text: str, width: int = 60) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(Lines(drawn(console, blocks(text))), end="")
    assert isinstance(console.file, io.StringIO)
    return [line for line in console.file.getvalue().splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("text", "final"),
    [
        ("", ""),
        ("one line", ""),
        ("one paragraph\n\n", ""),
        ("one paragraph\n\nano", ""),
        ("one paragraph\n\nanother\n", "one paragraph\n\n"),
        ("- a\n\n- b\n", ""),
        ("- a\n\n1", ""),
        ("- a\n\nend\n", "- a\n\n"),
        ("text\n\n```python\nx = 1\n\ny = 2\n", "text\n\n"),
        ("```\nx\n```\nafter\n", "```\nx\n```\n"),
        ("| a |\n|---|\n| 1 |\n", ""),
        ("# H\ntext\n", "# H\n"),
    ],
)
def test_all_but_the_last_block_of_whole_lines_is_final(text: str, final: str) -> None:
    assert text[: settled(text)] == final


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.integers(1, 9))
def test_what_was_final_stays_and_all_is_there_in_the_end(pieces: list[str], size: int) -> None:
    whole = "".join(pieces)
    growing = GrowingText()
    taken: list[str] = []
    for begin in range(0, len(whole), size):
        growing.add(whole[begin : begin + size])
        before = growing.text[: len(growing.text) - len(growing.live)]
        taken.extend(growing.take())
        assert whole.startswith(before)
    taken.extend(growing.take_all())
    assert growing.live == ""
    assert [line for block in taken for line in seen(block)] == seen(whole)


def test_blocks_of_a_text_are_drawn_one_by_one_as_they_are_together() -> None:
    text = "# T\n\npara\n\n- a\n  - b\n\n> q\n\n```\ncode\n```\n\n| a |\n|---|\n| 1 |\n\nend"
    assert len(blocks(text)) == 7
    assert [line for block in blocks(text) for line in seen(block)] == seen(text)


def test_angle_brackets_are_text_and_not_html() -> None:
    assert seen("List<int> and <b>bold</b>\n\n<div>\nx\n</div>") == ["List<int> and <b>bold</b>", "<div> x </div>"]


def test_only_a_table_is_drawn_anew_when_it_grows() -> None:
    assert reflows("text\n\n| a | b |\n|---|---|\n| 1 |")
    assert not any(reflows(text) for text in ("", "text", "- a\n- b", "```\n| a |\n|---|\n", "| a |\n|---|\n\nend"))


NESTED = "> " * 60 + "deep\n\n" + "".join("  " * level + f"- level-{level}\n" for level in range(40)) + "\n\nthe-end"


@pytest.mark.parametrize("width", [10, 20, 80])
def test_what_is_nested_deeper_than_there_is_room_is_shown_all_the_same(width: int) -> None:
    shown = "".join("".join(line.split()) for line in seen(NESTED, width))
    assert all(word in shown for word in ("deep", "level-0", "level-39", "the-end"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("![a picture](https://x.example/a.png)", "https://x.example/a.png"),
        ("See [this][1].\n\nAnd more.\n\n[1]: https://x.example/one", "https://x.example/one"),
        (f"| a | b | c |\n|---|---|---|\n| one | {'x' * 20}{'y' * 20} | https://x.example/long |", "x" * 20 + "y" * 20),
    ],
)
def test_no_address_and_no_long_word_of_a_cell_is_lost(text: str, kept: str) -> None:
    wide = "".join(seen(text, 120))
    assert kept in wide
    narrow = "".join(seen(text, 24))
    assert "…" not in narrow
    assert sum(narrow.count(letter) for letter in "xy") == sum(wide.count(letter) for letter in "xy")
