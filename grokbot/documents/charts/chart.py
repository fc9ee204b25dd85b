"""A chart's contents: which bars, in which order, with which names, numbers and colours.

Here: values and texts, without drawing. Not here: `image`, what is counted (`store`).
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
"""Maximum columns in a chart by day; with more days, each column shows several, so that all columns are comparable."""
MOST_NAMES = 12
"""Maximum bars in a chart by name; the last one sums up the smallest. More lines would be unreadable in Discord, which
shows an image at about two thirds of its size."""
LONGEST_NAME = 26
"""Maximum width of a name in fixed-width terminal columns: most East Asian characters take two."""
LONGEST_TITLE = 64

BACKGROUND = "#2b2d31"
"""The image has its own background: no text colour is readable on both of Discord's themes."""
TEXT = "#f2f3f5"
QUIET = "#c4c9ce"
BAR = "#8ea1ff"
GRID = "#45484f"

_SIZES = ((999_500_000_000, 10**12, "T"), (999_500_000, 10**9, "B"), (999_500, 10**6, "M"), (1_000, 10**3, "k"))
"""Lower bound, divisor and suffix: numbers that would be rounded up to 1000k are shown as 1M."""
_ROUND_FROM = 100
"""Numbers from this on have no decimals: 123k, but 12.3k."""
_SMALLEST_PART = 10_000
"""Smallest fraction of a dollar that is shown: $0.0001."""
_CENTS_FROM = TICKS_A_DOLLAR // 10
_MARKS = {"Mn", "Me"}
_MOST_MARKS = 2
"""Accents per letter: names with dozens of them would overlap their neighbours."""
_JOINERS = "\u200c\u200d"


class ChartUnit(StrEnum):
    """The unit of a chart's numbers."""

    COUNT = "count"
    """Answers, refusals, tokens."""
    COST = "cost"
    """Ticks of 10^-10 USD."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `value` is in the chart's unit and not negative."""

    name: str
    value: int
    rest: bool = False
    """Whether it sums up everything without its own bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The contents of a chart."""

    title: str
    unit: ChartUnit
    bars: tuple[Bar, ...]
    by_day: bool
    """True: columns in order of time; false: lines with names, largest first."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(bar.value for bar in self.bars)


def by_day(title: str, unit: ChartUnit, days: Sequence[tuple[str, int]]) -> Chart:
    """A chart of days in order of time, each with its short date.

    With more than MOST_DAYS, a column shows several days, labelled with the first; the title says so.

    Args:
        title: The chart's title; shortened if it is too long.
        unit: The unit of the amounts.
        days: Each day's label and amount; 0 for days with nothing.
    """
    each = -(-len(days) // MOST_DAYS) or 1
    first = len(days) % each - each if len(days) % each else 0  # the newest column is complete
    starts = range(first, len(days), each)
    groups = [days[max(start, 0) : start + each] for start in starts]
    bars = tuple(Bar(chart_name(group[0][0]), sum(max(value, 0) for _, value in group)) for group in groups)
    told = title if each == 1 else f"{chart_name(title, LONGEST_TITLE - 24)} ({each} days a column)"
    return Chart(title=chart_name(told, LONGEST_TITLE), unit=unit, bars=bars, by_day=True)


def by_name(title: str, unit: ChartUnit, amounts: Sequence[tuple[str, int]]) -> Chart:
    """A chart of people, channels or models, largest first; two with the same name stay separate.

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
    """A short form of a number: 950, 1.2k, 3.4M; $0.0012, $0.12, $12.50, $1.2k."""
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
    """A name on one line, of limited width, without characters that change the direction of text around it."""
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
    """The chart as JSON values."""
    return asdict(chart)


def of_values(values: Mapping[str, Any]) -> Chart:
    """The chart from values of `to_values`."""
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
