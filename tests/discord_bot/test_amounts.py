"""What moderators type for amounts and past times is read as they mean it, and what is none is told."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.conversation.errors import UserError
from grokbot.discord_bot.commands.mod.groups import FIRST, since
from grokbot.discord_bot.notices.amounts import LARGEST, amount
from grokbot.policy.budgets import Unit

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_read_or_told(typed: str) -> None:
    with suppress(UserError):
        since(typed, NOW)
    with suppress(UserError):
        amount(typed, Unit.COST)


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
        ("5", Unit.TURNS, 5),
        ("50k", Unit.TOKENS, 50_000),
        ("1.5M", Unit.TOKENS, 1_500_000),
        ("1,000", Unit.TOKENS, 1_000),
        ("$2.50", Unit.COST, 25_000_000_000),
        ("0.0001", Unit.COST, 1_000_000),
        ("0", Unit.ANSWERS, 0),
    ],
)
def test_amounts_are_read_in_their_unit(typed: str, unit: Unit, meant: int) -> None:
    assert amount(typed, unit) == meant


@pytest.mark.parametrize(
    ("typed", "unit"),
    [("1.5", Unit.TURNS), ("$5", Unit.TOKENS), ("-1", Unit.COST), ("many", Unit.COST), (str(LARGEST), Unit.COST)],
)
def test_what_is_no_amount_is_told(typed: str, unit: Unit) -> None:
    with pytest.raises(UserError):
        amount(typed, unit)
