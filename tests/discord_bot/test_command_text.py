"""What commands say: never longer than a message, and nothing of what people wrote is read as markup."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.conversation.records import Info, ListedConversation, Page
from grokbot.conversation.response import Conversation, Mode, Usage
from grokbot.discord_bot.commands.library.delete import DeleteButton, DeleteChoice
from grokbot.discord_bot.commands.library.history import LONGEST_SEARCH, PAGE_SIZE, PageButton
from grokbot.discord_bot.notices.texts import command_text
from grokbot.discord_bot.notices.texts.command_text import (
    helped,
    link_to,
    listing,
    name_of,
    plain,
    sure,
)

AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
NASTY = st.one_of(
    st.text(max_size=100),
    st.text(alphabet="*_[]()<>@:`|~#\\\u200b\u202e\n👩\u200d💻é", max_size=100),
    st.just("x" * 100),
)


def conversation(title: str = "", **given_values: object) -> Conversation:
    values: dict[str, object] = {"guild_id": 2**63, "channel_id": 2**63 - 1, "owner_id": 1, "mode": Mode.STATELESS}
    values |= {"id": "0" * 26, "model": "grok-4.7", "created_at": AT, "modified_at": AT, "title": title}
    return Conversation(**(values | given_values))  # type: ignore[arg-type] # a case's own values


def entry(title: str = "", first_words: str = "", *, starred: bool = False) -> ListedConversation:
    return ListedConversation(
        conversation=conversation(title), starred=starred, responses=12_345, first_words=first_words
    )


def info(title: str = "", **given_values: object) -> Info:
    values: dict[str, object] = {"starred": True, "responses": 12, "variants": 3, "kept_until": AT, "branches": 1}
    values |= {"shares": 2, "people": 1, "conversation": conversation(title)}
    values |= {"tokens": Usage(120_000, 100_000, 2_345, 678, 1, 123_456_789)}
    return Info(**(values | given_values))  # type: ignore[arg-type] # a case's own values


@given(text=NASTY, limit=st.integers(2, 120))
def test_words_of_people_are_one_line_within_the_limit_with_every_mark_escaped(text: str, limit: int) -> None:
    written = plain(text, limit)
    assert len(written) <= limit
    assert len(written.splitlines()) <= 1
    left = iter(written)
    for character in left:
        if character == "\\":
            assert next(left) in command_text._MARKS
        else:
            assert character not in command_text._MARKS


@given(titles=st.lists(NASTY, min_size=1, max_size=PAGE_SIZE), search=st.text(max_size=LONGEST_SEARCH))
def test_a_full_page_fits_one_message_whatever_the_titles_are(titles: list[str], search: str) -> None:
    page = Page(tuple(entry(title, title, starred=True) for title in titles), 999_999)
    text = listing(page, offset=99_992, size=PAGE_SIZE, search=search, starred=True)
    assert len(text) <= 2000
    assert len(text.splitlines()) == len(titles) + 1


@given(search=st.text(max_size=LONGEST_SEARCH), starred=st.booleans(), offset=st.integers(0, 999_999))
def test_a_pages_button_holds_its_state_in_an_id_that_discord_takes(search: str, starred: bool, offset: int) -> None:
    button = PageButton("Older", search=search, starred=starred, offset=offset)
    assert len(button.custom_id.encode("utf-16-le", "surrogatepass")) // 2 <= 100
    found = button.template.fullmatch(button.custom_id)
    assert found is not None
    assert (found["search"], found["starred"] == "1", int(found["offset"])) == (search, starred, offset)


@pytest.mark.parametrize("wanted", DeleteChoice)
def test_a_deleting_button_holds_its_state_too(wanted: DeleteChoice) -> None:
    button = DeleteButton(wanted, "01" * 13)
    found = button.template.fullmatch(button.custom_id)
    assert found is not None
    assert (found["wanted"], found["conversation_id"]) == (wanted.value, "01" * 13)


def test_a_list_says_how_many_there_are_where_they_are_and_which_page_it_is() -> None:
    page = Page((entry("Blue sky", starred=True), entry("", "Hello")), 18)
    text = listing(page, offset=8, size=8, search="", starred=False)
    head, first, second = text.splitlines()
    assert head == "**Your conversations** · 18 conversations · page 2 of 3"
    link = f"https://discord.com/channels/{2**63}/{2**63 - 1}"
    assert first == f"9\\. ⭐ **Blue sky** · 12,345 messages · <t:{int(AT.timestamp())}:R> · [open]({link})"
    assert second.startswith("10\\. **Hello** · ")


@pytest.mark.parametrize(
    ("guild_id", "channel_id", "link"),
    [
        (5, 7, "https://discord.com/channels/5/7"),
        (None, 7, "https://discord.com/channels/@me/7"),
        (5, None, None),
    ],
)
def test_a_link_leads_to_where_a_conversation_is_held(
    guild_id: int | None, channel_id: int | None, link: str | None
) -> None:
    assert link_to(conversation(guild_id=guild_id, channel_id=channel_id)) == link


@pytest.mark.parametrize(
    ("search", "starred", "said"),
    [
        ("", False, command_text.NOTHING_LISTED),
        ("", True, command_text.NOTHING_STARRED),
        ("*x*", False, "None of your conversations contains “\\*x\\*”."),
        ("*x*", True, "None of your conversations contains “\\*x\\*”."),
    ],
)
def test_an_empty_list_says_why(search: str, starred: bool, said: str) -> None:
    assert listing(Page((), 0), offset=0, size=8, search=search, starred=starred) == said


@given(title=NASTY)
def test_what_is_told_of_a_conversation_fits_one_message(title: str) -> None:
    assert len(sure(info(title), remove=True)) <= 2000


def test_a_conversation_that_was_begun_elsewhere_is_listed_without_a_link() -> None:
    elsewhere = conversation("Figs", guild_id=None, channel_id=None, persona="fun")
    row = ListedConversation(conversation=elsewhere, starred=False, responses=2, first_words="How do figs grow?")
    told = listing(Page((row,), 1), offset=0, size=8, search="", starred=False)
    assert told.splitlines()[1] == f"1\\. **Figs** · 2 messages · <t:{int(AT.timestamp())}:R> · not in Discord"


@given(title=NASTY, first_words=NASTY)
def test_a_choices_name_is_what_discord_takes(title: str, first_words: str) -> None:
    name = name_of(entry(title, first_words))
    assert 1 <= len(name) <= 100
    assert name.strip() == name


def test_help_goes_on_in_further_messages_and_loses_no_line() -> None:
    lines = [(f"/command{number}", "does something " * 6) for number in range(60)]
    messages = helped(lines)
    assert len(messages) > 1
    assert all(len(message) <= 2000 for message in messages)
    assert "\n".join(messages).count("`/command") == 60


def test_deleting_says_what_goes_and_what_stays() -> None:
    assert "other people's stay" in sure(info("Blue"), remove=True)
    assert "stay, but" in sure(info("Blue"), remove=False)
    assert "Its branches" in sure(info("Blue"), remove=False)
    assert "Branches" not in sure(info("Blue", branches=0), remove=False)
