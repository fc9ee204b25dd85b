"""Work over text that others choose grows no faster than the text, whatever is in it.

The functions are found by their mark, `OthersText`. `GROKBOT_LONG=1` feeds all texts to all of them; else a few.
"""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import random
import time
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

import grokbot
from grokbot.conversation.errors import UserError
from grokbot.conversation.text.citations import Citation
from grokbot.discord_bot.content.plain_text import Names
from grokbot.policy.budgets import LimitUnit
from grokbot.policy.filters import Action, Filter, Folded, Where, compiled

if TYPE_CHECKING:
    from collections.abc import Callable

MARK = "OthersText"
NAMED = frozenset({"text", "markdown", "written", "said", "sample", "source"})
"""A public function of the rooms below that takes a `str` of such a name has to say whose it is."""
ROOMS = ("conversation", "policy", "documents")
MODULES = tuple(
    f"grokbot.discord_bot.{module}"
    for module in ("content.plain_text", "notices.texts.amounts", "markdown.latex", "markdown.message_texts")
)
OWN_WORDS = frozenset({"grokbot.policy.filters.filters.spans_of"})
"""They take texts that a marked function gave them."""

UNITS = tuple(
    r"""
    ~~a `a a` ` [ ] [a]( ![ ( ) * **a *a _a __a ~~ ||a || | $ $a $$ \ \( \[ < <a <b>x <@ <https://a & &a; http://
    # > >>> - 1. {a {} [], { ``` ~~~ a|b |a|b| |-|-| --- === = 0 a ! 한 か 。 <!-- <br> <sub>a \frac ^{ _{ \sqrt[ \text{
    [^a] [a][b] <think> </think> @everyone
    """.split()  # noqa: SIM905 - easier to read
)
LINES = (
    *(" ~~a", " `a", "e\u0301", "\u0301", "\U0001f468\u200d", "\U0001f1e6", "\u200b", "\ud800", " ", "\t"),
    *("a\n", "\n", "\n\n", "- a\n", "> a\n", "# a\n", "```\n", "|a|b|\n", "\\[a\n", "`\n", "word word. "),
)
SIZES = (2_000, 8_000)
FASTEST = 0.03
"""Seconds for the larger text: what takes less is not looked at closer."""
MOST = 9.0
"""Times as long for a text of four times the length; linear work takes four, work with the square sixteen."""
FEW = 12

GIVEN: dict[str, Any] = {
    "name": "Ann",
    "names": Names(),
    "fallback": "New conversation",
    "now": datetime(2026, 11, 23, tzinfo=UTC),
    "unit": LimitUnit.COST,
    "pattern": "a.*b",
    "filters": [Filter("1", compiled("(?s)a.*b"), Where.BOTH, Action.TELL)],
    "folded": Folded(""),
    "hidden": [],
    "place": "thread",
    "title": "Owls",
    "quotes": [],
    "files": [],
    "conversation": None,
    "most": 60,
    "others": ["https://example.org/a"],
    "mark": lambda number, url: f"[{number}]({url})",
    "cited": [Citation("https://example.org/b", 0, 1)],
}


def functions() -> dict[str, Callable[..., object]]:
    rooms = [importlib.import_module(f"{grokbot.__name__}.{room}") for room in ROOMS]
    names = [found.name for room in rooms for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")]
    found: dict[str, Callable[..., object]] = {}
    for name in (*names, *MODULES):
        module = importlib.import_module(name)
        for each, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == name and not each.startswith("_"):
                found[f"{name}.{each}"] = function
    return found


def marked(function: Callable[..., object]) -> list[str]:
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if MARK in str(p.annotation) or "chosen by others" in str(p.annotation)]


FOUND = {name: function for name, function in functions().items() if marked(function)}


def test_whose_a_text_is_stands_at_every_function_that_takes_one() -> None:
    forgotten = [
        name
        for name, function in functions().items()
        if name not in OWN_WORDS
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name in NAMED and parameter.annotation in ("str", str)
    ]
    assert not forgotten
    assert len(FOUND) > 25


def taken(function: Callable[..., object], text: str) -> float:
    """Seconds of this thread for one call."""
    first, *_ = marked(function)
    arguments = {first: text}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name != first and parameter.default is inspect.Parameter.empty:
            arguments[parameter.name] = GIVEN[parameter.name]
    begun = time.thread_time()
    with suppress(UserError, UnicodeEncodeError):
        function(**arguments)
    return time.thread_time() - begun


def fastest(function: Callable[..., object], text: str, tries: int = 1) -> float:
    return min(taken(function, text) for _ in range(tries))


def grows_too_fast(function: Callable[..., object], unit: str) -> bool:
    short, long = (unit * (size // len(unit) + 1) for size in SIZES)
    if fastest(function, long) < FASTEST:
        return False
    return fastest(function, long, 3) > MOST * max(fastest(function, short, 3), 0.001)


@pytest.mark.parametrize("name", FOUND)
def test_work_over_what_others_wrote_grows_no_faster_than_it(name: str) -> None:
    units = [*UNITS, *LINES]
    if not os.environ.get("GROKBOT_LONG"):
        seed = f"{date.today().isoformat()} {name}"  # noqa: DTZ011 - any day will do
        units = random.Random(seed).sample(units, FEW)
    assert [unit for unit in units if grows_too_fast(FOUND[name], unit)] == []


def test_what_grows_with_the_square_is_seen() -> None:
    def quadratic(text: str) -> int:
        return sum(1 for _ in text[::4] for _ in text[::4])

    quadratic.__annotations__["text"] = MARK
    assert grows_too_fast(quadratic, "ab")
