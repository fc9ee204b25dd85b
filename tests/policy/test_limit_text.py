from __future__ import annotations

import pytest

from grokbot.conversation.response import TICKS_A_DOLLAR
from grokbot.policy.budgets import (
    OPERATOR,
    Counted,
    Limit,
    LimitUnit,
    Scope,
    counted_in,
    described,
    dollars,
    warning,
)
from grokbot.policy.budgets.limit_text import sentence


def limit(counted: Counted, amount: int, scope: Scope = Scope.MEMBER, guild_id: int = 1) -> Limit:
    return Limit(guild_id=guild_id, scope=scope, counted=counted, amount=amount)


@pytest.mark.parametrize(
    ("ticks", "shown"),
    [
        (0, "$0.00"),
        (1, "under $0.0001"),
        (TICKS_A_DOLLAR // 10_000, "$0.0001"),
        (34 * TICKS_A_DOLLAR // 10_000, "$0.0034"),
        (12 * TICKS_A_DOLLAR // 100, "$0.12"),
        (TICKS_A_DOLLAR - 1, "$1.00"),
        (TICKS_A_DOLLAR, "$1.00"),
        (12345 * TICKS_A_DOLLAR // 10, "$1,234.50"),
        (10**30, "$100,000,000,000,000,000,000.00"),
    ],
)
def test_money_is_shown_as_people_write_it(ticks: int, shown: str) -> None:
    assert dollars(ticks) == shown


@pytest.mark.parametrize(
    ("one", "used", "said"),
    [
        (limit(Counted.TOKENS_A_DAY, 50_000), 48_000, "You have used 48,000 of 50,000 tokens for today."),
        (
            limit(Counted.COST_A_MONTH, 5 * TICKS_A_DOLLAR, Scope.SERVER),
            51 * TICKS_A_DOLLAR // 10,
            "This server has used $5.10 of $5.00 for this month.",
        ),
        (limit(Counted.TURNS_A_MINUTE, 5), 5, "You can ask 5 times a minute."),
        (limit(Counted.TURNS_A_MINUTE, 1), 1, "You can ask once a minute."),
        (
            limit(Counted.ANSWERS_AT_ONCE, 1),
            1,
            "You can have one answer at a time. Wait until it ends.",
        ),
        (
            limit(Counted.ANSWERS_AT_ONCE, 2, Scope.SERVER),
            3,
            "This server can have 2 answers at a time. Wait until one of them ends.",
        ),
        (
            limit(Counted.COST_A_DAY, TICKS_A_DOLLAR, Scope.EVERYWHERE, OPERATOR),
            TICKS_A_DOLLAR,
            "This bot has used up its limit for today.",
        ),
        (limit(Counted.COST_A_DAY, 0), 0, "You cannot use Grok here. A moderator can change that."),
        (
            limit(Counted.TURNS_A_MINUTE, 0, Scope.MEMBER, OPERATOR),
            0,
            "You cannot use Grok here. The bot's operator can change that.",
        ),
        (
            limit(Counted.TOKENS_A_DAY, 0, Scope.SERVER),
            0,
            "Grok is switched off in this server for now. A moderator can change that.",
        ),
    ],
)
def test_what_is_used_up_is_said_in_plain_words(one: Limit, used: int, said: str) -> None:
    assert sentence(one, used) == said


@pytest.mark.parametrize("counted", Counted)
def test_the_operators_ceiling_keeps_its_amounts_to_itself(counted: Counted) -> None:
    said = sentence(limit(counted, 777, Scope.EVERYWHERE, OPERATOR), 778)
    assert not any(character.isdigit() for character in said)


def test_a_warning_says_whose_budget_runs_out() -> None:
    said = warning(limit(Counted.TOKENS_A_DAY, 1_000), 850, "<@1>")
    assert said == "<@1> has used 850 of 1,000 tokens for today, answers underway included."


def test_a_limit_is_described_for_a_list() -> None:
    assert [
        described(limit(counted, 2 if counted.unit is not LimitUnit.COST else TICKS_A_DOLLAR)) for counted in Counted
    ] == [
        "2 turns a minute",
        "2 answers at once",
        "2 tokens a day",
        "2 tokens a month",
        "$1.00 a day",
        "$1.00 a month",
    ]
    assert counted_in(1, LimitUnit.TOKENS) == "1 token"
