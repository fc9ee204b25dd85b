"""Usage as a chart and as a table. Pure.

Not here: drawing (`engine.budgets.chart_renderer`), adding up (`store`), names of people and channels
(`commands.mod.usage`).
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from grokbot.conversation.records import By
from grokbot.conversation.response import TICKS_A_DOLLAR
from grokbot.discord_bot.notices.texts.moderator_tables import cost_of, tokens_of
from grokbot.documents.charts import Chart, ChartUnit, by_day, by_name
from grokbot.documents.tables_csv import to_csv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from grokbot.conversation.records import UsageSum

MOST_DAYS = 366
"""Days of a chart, counted back from its end."""


class Measure(StrEnum):
    """What a chart shows."""

    COST = "cost"
    TOKENS = "tokens"
    ANSWERS = "answers"
    REFUSALS = "refusals"


_TITLES: Mapping[Measure, str] = {
    Measure.COST: "Cost in US dollars",
    Measure.TOKENS: "Tokens",
    Measure.ANSWERS: "Answers",
    Measure.REFUSALS: "Refusals",
}
COLUMNS = (
    "key",
    "name",
    "answers",
    "refusals",
    "prompt tokens",
    "of them cached",
    "answer tokens",
    "thinking tokens",
    "searches",
    "cost in US dollars",
)


def measured(measure: Measure, row: UsageSum) -> int:
    """The number that a bar shows; money in ticks."""
    match measure:
        case Measure.COST:
            return cost_of(row)
        case Measure.TOKENS:
            return tokens_of(row)
        case Measure.ANSWERS:
            return row.spent.answers
        case Measure.REFUSALS:
            return row.refused


def chart(
    measure: Measure, by: By, rows: Sequence[UsageSum], names: Mapping[str, str], since: datetime, until: datetime
) -> Chart:
    """The chart of some sums.

    Args:
        measure: What the bars show.
        by: What a bar is.
        rows: The sums.
        names: Names of the keys, where they have one.
        since: The start; days without a sum are empty.
        until: The end.
    """
    unit = ChartUnit.COST if measure is Measure.COST else ChartUnit.COUNT
    title = f"{_TITLES[measure]} by {by.value}"
    if by is not By.DAY:
        return by_name(title, unit, [(names.get(row.spent.key, row.spent.key), measured(measure, row)) for row in rows])
    of_days = {row.spent.key: measured(measure, row) for row in rows}
    days = _days(max(since, until - timedelta(days=MOST_DAYS)).date(), until.date(), min(of_days, default=None))
    return by_day(title, unit, [(f"{day.day} {day:%b}", of_days.get(day.isoformat(), 0)) for day in days])


def table(rows: Sequence[UsageSum], names: Mapping[str, str]) -> bytes:
    """The sums as CSV. Keys that are ids stay text: a spreadsheet would round numbers of that length."""
    return to_csv(
        COLUMNS,
        [
            (
                row.spent.key,
                names.get(row.spent.key, ""),
                row.spent.answers,
                row.refused,
                row.spent.tokens.prompt_tokens,
                row.spent.tokens.cached_prompt_tokens,
                row.spent.tokens.completion_tokens,
                row.spent.tokens.reasoning_tokens,
                row.spent.tokens.tool_calls,
                cost_of(row) / TICKS_A_DOLLAR,
            )
            for row in rows
        ],
    )


def _days(first: date, last: date, earliest: str | None) -> Sequence[date]:
    """Each day; a long empty start is cut off at the first day with a sum."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    if earliest is None:
        return days[-1:]
    return [day for day in days if day.isoformat() >= earliest] or days[-1:]
