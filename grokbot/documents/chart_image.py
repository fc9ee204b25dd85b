"""A chart as a PNG, for Discord: 800 x 400 points at twice the pixels; with few names, less high.

Here: all use of the plotting library. It takes 80 MB and half a second to load, so only a process that draws
imports this (`engine.budgets.chart_renderer`). Not here: what is shown (`charts`).
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from grokbot.conversation.response import TICKS_A_DOLLAR
from grokbot.documents.charts import BACKGROUND, BAR, GRID, QUIET, TEXT, ChartUnit, amount

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

    from grokbot.documents.charts import Chart

WIDTH, HEIGHT = 800, 400
"""In points, 1/72 inch each, the library's unit for font sizes."""
ROW = 56
"""Height of a name with its bar, at most: a picture of few names is as high as they need."""
SCALE = 2
"""Pixels per point."""

NOTHING = "There is nothing to show for this time."

_EDGE = 24
_TOP = 62
_BOTTOM = 46
_MOST_FOR_NAMES = 0.42
_ROOM_FOR_NUMBER = 70
_LABELS_FROM = 66
"""Minimum distance of date labels below the columns, in points."""
_FEWEST_COLUMNS = 3
"""Fewer columns are as wide as if there were so many, and stand in the middle."""
_FEW_COLUMNS = 12
"""Up to this many columns have a number above each."""
_LETTERS = (15, 17)
"""Font sizes for many lines, and for few."""
_FEW_LINES = 8

_RULES: Any = {
    "text.parse_math": False,  # a name may contain dollar signs
    "font.family": ["DejaVu Sans"],  # bundled with the library: the same image on every machine
    "axes.unicode_minus": False,
}


def png(chart: Chart) -> bytes:
    """The image. The same chart gives the same bytes, with the same version of the library."""
    with warnings.catch_warnings(), mpl.rc_context(_RULES):
        warnings.simplefilter("ignore")  # a character missing from the font becomes a box
        high = _height(chart)
        figure = Figure(figsize=(WIDTH / 72, high / 72), dpi=72 * SCALE, facecolor=BACKGROUND)
        figure.text(_EDGE / WIDTH, 1 - 34 / high, chart.title, color=TEXT, fontsize=19, fontweight="bold")
        if chart.empty:
            figure.text(0.5, 0.45, NOTHING, color=QUIET, fontsize=18, ha="center")
        elif chart.by_day:
            _columns(figure, chart)
        else:
            _lines(figure, chart)
        made = BytesIO()
        figure.savefig(made, format="png", metadata={"Software": None})
        return made.getvalue()


def _columns(figure: Figure, chart: Chart) -> None:
    """Draw days from left to right."""
    axes = figure.add_axes(_box(_EDGE + 58, _EDGE))
    values = _heights(chart)
    places = range(len(values))
    axes.bar(places, values, width=0.72, color=BAR)
    axes.set_ylim(0, max(values) * 1.12)
    middle, half = (len(values) - 1) / 2, max(len(values), _FEWEST_COLUMNS) / 2 + 0.1
    axes.set_xlim(middle - half, middle + half)
    _measure(axes, chart)
    every = -(-len(values) * _LABELS_FROM // (WIDTH - 2 * _EDGE - 58))
    last = len(values) - 1
    labelled = [place for place in places if (last - place) % every == 0]
    axes.set_xticks(labelled, [chart.bars[place].name for place in labelled], color=QUIET, fontsize=14)
    if len(values) <= _FEW_COLUMNS:
        for place, bar in enumerate(chart.bars):
            if bar.value:
                number = amount(chart.unit, bar.value)
                axes.annotate(number, (place, values[place]), (0, 4), textcoords="offset points", color=TEXT,
                              fontsize=14, ha="center")  # fmt: skip


def _lines(figure: Figure, chart: Chart) -> None:
    """Draw names from top to bottom, each with its bar and its number."""
    values = _heights(chart)
    few = len(values) <= _FEW_LINES
    size = _LETTERS[few]
    names: list[Text] = [figure.text(0, 0, bar.name, color=TEXT, fontsize=size, ha="right", va="center_baseline")
                         for bar in chart.bars]  # fmt: skip
    widest = max(name.get_window_extent().width for name in names) / SCALE
    left = min(widest, WIDTH * _MOST_FOR_NAMES) + _EDGE + 12
    high = _height(chart)
    axes = figure.add_axes(_box(left, _EDGE + _ROOM_FOR_NUMBER, bottom=_EDGE, high=high))
    # What sums up many would dwarf each of them: only its number stands there.
    values = [0 if bar.rest else value for bar, value in zip(chart.bars, values, strict=True)]
    axes.barh(range(len(values)), values, height=0.66, color=BAR)
    axes.set_xlim(0, max(values) or 1)
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.axis("off")
    for place, (bar, name) in enumerate(zip(chart.bars, names, strict=True)):
        middle = axes.transData.transform((0, place))[1] / (high * SCALE)
        name.set_position(((left - 12) / WIDTH, middle))
        axes.annotate(amount(chart.unit, bar.value), (values[place], place), (7, 0), textcoords="offset points",
                      color=TEXT, fontsize=size, va="center_baseline", annotation_clip=False)  # fmt: skip


def _measure(axes: Axes, chart: Chart) -> None:
    """Draw the numbers on the axis, and the grid lines behind the columns."""

    def told(value: float, _place: int | None) -> str:
        return amount(chart.unit, round(value * _unit(chart)))

    axes.yaxis.set_major_locator(
        MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10], integer=chart.unit is ChartUnit.COUNT, min_n_ticks=2)
    )
    axes.yaxis.set_major_formatter(FuncFormatter(told))
    axes.tick_params(axis="both", length=0, colors=QUIET, labelsize=14, pad=7)
    axes.grid(axis="y", color=GRID, linewidth=1)
    axes.set_axisbelow(True)
    axes.set_facecolor("none")
    axes.spines[:].set_visible(False)


def _height(chart: Chart) -> int:
    """In points."""
    return HEIGHT if chart.by_day or chart.empty else min(HEIGHT, _TOP + _EDGE + ROW * len(chart.bars))


def _box(left: float, right: float, bottom: float = _BOTTOM, high: float = HEIGHT) -> tuple[float, float, float, float]:
    """The area of the bars, in fractions of the figure, from the margins around it and its height."""
    return left / WIDTH, bottom / high, (WIDTH - left - right) / WIDTH, (high - _TOP - bottom) / high


def _unit(chart: Chart) -> int:
    return TICKS_A_DOLLAR if chart.unit is ChartUnit.COST else 1


def _heights(chart: Chart) -> list[float]:
    """Dollars instead of ticks, so that the axis has round numbers."""
    return [bar.value / _unit(chart) for bar in chart.bars]
