"""Lines of the log channel: one each, within Discord's limit, a flood summed up, no markup of anybody's."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from grokbot.conversation.records import PROGRAM, Acted, AuditEntry, FilterHit, ModeratorWarning, Refused, SafetyRefused
from grokbot.discord_bot.markdown import DISCORD_LIMIT
from grokbot.discord_bot.notices.texts.log_text import LONGEST_LINE, MOST_LINES, batch, line

AT = datetime(2026, 11, 23, tzinfo=UTC)


def entry(**given: object) -> AuditEntry:
    parts = {"id": "1", "at": AT, "guild_id": 1, "actor_id": 7, "action": "block", "target": "user:8"} | given
    return AuditEntry(**parts)  # type: ignore[arg-type] # the test's own values


def test_each_event_is_one_line() -> None:
    told = [
        line(Acted(entry=entry(reason="a\nb *c* @everyone"))),
        line(Acted(entry=entry(actor_id=PROGRAM, action="filter.add", target="filter:`x`"))),
        line(Refused(guild_id=1, person_id=8, why="limit", channel_id=9)),
        line(Refused(guild_id=1, person_id=8, why="something new", channel_id=None)),
        line(SafetyRefused(guild_id=1, response_id="1", channel_id=9)),
        line(FilterHit(guild_id=1, filter_id="f", channel_id=9, response_id=None, action="refuse")),
        line(ModeratorWarning(guild_id=1, text="This server has used much.")),
    ]
    assert all(text and "\n" not in text for text in told)
    assert "<@7>: **block** <@8> · a b \\*c\\* \\@everyone" in told[0]
    assert "Automatic: **filter add** `filter:x`" in told[1]
    assert "<@8> was not answered in <#9>: a limit was reached" in told[2]
    assert "another rule" in told[3]


@given(st.lists(st.text(max_size=60), max_size=4), st.text(max_size=600))
def test_whatever_stands_in_an_entry_it_is_a_line_of_bounded_length(details: list[str], reason: str) -> None:
    told = line(Acted(entry=entry(reason=reason, details={str(n): text for n, text in enumerate(details)})))
    assert len(told) <= LONGEST_LINE
    assert "\n" not in told


@given(st.lists(st.integers(1, LONGEST_LINE), min_size=1, max_size=1_000), st.integers(0, 100))
def test_a_message_takes_what_fits_and_says_how_many_more_there_are(lengths: list[int], more: int) -> None:
    text = batch(["x" * length for length in lengths], more=more)
    assert len(text) <= DISCORD_LIMIT
    shown = [each for each in text.split("\n") if not each.startswith("…")]
    assert 1 <= len(shown) <= MOST_LINES
    left = len(lengths) - len(shown) + more
    assert (f"and {left:,} more" in text) == (left > 0)
