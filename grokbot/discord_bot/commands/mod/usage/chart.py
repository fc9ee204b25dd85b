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
from grokbot.conversation.text import Sentence
from grokbot.discord_bot.commands.mod.usage.usage_text import ELSEWHERE, UNKNOWN, cost_of, tokens_of
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


LEAST_DAYS = 7
"""Days of a chart, if that much is asked for: fewer columns show no course."""
_DRAWN_BEFORE = 0x2E80
"""The picture's font has no letters from here on: ideographs, kana, Hangul."""

_TITLES: Mapping[Measure, Mapping[By, Sentence]] = {
    Measure.COST: {
        By.DAY: Sentence("Cost in US dollars by day"),
        By.PERSON: Sentence("Cost in US dollars by person"),
        By.CHANNEL: Sentence("Cost in US dollars by channel"),
        By.MODEL: Sentence("Cost in US dollars by model"),
    },
    Measure.TOKENS: {
        By.DAY: Sentence("Tokens by day"),
        By.PERSON: Sentence("Tokens by person"),
        By.CHANNEL: Sentence("Tokens by channel"),
        By.MODEL: Sentence("Tokens by model"),
    },
    Measure.ANSWERS: {
        By.DAY: Sentence("Answers by day"),
        By.PERSON: Sentence("Answers by person"),
        By.CHANNEL: Sentence("Answers by channel"),
        By.MODEL: Sentence("Answers by model"),
    },
    Measure.REFUSALS: {
        By.DAY: Sentence("Refusals by day"),
        By.PERSON: Sentence("Refusals by person"),
        By.CHANNEL: Sentence("Refusals by channel"),
        By.MODEL: Sentence("Refusals by model"),
    },
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
    title = _drawable(_TITLES[measure][by])
    if by is not By.DAY:
        return by_name(title, unit, [(_name(row.spent.key, names), measured(measure, row)) for row in rows])
    of_days = {row.spent.key: measured(measure, row) for row in rows}
    days = _days(max(since, until - timedelta(days=MOST_DAYS)).date(), until.date(), min(of_days, default=""))
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


def _days(first: date, last: date, earliest: str) -> Sequence[date]:
    """Each day; a long empty start is cut off at the first day with a sum, but a week is left of it."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    used = [day for day in days if day.isoformat() >= earliest]
    return days[-max(len(used), LEAST_DAYS) :]


def readable(drawn: Chart) -> bool:
    """Whether the picture can show every name."""
    return all(ord(letter) < _DRAWN_BEFORE for bar in drawn.bars for letter in bar.name)


def _drawable(sentence: Sentence) -> str:
    """In the reader's language, if the picture can show its letters; else in English."""
    told = str(sentence)
    return told if all(ord(letter) < _DRAWN_BEFORE for letter in told) else str.__str__(sentence)


def _name(key: str, names: Mapping[str, str]) -> str:
    """People who left have none, and a picture of their ids says nothing."""
    return names.get(key) or _drawable(UNKNOWN if key.isdigit() else ELSEWHERE) if key.isdigit() or not key else key
