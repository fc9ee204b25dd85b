"""What /mod usage says beside its picture, and which days and names the picture has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from grokbot.conversation.records import By, Spent, UsageSum
from grokbot.conversation.response import TICKS_A_DOLLAR, Usage
from grokbot.discord_bot.commands.mod.usage.chart import Measure, chart, readable
from grokbot.discord_bot.commands.mod.usage.usage_text import rows_told, usage_told
from grokbot.engine.budgets import Used
from grokbot.policy.budgets import Counted, Limit, Scope

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MONTH = timedelta(days=30)


def used(key: str, answers: int = 1, cents: int = 0, refused: int = 0) -> UsageSum:
    usage = Usage(1_000 * answers, 0, 100, 10, 0, cents * TICKS_A_DOLLAR // 100)
    return UsageSum(Spent(key, answers, usage), refused)


def test_sums_the_change_and_who_is_near_a_limit_are_told_and_not_the_bars_again() -> None:
    limit = Limit(guild_id=5, scope=Scope.MEMBER, counted=Counted.TOKENS_A_DAY, amount=50_000)
    server = Limit(guild_id=5, scope=Scope.SERVER, counted=Counted.COST_A_MONTH, amount=10 * TICKS_A_DOLLAR)
    near = [(None, Used(server, 9 * TICKS_A_DOLLAR, NOW)), (7, Used(limit, 48_000, NOW))]
    told = usage_told([used("7", 3, 120), used("8", 1, 30, refused=1)], [used("", 2, 100)], MONTH, near)
    when = f"<t:{int(NOW.timestamp())}:R>"
    assert told.splitlines() == [
        "**Used in this server in the last 30 days**",
        "4 answers · 4,220 tokens · $1.50 · 1 refusal",
        "📈 50 % more than in the 30 days before ($1.00)",
        "$0.3750 an answer on average",
        "",
        "**Near a limit**",
        f"- This server: $9.00 of $10.00 a month, starts again {when}",
        f"- <@7>: 48,000 of 50,000 tokens a day, starts again {when}",
    ]


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ([], "Nothing was used in the 30 days before."),
        ([used("", 4, 300)], "📉 50 % less than in the 30 days before ($3.00)"),
        ([used("", 4, 152)], "As much as in the 30 days before ($1.52)"),
        ([used("", 1, 0)], "📈 200 % more than in the 30 days before (1 answer)"),
    ],
)
def test_the_change_is_told_in_words(before: list[UsageSum], said: str) -> None:
    assert usage_told([used("7", 3, 150)], before, MONTH, ()).splitlines()[2] == said


def test_rows_stand_in_words_where_there_is_no_picture() -> None:
    told = rows_told(By.PERSON, [used(str(number), 1, number) for number in range(14)])
    assert told.startswith("- <@13>: 1 answer · 1,110 tokens · $0.13\n")
    assert told.endswith("… and 2 more. `csv` lists all.")
    assert rows_told(By.CHANNEL, [used("", 2)]) == "- elsewhere: 2 answers · 2,110 tokens · $0.00"


@pytest.mark.parametrize(("asked", "columns"), [(1, 2), (30, 7)])
def test_few_days_stand_in_their_week(asked: int, columns: int) -> None:
    drawn = chart(Measure.ANSWERS, By.DAY, [used("2026-11-23")], {}, NOW - timedelta(days=asked), NOW)
    assert [bar.value for bar in drawn.bars] == [0] * (columns - 1) + [1]


def test_nobody_is_shown_as_a_number_and_letters_without_a_font_are_told_in_words() -> None:
    drawn = chart(Measure.ANSWERS, By.PERSON, [used("7"), used("8")], {"7": "Zoë"}, NOW - MONTH, NOW)
    assert [bar.name for bar in drawn.bars] == ["Zoë", "unknown"]
    assert readable(drawn)
    assert not readable(chart(Measure.ANSWERS, By.PERSON, [used("7")], {"7": "日本"}, NOW - MONTH, NOW))
