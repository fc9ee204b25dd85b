"""A chart as a PNG, for Discord: 800 x 400 points at twice the pixels; with few names, less high.

Here: the drawing as SVG, in points, and its way to pixels. Only a process that draws imports this
(`engine.budgets.chart_renderer`). Not here: what is shown (`chart`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import resvg_py
from PIL import ImageFont

from grokbot.conversation.response import TICKS_A_DOLLAR
from grokbot.documents.charts.chart import BACKGROUND, BAR, GRID, QUIET, TEXT, ChartUnit, amount

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grokbot.documents.charts.chart import Chart

WIDTH, HEIGHT = 800, 400
"""In points."""
ROW = 56
"""Height of a name with its bar, at most: a picture of few names is as high as they need."""
SCALE = 2
"""Pixels per point."""
EDGE = 24
"""Around everything, in points. Labels below the outer columns may take half of it."""
FONTS = {bold: str(Path(__file__).parent / "fonts" / f"DejaVuSans{'-Bold' * bold}.ttf") for bold in (False, True)}
"""Files by whether they are bold. They come with us: the same image on every machine."""

NOTHING = "There is nothing to show for this time."

_TOP, _BOTTOM = 62, 46
_GAP = 7
"""Between a bar or a line and its text."""
_MOST_FOR_NAMES = 0.42
_LABELS_FROM = 66
"""Minimum distance of date labels below the columns."""
_FEWEST_COLUMNS = 3
"""Fewer columns are as wide as if there were so many, and stand in the middle."""
_FEW_COLUMNS = 12
"""Up to this many columns have a number above each."""
_FEW_LINES = 8
_MIDDLE = 0.36
"""Half the height of a capital letter, of the font's size."""
_MEASURED_AT = 100
_MOST_STEPS = 5
_UNDRAWABLE = re.compile("[\ufffe\uffff]")
"""The only ones that a name may hold and XML may not."""


@dataclass(frozen=True)
class _Letters:
    """How a line of text is written; `anchor` says which part of it is where it is put, `middle` that its middle is."""

    size: float
    colour: str = TEXT
    anchor: str = "start"
    bold: bool = False
    middle: bool = False

    def width(self, text: str) -> float:
        """Points that a text takes at most: letters that join are measured one by one."""
        return _font(self.bold).getlength(text) * self.size / _MEASURED_AT

    def within(self, room: float, *texts: str) -> _Letters:
        """The same, or as much smaller as the widest of some texts needs to fit."""
        return replace(self, size=min(self.size, self.size * room / max(*map(self.width, texts), 1)))


_TITLE = _Letters(19, bold=True)
_NOTE = _Letters(18, QUIET, "middle")
_MARK = _Letters(14, QUIET, "end", middle=True)
_DATE = _Letters(14, QUIET, "middle")
_HEIGHT = _Letters(14, anchor="middle")
_LINES = (_Letters(15, middle=True), _Letters(17, middle=True))
"""For many lines, and for few."""


def png(chart: Chart) -> bytes:
    """The image. The same chart gives the same bytes, with the same version of the library."""
    return resvg_py.svg_to_bytes(
        svg(chart), zoom=SCALE, skip_system_fonts=True, font_files=list(FONTS.values()), font_family="DejaVu Sans"
    )


def svg(chart: Chart) -> str:
    """The drawing. Each text has its width in points in `data-width`, for who checks that it fits."""
    high = _height(chart)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{high}" font-family="DejaVu Sans">',
        _box(0, 0, WIDTH, high, BACKGROUND),
        _text(EDGE, 34, chart.title, _TITLE.within(WIDTH - 2 * EDGE, chart.title)),
    ]
    if chart.empty:
        parts.append(_text(WIDTH / 2, high * 0.55, NOTHING, _NOTE))
    else:
        parts += _columns(chart) if chart.by_day else _lines(chart, high)
    return "".join([*parts, "</svg>"])


def steps(unit: ChartUnit, most: int) -> Sequence[int]:
    """Round numbers for the axis, from 0 on, whose short forms are exact; a few that `most` comes near to or passes."""
    smallest = 1 if unit is ChartUnit.COUNT else TICKS_A_DOLLAR // 10_000
    sizes = (smallest * digit * 10**zeros for zeros in count() for digit in (1, 2, 5))
    return range(0, most + 1, next(step for step in sizes if most < step * (_MOST_STEPS + 1)))


def _columns(chart: Chart) -> Iterator[str]:
    """Days from left to right."""
    top = max(bar.value for bar in chart.bars) * 1.12
    marks = {value: amount(chart.unit, value) for value in steps(chart.unit, int(top))}
    left = EDGE + max(map(_MARK.width, marks.values())) + _GAP
    floor, right = HEIGHT - _BOTTOM, WIDTH - EDGE
    scale = (floor - _TOP) / top
    for value, mark in marks.items():
        height = floor - value * scale
        yield _box(left, height - 0.5, right - left, 1, GRID)
        yield _text(left - _GAP, height, mark, _MARK)
    room = (right - left) / max(len(chart.bars), _FEWEST_COLUMNS)
    middles = [(left + right) / 2 + (place - (len(chart.bars) - 1) / 2) * room for place in range(len(chart.bars))]
    for middle, bar in zip(middles, chart.bars, strict=True):
        yield _box(middle - room * 0.36, floor - bar.value * scale, room * 0.72, bar.value * scale, BAR)
    yield from _dates(chart, middles)
    if len(chart.bars) <= _FEW_COLUMNS:
        numbers = [amount(chart.unit, bar.value) for bar in chart.bars]
        letters = _HEIGHT.within(room - _GAP, *numbers)
        for middle, bar, number in zip(middles, chart.bars, numbers, strict=True):
            if bar.value:
                yield _text(middle, floor - bar.value * scale - 5, number, letters)


def _dates(chart: Chart, middles: Sequence[float]) -> Iterator[str]:
    """Below the columns: the newest always has its date, the others where there is room."""
    every = -(-len(middles) * _LABELS_FROM // round(WIDTH - 2 * EDGE - _LABELS_FROM))
    for middle, bar in list(zip(middles, chart.bars, strict=True))[::-every]:
        letters = _DATE.within(_LABELS_FROM - _GAP, bar.name)
        rightmost = WIDTH - EDGE / 2 - letters.width(bar.name) / 2
        yield _text(min(middle, rightmost), HEIGHT - _BOTTOM + 20, bar.name, letters)


def _lines(chart: Chart, high: float) -> Iterator[str]:
    """Names from top to bottom, each with its bar and its number."""
    letters = _LINES[len(chart.bars) <= _FEW_LINES]
    numbers = [amount(chart.unit, bar.value) for bar in chart.bars]
    # What sums up many would dwarf each of them: only its number stands there.
    values = [0 if bar.rest else bar.value for bar in chart.bars]
    for_names = min(max(letters.width(bar.name) for bar in chart.bars), WIDTH * _MOST_FOR_NAMES)
    left = EDGE + for_names + 12
    scale = (WIDTH - EDGE - max(map(letters.width, numbers)) - _GAP - left) / (max(values) or 1)
    room = (high - _TOP - EDGE) / len(values)
    for place, (bar, value, number) in enumerate(zip(chart.bars, values, numbers, strict=True)):
        middle = _TOP + (place + 0.5) * room
        yield _text(left - 12, middle, bar.name, replace(letters.within(for_names, bar.name), anchor="end"))
        yield _box(left, middle - room * 0.33, value * scale, room * 0.66, BAR)
        yield _text(left + value * scale + _GAP, middle, number, letters)


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    """A rectangle with sharp edges."""
    left, top, right, bottom = (round(each * SCALE) / SCALE for each in (x, y, x + width, y + height))
    return f'<rect x="{left:g}" y="{top:g}" width="{right - left:g}" height="{bottom - top:g}" fill="{colour}"/>'


def _text(x: float, y: float, text: str, letters: _Letters) -> str:
    """One line, with `y` as its base line or its middle."""
    weight = ' font-weight="bold"' * letters.bold
    shown = escape(_UNDRAWABLE.sub("\ufffd", text))
    return (
        f'<text x="{x:.2f}" y="{y + letters.size * _MIDDLE * letters.middle:.2f}" font-size="{letters.size:.2f}" '
        f'fill="{letters.colour}" text-anchor="{letters.anchor}"{weight} '
        f'data-width="{letters.width(text):.2f}">{shown}</text>'
    )


@cache
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS[bold], _MEASURED_AT, layout_engine=ImageFont.Layout.BASIC)


def _height(chart: Chart) -> int:
    return HEIGHT if chart.by_day or chart.empty else min(HEIGHT, _TOP + EDGE + ROW * len(chart.bars))
