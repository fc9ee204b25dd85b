"""How often a refusal is told, and how; and that a purge's pure parts keep to Discord's limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.conversation.errors import ClosedError, LimitReachedError, UserError
from grokbot.discord_bot.commands.mod.purge import BUTTON_ID, ID_LENGTH, PurgeButton, PurgeRequest
from grokbot.discord_bot.notices import NotReadError, sentence_of
from grokbot.discord_bot.notices.refusal_policy import refusal_notice
from grokbot.discord_bot.threads.bulk_delete import AT_ONCE, delete_requests
from grokbot.engine.admission import BlockedError
from grokbot.policy.blocks import Block
from grokbot.policy.blocks import BlockKind as Kind
from grokbot.policy.filters import FilteredError
from grokbot.policy.places import NotHereError, NotYoursError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AUTHOR, CHANNEL = 1, 2


@pytest.mark.parametrize(
    ("error", "whose"),
    [
        (ClosedError("paused"), CHANNEL),
        (NotHereError("not here"), CHANNEL),
        (NotReadError("not read"), AUTHOR),
        (NotYoursError("not yours"), AUTHOR),
        (FilteredError(()), AUTHOR),
        (LimitReachedError("used up", NOW), AUTHOR),
        (UserError("nothing to read"), None),
    ],
)
def test_what_holds_for_a_channel_is_told_there_once_and_what_holds_for_a_person_once_to_them(
    error: Exception, whose: int | None
) -> None:
    how = refusal_notice(error, author_id=AUTHOR, channel_id=CHANNEL)  # type: ignore[arg-type] # all of them are ours
    assert how is not None
    assert (None if how.key is None else how.key[0]) == whose


def test_a_block_is_told_in_public_once_and_why_by_commands_alone() -> None:
    block = Block(guild_id=3, kind=Kind.USER, subject_id=AUTHOR, until=NOW, reason="spam")
    first, again = (
        refusal_notice(BlockedError(block, first=one), author_id=AUTHOR, channel_id=CHANNEL) for one in (True, False)
    )
    assert first is not None
    assert again is None
    assert f"<t:{int(NOW.timestamp())}:f>" in first.text
    assert "spam" not in first.text
    assert "Reason: spam" in sentence_of(BlockedError(block, first=True))


def test_a_limit_says_when_it_comes_back_once_for_each_time_and_knows_none_where_there_is_none() -> None:
    first, again, later = (
        refusal_notice(
            LimitReachedError(f"Used {n}.", NOW + timedelta(seconds=n)), author_id=AUTHOR, channel_id=CHANNEL
        )
        for n in (0, 5, 300)
    )
    assert first is not None
    assert again is not None
    assert later is not None
    assert first.text == f"Used 0. Try again <t:{int(NOW.timestamp())}:R>."
    assert first.key == again.key != later.key
    assert sentence_of(LimitReachedError("Wait.", None)) == "Wait."


@given(st.lists(st.integers(0, 40 * 86_400), max_size=500))
def test_no_batch_holds_what_discord_would_refuse_and_none_is_left_out(ages: list[int]) -> None:
    ids = sorted({discord.utils.time_snowflake(NOW - timedelta(seconds=age)) for age in ages})
    done = list(delete_requests(ids, NOW))
    assert sorted(one for batch in done for one in batch) == ids
    oldest = discord.utils.time_snowflake(NOW - timedelta(days=14))
    assert all(len(batch) <= AT_ONCE for batch in done)
    assert all(one > oldest for batch in done if len(batch) > 1 for one in batch)


@given(st.text(max_size=60), st.booleans())
def test_a_purge_buttons_id_is_within_discords_limit_and_is_read_back(reason: str, go: bool) -> None:
    for wanted in (PurgeRequest("0" * 26), PurgeRequest(None, 2**63 - 1, NOW), PurgeRequest(None, 1)):
        custom_id = PurgeButton(wanted, reason, go=go).item.custom_id or ""
        assert len(custom_id.encode("utf-16-le", "surrogatepass")) // 2 <= ID_LENGTH
        match = BUTTON_ID.fullmatch(custom_id)
        assert match is not None
        assert reason.startswith(match["reason"])
