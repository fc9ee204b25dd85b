"""Calendar days and months, in UTC: when a budget starts over. Pure.

Not here: the sliding minute of a rate (`budgets`); whose budget it is (`limits`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

ENDLESS = datetime.max.replace(tzinfo=UTC)
"""Stands for a time after the last one that Python knows."""


class Period(StrEnum):
    """How long an amount adds up before it starts again from zero."""

    DAY = "day"
    MONTH = "month"


def began(period: Period, now: datetime) -> datetime:
    """The first moment of the period that contains `now`, in UTC.

    Raises:
        ValueError: `now` has no zone, so its day is unknown.
    """
    midnight = _in_utc(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if period is Period.DAY else midnight.replace(day=1)


def ends(period: Period, now: datetime) -> datetime:
    """The first moment of the next period, in UTC; `ENDLESS` after the year 9999.

    Raises:
        ValueError: `now` has no zone.
    """
    # 32 days after the first of a month is always in the next one.
    step = timedelta(days=1) if period is Period.DAY else timedelta(days=32)
    try:
        return began(period, began(period, now) + step)
    except OverflowError:
        return ENDLESS


def _in_utc(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("a time without a zone")
    return now.astimezone(UTC)
