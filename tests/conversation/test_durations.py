"""Lengths and points of time are read as people type them, and read back as they are written."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.conversation.errors import UserError
from grokbot.conversation.text import duration_of, is_endless, moment_of, written
from grokbot.conversation.text.durations import LONGEST

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2h", timedelta(hours=2)),
        (" 3 D ", timedelta(days=3)),
        ("1w 2d", timedelta(days=9)),
        ("1h30m", timedelta(minutes=90)),
        ("10 minutes", timedelta(minutes=10)),
        ("1 day, 2 hours", timedelta(hours=26)),
        ("45 s", timedelta(seconds=45)),
    ],
)
def test_lengths_of_time_are_read(typed: str, meant: timedelta) -> None:
    assert duration_of(typed) == meant


@pytest.mark.parametrize("typed", ["", "soon", "2", "h", "-2h", "0m", "2 fortnights", "9999999d", "500w 500w", "2h!"])
def test_what_is_no_length_of_time_is_told(typed: str) -> None:
    with pytest.raises(UserError):
        duration_of(typed)


def test_what_does_not_end_is_known() -> None:
    assert [is_endless(text) for text in ("For  good", "forever", "3d")] == [True, True, False]


@pytest.mark.parametrize(
    ("typed", "ahead"),
    [("7d", timedelta(days=-7)), ("30m", timedelta(minutes=-30)), ("2026-11-23T11:00:00Z", timedelta(hours=-1))],
)
def test_times_are_read(typed: str, ahead: timedelta) -> None:
    assert moment_of(typed, NOW) == NOW + ahead


def test_days_begin_where_the_reader_is() -> None:
    here = NOW.astimezone()
    today = moment_of("today", here)
    assert (today.hour, today.minute) == (0, 0)
    assert moment_of("yesterday", here) == today - timedelta(days=1)
    assert moment_of("2026-11-20", here).astimezone().isoformat().startswith("2026-11-20T00:00")
    assert moment_of("2026-11-20", NOW) == datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["", "soon", "7", "7y", "-7d", "2026-13-01", "999999d"])
def test_what_is_no_time_is_told(typed: str) -> None:
    with pytest.raises(UserError, match="Give a time"):
        moment_of(typed, NOW)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_read_or_told(typed: str) -> None:
    for now in (NOW, NOW.astimezone()):
        with suppress(UserError):
            moment_of(typed, now)


@pytest.mark.parametrize(
    ("seconds", "long", "short"),
    [
        (0, "0 seconds", "0 s"),
        (61, "1 minute 1 second", "1 min 1 s"),
        (3600, "1 hour", "1 h"),
        (90061, "1 day 1 hour", "1 d 1 h"),
    ],
)
def test_a_length_of_time_has_two_units_at_most(seconds: int, long: str, short: str) -> None:
    duration = timedelta(seconds=seconds)
    assert (written(duration), written(duration, short=True)) == (long, short)


@given(st.timedeltas(timedelta(seconds=1), LONGEST - timedelta(days=1)), st.booleans())
def test_what_is_written_is_read_back(duration: timedelta, short: bool) -> None:
    read = duration_of(written(duration, short=short).replace(",", ""))
    assert timedelta() <= duration - read < max(duration / 24, timedelta(seconds=1))
    assert written(read, short=short) == written(duration, short=short)
