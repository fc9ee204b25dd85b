"""What commands say: never longer than a message, and nothing of what people wrote is read as markup."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from discord.utils import snowflake_time
from hypothesis import given
from hypothesis import strategies as st

from grokbot.conversation.records import Info, ListedConversation
from grokbot.conversation.response import Conversation, Mode, Options, Usage
from grokbot.discord_bot.notices.texts import command_text
from grokbot.discord_bot.notices.texts.command_text import (
    link_to,
    name_of,
    plain,
    sure,
)
from grokbot.discord_bot.threads import DeleteButton, DeleteChoice

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


@pytest.mark.parametrize("wanted", DeleteChoice)
def test_a_deleting_button_holds_its_state_too(wanted: DeleteChoice) -> None:
    button = DeleteButton(wanted, "01" * 13)
    found = button.template.fullmatch(button.custom_id)
    assert found is not None
    assert (found["wanted"], found["conversation_id"]) == (wanted.value, "01" * 13)


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


def test_a_link_to_one_of_a_channels_conversations_leads_to_its_time() -> None:
    link = link_to(conversation(guild_id=5, channel_id=7, options=Options(in_channel=True)))
    place, _, moment = str(link).rpartition("/")
    assert place == "https://discord.com/channels/5/7"
    assert abs(snowflake_time(int(moment)) - AT) < timedelta(milliseconds=2)


@given(title=NASTY)
def test_what_is_told_of_a_conversation_fits_one_message(title: str) -> None:
    assert len(sure(info(title), remove=True)) <= 2000


@given(title=NASTY, first_words=NASTY)
def test_a_choices_name_is_what_discord_takes(title: str, first_words: str) -> None:
    name = name_of(entry(title, first_words))
    assert 1 <= len(name) <= 100
    assert name.strip() == name


def test_deleting_says_what_goes_and_what_stays() -> None:
    assert "other people's stay" in sure(info("Blue"), remove=True)
    assert "stay, but" in sure(info("Blue"), remove=False)
    assert "Its branches" in sure(info("Blue"), remove=False)
    assert "Branches" not in sure(info("Blue", branches=0), remove=False)
