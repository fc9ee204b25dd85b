from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.policy.budgets import ENDLESS, Period, began, ends

MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis wants them bare
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(MOMENTS, st.sampled_from(Period))
def test_every_moment_lies_in_its_period(now: datetime, period: Period) -> None:
    assert began(period, now) <= now < ends(period, now)


@given(MOMENTS, st.sampled_from(Period))
def test_periods_follow_each_other_without_a_gap(now: datetime, period: Period) -> None:
    end = ends(period, now)
    assert began(period, end) == end
    assert began(period, end - timedelta(microseconds=1)) == began(period, now)


@given(st.integers(2, 9998), st.integers(1, 12))
def test_a_month_has_as_many_days_as_the_calendar_says(year: int, month: int) -> None:
    days = monthrange(year, month)[1]
    last = datetime(year, month, days, 23, 59, 59, 999_999, UTC)
    assert ends(Period.MONTH, last) - began(Period.MONTH, last) == timedelta(days=days)


@given(MOMENTS, ZONES, st.sampled_from(Period))
def test_it_is_the_day_in_utc_wherever_the_clock_stands(now: datetime, zone: timezone, period: Period) -> None:
    there = now.astimezone(zone)
    assert began(period, there) == began(period, now)
    assert ends(period, there) == ends(period, now)


@pytest.mark.parametrize(
    ("now", "period", "until"),
    [
        (datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC), Period.DAY, datetime(2026, 11, 24, tzinfo=UTC)),
        (datetime(2026, 11, 24, tzinfo=UTC), Period.DAY, datetime(2026, 11, 25, tzinfo=UTC)),
        (datetime(2028, 2, 28, 12, tzinfo=UTC), Period.DAY, datetime(2028, 2, 29, tzinfo=UTC)),
        (datetime(2027, 2, 28, 12, tzinfo=UTC), Period.DAY, datetime(2027, 3, 1, tzinfo=UTC)),
        (datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC), Period.MONTH, datetime(2028, 3, 1, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), Period.MONTH, datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(9999, 12, 31, tzinfo=UTC), Period.DAY, ENDLESS),
        (datetime(9999, 12, 31, tzinfo=UTC), Period.MONTH, ENDLESS),
    ],
)
def test_a_period_ends_where_the_next_begins(now: datetime, period: Period, until: datetime) -> None:
    assert ends(period, now) == until


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        began(Period.DAY, datetime(2026, 11, 23))  # noqa: DTZ001 -- that is the point
