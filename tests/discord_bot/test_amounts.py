"""What moderators type for amounts and past times is read as they mean it, and what is none is told."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.conversation.errors import UserError
from grokbot.discord_bot.commands.mod.groups import FIRST, since
from grokbot.discord_bot.notices.texts.amounts import LARGEST, amount
from grokbot.policy.budgets import LimitUnit

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_read_or_told(typed: str) -> None:
    with suppress(UserError):
        since(typed, NOW)
    with suppress(UserError):
        amount(typed, LimitUnit.COST)


def test_a_time_in_the_past_is_read_as_a_date_or_as_so_long_ago() -> None:
    assert since("3d", NOW) == NOW - timedelta(days=3)
    assert since("2026-11-01", NOW) == datetime(2026, 11, 1, tzinfo=UTC)
    assert since("2026-11-01T14:30+02:00", NOW) == datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
    assert since("for good", NOW) == FIRST
    assert since("1970-01-01", NOW) == FIRST
    with pytest.raises(UserError, match="future"):
        since("2027-01-01", NOW)


@pytest.mark.parametrize(
    ("typed", "unit", "meant"),
    [
        ("5", LimitUnit.TURNS, 5),
        ("50k", LimitUnit.TOKENS, 50_000),
        ("1.5M", LimitUnit.TOKENS, 1_500_000),
        ("1,000", LimitUnit.TOKENS, 1_000),
        ("$2.50", LimitUnit.COST, 25_000_000_000),
        ("0.0001", LimitUnit.COST, 1_000_000),
        ("0", LimitUnit.ANSWERS, 0),
    ],
)
def test_amounts_are_read_in_their_unit(typed: str, unit: LimitUnit, meant: int) -> None:
    assert amount(typed, unit) == meant


@pytest.mark.parametrize(
    ("typed", "unit"),
    [
        ("1.5", LimitUnit.TURNS),
        ("$5", LimitUnit.TOKENS),
        ("-1", LimitUnit.COST),
        ("many", LimitUnit.COST),
        (str(LARGEST), LimitUnit.COST),
    ],
)
def test_what_is_no_amount_is_told(typed: str, unit: LimitUnit) -> None:
    with pytest.raises(UserError):
        amount(typed, unit)
