"""What a chart shows: which bars, in which order, under which names, with which numbers and colours.

Here: values and words, with nothing that draws. Not here: the plotting library (`chart_image`), what is counted
(`store`).
"""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import regex

from grokbot.conversation.response import TICKS_A_DOLLAR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_DAYS = 30
"""Columns of a chart by day; of more days, each column shows several, so that all columns are comparable."""
MOST_NAMES = 12
"""Bars of a chart by name; the smallest are summed up in the last one. More lines could not be read in Discord, which
shows a picture at about two thirds of its size."""
LONGEST_NAME = 26
"""Columns of a fixed-width terminal that a name may fill: most of East Asia's letters fill two."""
LONGEST_TITLE = 64

BACKGROUND = "#2b2d31"
"""The picture brings its own ground: no colour of text is readable on Discord's dark ground and on its light one."""
TEXT = "#f2f3f5"
QUIET = "#c4c9ce"
BAR = "#8ea1ff"
REST = "#b5bac1"
GRID = "#45484f"

_SIZES = ((999_500_000_000, 10**12, "T"), (999_500_000, 10**9, "B"), (999_500, 10**6, "M"), (1_000, 10**3, "k"))
"""From which number on in which size: what would be rounded up to 1000k is 1M."""
_ROUND_FROM = 100
"""Such numbers show no digit after the point: 123k, but 12.3k."""
_SMALLEST_PART = 10_000
"""Parts of a dollar that are told apart: $0.0001."""
_CENTS_FROM = TICKS_A_DOLLAR // 10
_MARKS = {"Mn", "Me"}
_MOST_MARKS = 2
"""Accents on one letter: names with dozens of them run over their neighbours."""
_JOINERS = "\u200c\u200d"


class ChartUnit(StrEnum):
    """What the numbers of a chart are."""

    COUNT = "count"
    """Answers, refusals, tokens."""
    COST = "cost"
    """Ticks of 10^-10 USD."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `value` is in the chart's unit and not below zero."""

    name: str
    value: int
    rest: bool = False
    """Whether it is the sum of what has no bar of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What is drawn."""

    title: str
    unit: ChartUnit
    bars: tuple[Bar, ...]
    by_day: bool
    """Columns in the order of time; otherwise lines with names, the largest first."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not any(bar.value for bar in self.bars)


def by_day(title: str, unit: ChartUnit, days: Sequence[tuple[str, int]]) -> Chart:
    """A chart of days in the order of time, each with its short date.

    Of more than MOST_DAYS, a column shows several days, under the date of the first of them; the title says so.

    Args:
        title: The chart's title; shortened if it is too long.
        unit: The unit of the amounts.
        days: Each day's label and amount; days with nothing are given as 0.
    """
    each = -(-len(days) // MOST_DAYS) or 1
    first = len(days) % each - each if len(days) % each else 0  # the newest column is a whole one
    starts = range(first, len(days), each)
    groups = [days[max(start, 0) : start + each] for start in starts]
    bars = tuple(Bar(chart_name(group[0][0]), sum(max(value, 0) for _, value in group)) for group in groups)
    told = title if each == 1 else f"{chart_name(title, LONGEST_TITLE - 24)} ({each} days a column)"
    return Chart(title=chart_name(told, LONGEST_TITLE), unit=unit, bars=bars, by_day=True)


def by_name(title: str, unit: ChartUnit, amounts: Sequence[tuple[str, int]]) -> Chart:
    """A chart of persons, channels or models, the largest first; two of the same name stay two.

    Args:
        title: The chart's title; shortened if it is too long.
        unit: The unit of the amounts.
        amounts: Each name and its amount. The smallest beyond MOST_NAMES are summed up.
    """
    used = [Bar(chart_name(name), value) for name, value in amounts if value > 0]
    largest = sorted(used, key=lambda bar: -bar.value)
    if len(largest) > MOST_NAMES:
        others = largest[MOST_NAMES - 1 :]
        summed = Bar(f"{len(others)} others", sum(bar.value for bar in others), rest=True)
        largest = [*largest[: MOST_NAMES - 1], summed]
    return Chart(title=chart_name(title, LONGEST_TITLE), unit=unit, bars=tuple(largest), by_day=False)


def amount(unit: ChartUnit, value: int) -> str:
    """A number in few signs: 950, 1.2k, 3.4M; $0.0012, $0.12, $12.50, $1.2k."""
    if unit is ChartUnit.COUNT:
        return _sized(value)
    if not value:
        return "$0"
    if value >= 1000 * TICKS_A_DOLLAR:
        return f"${_sized(value // TICKS_A_DOLLAR)}"
    if value >= _CENTS_FROM:
        return f"${value / TICKS_A_DOLLAR:.2f}"
    parts = round(value * _SMALLEST_PART / TICKS_A_DOLLAR)
    if not parts:
        return f"<${1 / _SMALLEST_PART:g}"
    digits = f"{parts / _SMALLEST_PART:.4f}"
    return f"${digits.removesuffix('0').removesuffix('0')}"


def chart_name(name: str, longest: int = LONGEST_NAME) -> str:
    """A name on one line, of bounded width, without signs that would turn what stands around it."""
    room, kept = longest, ""
    clusters = regex.findall(r"\X", _harmless(name))
    for number, cluster in enumerate(clusters):
        width = _width(cluster)
        last = number == len(clusters) - 1
        if width > room - (not last):
            return f"{kept.rstrip()}…"
        kept, room = kept + cluster, room - width
    return kept or "(no name)"


def to_values(chart: Chart) -> dict[str, Any]:
    """The chart as values of JSON."""
    return asdict(chart)


def of_values(values: Mapping[str, Any]) -> Chart:
    """The chart that `to_values` was given."""
    bars = tuple(Bar(**bar) for bar in values["bars"])
    return Chart(title=values["title"], unit=ChartUnit(values["unit"]), bars=bars, by_day=values["by_day"])


def _sized(number: int) -> str:
    for begins, size, letter in _SIZES:
        if number >= begins:
            digits = f"{number / size:.1f}".removesuffix(".0")
            return f"{digits if number < _ROUND_FROM * size else f'{number / size:,.0f}'}{letter}"
    return f"{number}"


def _harmless(name: str) -> str:
    kept: list[str] = []
    marks = 0
    for sign in unicodedata.normalize("NFC", name):
        kind = unicodedata.category(sign)
        marks = marks + 1 if kind in _MARKS else 0
        if kind == "Cs":
            kept.append("\ufffd")
        elif kind == "Cc" or sign in "\u2028\u2029":
            kept.append(" ")
        elif marks <= _MOST_MARKS and (kind != "Cf" or sign in _JOINERS):
            kept.append(sign)
    return " ".join("".join(kept).split())


def _width(cluster: str) -> int:
    return 2 if any(unicodedata.east_asian_width(sign) in "WF" for sign in cluster) else 1
