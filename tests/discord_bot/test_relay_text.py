"""What is posted for a person: their words as they wrote them, their name as nothing but a name, and never too much."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.discord_bot.answers.relay_text import MOST_MESSAGES, Words, laid_out, not_taken
from grokbot.discord_bot.notices.texts.answer_text import NO_FILES_HERE, SOMEBODY, WHOLE_MESSAGE

LINE = "All work and no play makes this text a long one.\n"


@pytest.mark.parametrize(
    ("name", "text", "posted"),
    [
        ("alice", "How do figs grow?", "**alice** (API): How do figs grow?"),
        ("alice", "**bold** `code` <@5>", "**alice** (API): **bold** `code` <@5>"),
        ("**bob** (API): yes\n\nalice", "no", r"**\*\*bob\*\* \(API\)\: yes alice** (API): no"),
        ("@everyone", "hi", r"**\@everyone** (API): hi"),
        ("\u200b", "hi", f"**{SOMEBODY}** (API): hi"),
        ("alice", "# A heading", "**alice** (API):\n# A heading"),
        ("alice", "> said bob", "**alice** (API):\n> said bob"),
        ("alice", "```py\nx = 1\n```", "**alice** (API):\n```py\nx = 1\n```"),
        ("alice", "- one\n- two", "**alice** (API):\n- one\n- two"),
        ("alice", "#hashtag", "**alice** (API): #hashtag"),
    ],
)
def test_a_text_stands_behind_the_name(name: str, text: str, posted: str) -> None:
    assert laid_out(name, text, may_attach=True) == [Words(posted)]


def test_a_text_of_two_messages_is_cut_and_has_no_file() -> None:
    posted = laid_out("alice", LINE * 60, may_attach=True)
    assert len(posted) == 2
    assert all(each.file is None and len(each.content) <= 2000 for each in posted)
    assert "".join(each.content for each in posted).count("All work") == 60


@pytest.mark.parametrize(("may_attach", "note"), [(True, WHOLE_MESSAGE), (False, NO_FILES_HERE)])
def test_a_longer_text_is_whole_in_a_file_where_there_may_be_one(may_attach: bool, note: str) -> None:
    text = LINE * 200
    first, last = laid_out("alice", text, may_attach=may_attach)
    assert first.file is None
    assert last.file == (text if may_attach else None)
    assert last.content.endswith(f"\n{note}")
    assert max(len(first.content), len(last.content)) <= 2000


def test_of_a_text_that_shows_little_of_itself_nothing_is_lost() -> None:
    text = f"one{' ' * 9000}two"
    assert [each.file for each in laid_out("alice", text, may_attach=True)][-1] == text


@given(name=st.text(max_size=200), text=st.text(min_size=1, max_size=9000), may_attach=st.booleans())
def test_whatever_is_said_discord_could_take_it(name: str, text: str, may_attach: bool) -> None:
    posted = laid_out(name, text, may_attach=may_attach)
    assert 1 <= len(posted) <= MOST_MESSAGES
    assert all(1 <= len(each.content.strip()) <= 2000 for each in (*posted, not_taken(name)))
    assert posted[0].content.startswith("**")
    head = posted[0].content.split("(API):")[0]
    assert "\n" not in head


@given(text=st.text(alphabet="ab `*_\n#>-~", min_size=2100, max_size=9000))
def test_code_and_emphasis_that_are_cut_through_still_fit(text: str) -> None:
    assert all(len(each.content) <= 2000 for each in laid_out("alice", text, may_attach=True))
