"""What people see of an answer while it grows: no closed message changes, through both steps."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from grokbot.discord_bot.markdown import MINIMUM_LIMIT, GrowingAnswer, split
from grokbot.discord_bot.markdown.formulas import LONGEST_FORMULA
from grokbot.discord_bot.markdown.message_texts import to_discord
from grokbot.discord_bot.markdown.translator import EARLY, LONGEST_LINE
from tests.discord_bot.markdown_examples import EXAMPLES, anything, documents, long_documents

thorough = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
costly = settings(thorough, max_examples=15)
limits = st.sampled_from([MINIMUM_LIMIT, 80, 300, 2000])


def streamed(text: str, limit: int, step: int) -> list[list[str]]:
    """What is shown after every piece, and last of all the end."""
    answer = GrowingAnswer(limit)
    views = []
    for start in range(0, len(text), step):
        answer.feed(text[start : start + step])
        views.append(answer.shown())
    return [*views, answer.finished()]


def closed_messages_never_change(views: list[list[str]], limit: int) -> None:
    for early, late in pairwise(views):
        assert late[: max(0, len(early) - 1)] == early[:-1]
    assert all(0 < len(message) <= limit for view in views for message in view)


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_prefix_of_an_example_keeps_the_closed_messages(text: str) -> None:
    for limit in (MINIMUM_LIMIT, 2000):
        closed_messages_never_change(streamed(text[:600], limit, 1), limit)


@given(anything | documents, limits, st.integers(1, 7))
@thorough
def test_closed_messages_never_change_while_anything_arrives(text: str, limit: int, step: int) -> None:
    closed_messages_never_change(streamed(text[:1500], limit, step), limit)


@given(long_documents, st.integers(3, 60))
@example("word " * 230 + "\n\n" + EXAMPLES[56] + "\n" + "more " * 300, 3)
@costly
def test_closed_messages_never_change_wherever_a_thing_stands_in_a_message(text: str, step: int) -> None:
    closed_messages_never_change(streamed(text[:9000], 2000, step), 2000)


@given(st.integers(0, 1990), st.lists(st.integers(1, 44), min_size=1, max_size=40), st.booleans())
@thorough
def test_a_table_moves_its_columns_only_in_the_last_message(before: int, widths: list[int], heading: bool) -> None:
    text = "a" * before + ("\n\n## Heading" if heading else "") + "\n\n| n | value |\n|---|---|\n"
    text += "".join(f"| {n} | {'v' * width} |\n" for n, width in enumerate(widths)) + "\nend"
    closed_messages_never_change(streamed(text, 2000, 11), 2000)


@pytest.mark.parametrize("before", range(1300, 1980, 40))
def test_a_table_that_closed_a_message_stays_a_table_when_a_row_comes_that_is_too_wide(before: int) -> None:
    text = "a" * before + "\n\n| a | b |\n|---|--:|\n" + f"| x | {'y' * 30} |\n" + "| x | y |\n" * 12
    views = streamed(text + f"| {'wide ' * 10}| y |\n| x | y |\n\nend", 2000, 7)
    closed_messages_never_change(views, 2000)
    assert f"**a**: {'wide ' * 10}".strip() in "".join(views[-1])


@given(anything | documents, limits, st.data())
@thorough
def test_it_does_not_matter_in_which_pieces_an_answer_arrives(text: str, limit: int, data: st.DataObject) -> None:
    answer = GrowingAnswer(limit)
    start = 0
    while start < len(text):
        end = start + data.draw(st.integers(1, max(1, len(text) // 4)))
        answer.feed(text[start:end])
        start = end
    assert answer.finished() == split(to_discord(text, limit), limit)


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_becomes_the_same_in_pieces_and_at_once(text: str) -> None:
    for limit, step in ((MINIMUM_LIMIT, 3), (2000, 1)):
        answer = GrowingAnswer(limit)
        for start in range(0, len(text), step):
            answer.feed(text[start : start + step])
        assert answer.finished() == split(to_discord(text, limit), limit)


@given(documents, limits)
@thorough
def test_looking_at_an_answer_changes_nothing(text: str, limit: int) -> None:
    looked, other = GrowingAnswer(limit), GrowingAnswer(limit)
    for start in range(0, len(text), 50):
        looked.feed(text[start : start + 50])
        other.feed(text[start : start + 50])
        assert looked.shown() == looked.shown()
        looked.finished()
    assert looked.finished() == other.finished()


@given(anything | documents)
@thorough
def test_what_waits_is_bounded(text: str) -> None:
    answer = GrowingAnswer()
    for start in range(0, len(text), 40):
        answer.feed(text[start : start + 40])
        waiting = answer._translator
        assert len(waiting._partial) <= LONGEST_LINE + 40
        assert waiting._formula is None or sum(map(len, waiting._formula.lines)) <= LONGEST_FORMULA
    assert EARLY < LONGEST_LINE


def test_words_are_shown_as_they_come_though_their_line_has_not_ended() -> None:
    text = "A paragraph in one line, as models write them, " * 60
    answer = GrowingAnswer()
    for end in range(4, len(text), 4):
        answer.feed(text[end - 4 : end])
        seen = "".join("".join(message.split()) for message in answer.shown())
        assert len("".join(text[:end].split())) - len(seen) <= EARLY
    assert len(answer.shown()) > 1


def test_rows_are_shown_as_they_come_and_their_columns_move() -> None:
    answer = GrowingAnswer()
    answer.feed("| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert answer.shown() == ["```\na  b\n─  ─\n1  2\n```\n"]
    answer.feed("| longer | 2 |\n")
    assert answer.shown() == ["```\na       b\n──────  ─\n1       2\nlonger  2\n```\n"]


def test_half_of_a_formula_a_row_or_an_image_is_not_shown() -> None:
    for half in (r"\(\alpha", "| a | b |\n|--", "![pic](https://e.or", "<b>bo", "[^1", "$$\nx = "):
        answer = GrowingAnswer()
        answer.feed("Some words.\n\n" + half)
        assert [message.strip() for message in answer.shown()] == ["Some words."]


def test_a_table_of_one_code_block_is_not_torn_wherever_it_stands() -> None:
    table = "| name | value |\n|---|---|\n" + "| a row | 1234 |\n" * 20
    block = to_discord(table).strip()
    for before in range(0, 1990, 83):
        parts = split(to_discord("word " * (before // 5) + "\n\n" + table + "\nend"))
        assert sum(block in part for part in parts) == 1
