from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from grokbot.conversation.response import TICKS_A_DOLLAR
from grokbot.documents.charts import image
from grokbot.documents.charts.chart import (
    BACKGROUND,
    BAR,
    LONGEST_NAME,
    MOST_DAYS,
    MOST_NAMES,
    QUIET,
    TEXT,
    Chart,
    ChartUnit,
    amount,
    by_day,
    by_name,
    chart_name,
    of_values,
    to_values,
)

DARK_GROUNDS = (BACKGROUND, "#313338", "#2b2d31")
WHITE = "#ffffff"

names = st.text(max_size=60) | st.text(st.characters(categories=["Mn", "Cf", "Cc", "Cs", "So", "Lo"]), max_size=60)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("ground", DARK_GROUNDS)
def test_letters_and_bars_stand_out_from_the_picture_and_from_discords_dark_grounds(ground: str) -> None:
    assert contrast(TEXT, ground) >= 7
    assert contrast(QUIET, ground) >= 7
    assert contrast(BAR, ground) >= 4.5


def test_on_white_the_picture_is_a_dark_card() -> None:
    assert contrast(BACKGROUND, WHITE) >= 7


def test_what_the_contrast_is_computed_with_knows_the_extremes() -> None:
    assert contrast("#000000", WHITE) == pytest.approx(21)
    assert contrast("#767676", WHITE) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0"), (7, "7"), (950, "950"), (999, "999"), (1000, "1k"), (1234, "1.2k"), (12_345, "12.3k"),
        (123_456, "123k"), (999_499, "999k"), (999_500, "1M"), (999_960, "1M"), (3_400_000, "3.4M"), (2 * 10**9, "2B"),
        (5 * 10**12, "5T"), (10**18, "1,000,000T"),
    ],
)  # fmt: skip
def test_counts_are_told_in_few_signs(value: int, told: str) -> None:
    assert amount(ChartUnit.COUNT, value) == told


@pytest.mark.parametrize(
    ("dollars", "told"),
    [
        (0, "$0"), (0.000001, "<$0.0001"), (0.0012, "$0.0012"), (0.02, "$0.02"), (0.05, "$0.05"), (0.12, "$0.12"),
        (0.999, "$1.00"), (12.5, "$12.50"), (999.99, "$999.99"), (1234.5, "$1.2k"),
    ],
)  # fmt: skip
def test_money_is_told_in_few_signs(dollars: float, told: str) -> None:
    assert amount(ChartUnit.COST, round(dollars * TICKS_A_DOLLAR)) == told


@given(st.lists(st.integers(1, 10**18), min_size=2, max_size=2).map(sorted))
def test_a_larger_count_is_never_told_as_a_smaller_one(values: list[int]) -> None:
    sizes = {"k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}

    def read(told: str) -> float:
        letter = told[-1]
        return float(told.rstrip("kMBT").replace(",", "")) * sizes.get(letter, 1)

    smaller, larger = (read(amount(ChartUnit.COUNT, value)) for value in values)
    assert smaller <= larger
    assert smaller == pytest.approx(values[0], rel=0.05)


def test_more_names_than_bars_are_summed_up_and_nothing_is_lost() -> None:
    people = [(f"person-{number}", number) for number in range(100)]
    chart = by_name("Tokens", ChartUnit.COUNT, people)
    assert len(chart.bars) == MOST_NAMES
    assert [bar.value for bar in chart.bars[:3]] == [99, 98, 97]
    assert (chart.bars[-1].name, chart.bars[-1].rest) == ("88 others", True)
    assert sum(bar.value for bar in chart.bars) == sum(range(100))
    assert len(by_name("Tokens", ChartUnit.COUNT, people[: MOST_NAMES + 1]).bars) == MOST_NAMES


@given(st.lists(st.integers(0, 10**9), max_size=400))
def test_any_number_of_days_becomes_columns_of_equal_length_and_nothing_is_lost(values: list[int]) -> None:
    days = [(f"day {number}", value) for number, value in enumerate(values)]
    chart = by_day("Tokens", ChartUnit.COUNT, days)
    assert len(chart.bars) <= MOST_DAYS
    assert sum(bar.value for bar in chart.bars) == sum(values)
    begins = [int(bar.name.removeprefix("day ")) for bar in chart.bars]
    lengths = [later - earlier for earlier, later in pairwise([*begins, len(values)])]
    assert len(set(lengths[1:])) <= 1
    assert lengths[:1] <= lengths[-1:]  # the oldest may be a shorter one
    assert ("days a column" in chart.title) == (len(values) > MOST_DAYS)


@given(names)
def test_any_name_becomes_one_short_line_without_signs_that_steer(name: str) -> None:
    short = chart_name(name)
    assert short
    assert len(short.splitlines()) == 1
    assert not set(short) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\0\x1b\t")
    short.encode()


def test_names_are_cut_between_letters_as_people_see_them() -> None:
    assert chart_name("a" * LONGEST_NAME) == "a" * LONGEST_NAME
    assert chart_name("a" * (LONGEST_NAME + 1)) == "a" * (LONGEST_NAME - 1) + "…"
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    assert chart_name(family * 40) == family * 12 + "…"
    assert chart_name("Z" + "\u0351" * 40 + "a") == "Z\u0351\u0351a"
    assert chart_name(" \u202e\n") == "(no name)"


@given(st.lists(st.tuples(names, st.integers(0, 10**15)), max_size=40), st.sampled_from(ChartUnit), st.booleans())
def test_a_chart_survives_the_way_to_another_process(
    amounts: list[tuple[str, int]], unit: ChartUnit, days: bool
) -> None:
    chart = (by_day if days else by_name)("A title", unit, amounts)
    assert of_values(json.loads(json.dumps(to_values(chart)))) == chart


def test_nothing_used_is_an_empty_chart() -> None:
    assert by_name("Tokens", ChartUnit.COUNT, [("alice", 0)]).empty
    assert by_day("Tokens", ChartUnit.COUNT, [("1 Nov", 0)]).empty
    assert not by_day("Tokens", ChartUnit.COUNT, [("1 Nov", 1)]).empty


@dataclass(frozen=True)
class Area:
    """In points, of a text's letters or of a bar."""

    left: float
    top: float
    right: float
    bottom: float
    bar: bool

    def meets(self, other: Area) -> bool:
        beside = min(self.right, other.right) - max(self.left, other.left)
        return beside > 0 and min(self.bottom, other.bottom) > max(self.top, other.top)


def areas(drawn: str) -> list[Area]:
    found = []
    for part in ET.fromstring(drawn):  # noqa: S314 -- our own
        at = part.attrib
        if part.tag.endswith("text"):
            width, size, base = float(at["data-width"]), float(at["font-size"]), float(at["y"])
            left = float(at["x"]) - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[at["text-anchor"]]
            found.append(Area(left, base - 0.75 * size, left + width, base + 0.24 * size, bar=False))
        elif at["fill"] == BAR:
            left, top, width, height = (float(at[each]) for each in ("x", "y", "width", "height"))
            found.append(Area(left, top, left + width, top + height, bar=True))
    return found


def chart_of(amounts: list[tuple[str, int]], unit: ChartUnit, days: bool) -> Chart:
    title = "A title, and what else stands there, as long as it may be, and longer"
    if days:
        amounts = [(f"{number % 31 + 1} Nov", value) for number, (_, value) in enumerate(amounts)]
    return (by_day if days else by_name)(title, unit, amounts)


@given(st.lists(st.tuples(names, st.integers(0, 10**18)), max_size=60), st.sampled_from(ChartUnit), st.booleans())
def test_every_text_is_inside_and_meets_no_other_and_no_bar(
    amounts: list[tuple[str, int]], unit: ChartUnit, days: bool
) -> None:
    drawn = image.svg(chart_of(amounts, unit, days))
    high = float(ET.fromstring(drawn).attrib["height"])  # noqa: S314 -- our own
    found = areas(drawn)
    for one in found:
        inside = image.EDGE / 2 - 0.01
        assert min(one.left, one.top, image.WIDTH - one.right, high - one.bottom) >= inside
    for one, other in combinations(found, 2):
        assert not one.meets(other)


@given(st.integers(1, 10**19), st.sampled_from(ChartUnit))
def test_the_axis_has_few_round_numbers_that_are_told_exactly(most: int, unit: ChartUnit) -> None:
    values = image.steps(unit, most)
    told = [amount(unit, value) for value in values]
    assert 1 <= len(values) <= 6
    assert values[-1] <= most < 2 * values[-1] or len(values) <= 3
    assert len(set(told)) == len(told)
    for text, value in zip(told, values, strict=True):
        letter = text[-1] if text[-1] in "kMBT" else ""
        size = {"": 1, "k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}[letter]
        number = Decimal(text.strip("$kMBT").replace(",", "")) * size
        assert number * (TICKS_A_DOLLAR if unit is ChartUnit.COST else 1) == value


def rows(*names: str) -> Image.Image:
    """The picture without its title."""
    chart = by_name("T", ChartUnit.COUNT, [(name, 9 - place) for place, name in enumerate(names)])
    with Image.open(BytesIO(image.png(chart))) as picture:
        return picture.convert("RGB").crop((0, 2 * 62, *picture.size))


def ink(picture: Image.Image) -> tuple[int, int]:
    """The first and the last column that is not ground."""
    found = ImageChops.difference(picture, Image.new("RGB", picture.size, BACKGROUND)).getbbox()
    assert found
    return found[0], found[2]


@pytest.mark.parametrize(
    "name", ["W" * 40, "مرحبا بالعالم وأهلا", "Z\u0351\u0351 ﷽", "שלום עולם", "\U0001f469\u200d\U0001f467 ★彡"]
)
def test_letters_end_where_they_are_computed_to(name: str) -> None:
    first, last = (pixel / image.SCALE for pixel in ink(rows(name)))
    assert image.EDGE - 1 <= first <= image.EDGE + 60  # letters that join take less
    assert last == pytest.approx(image.WIDTH - image.EDGE, abs=2)


def test_names_from_right_to_left_are_read_so_and_their_letters_join() -> None:
    """The machine that draws them needs nothing installed for it."""
    wide = "W" * LONGEST_NAME
    first = (702, 112, 720, 224)  # of the second row, where names end
    assert rows(wide, "אב").crop(first).tobytes() == rows(wide, "א").crop(first).tobytes()
    alone, joined = (ink(rows(wide, name).crop((0, 112, 720, 224)))[0] for name in ("ب\u200cب\u200cب", "ببب"))
    assert alone < joined


def pixels(png: bytes) -> tuple[int, int]:
    return struct.unpack(">II", png[16:24])


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(names, st.integers(0, 10**18)), max_size=40), st.sampled_from(ChartUnit), st.booleans())
def test_no_name_and_no_number_breaks_the_picture(amounts: list[tuple[str, int]], unit: ChartUnit, days: bool) -> None:
    chart = (by_day if days else by_name)("$x_1$ and ^", unit, amounts)
    drawn = image.png(chart)
    high = 800 if days or chart.empty else min(800, 172 + 112 * len(chart.bars))  # few names leave no empty ground
    assert pixels(drawn) == (1600, high)
    assert image.png(chart) == drawn


def test_names_that_look_like_formulas_are_shown_as_they_are_and_empty_data_is_told() -> None:
    def of(name: str, value: int = 1) -> bytes:
        return image.png(by_name("Tokens", ChartUnit.COUNT, [(name, value)]))

    assert len({of("$x$"), of("x"), of("$\\frac{$"), of("_x"), of("x", 0)}) == 5
    assert of("x", 0) == of("y", 0)
