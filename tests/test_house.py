"""`.ci/house`: what it counts in a tree made for it, and that a spoiled tree fails on each count."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

HOUSE = Path(__file__).parents[1] / ".ci" / "house"
SCRIPT: Mapping[str, Any] = runpy.run_path(str(HOUSE))
LIMITS: Mapping[str, int] = SCRIPT["LIMITS"]
TOP, FOLDER, LONG, GERUNDS, CIRCLES, SHARED, MEDIAN, P90, SILENT, LINES = LIMITS


def add(root: Path, name: str, text: str = "") -> None:
    path = root / "grokbot" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A house in order: two rooms, no circle, one short function."""
    for name in ("__init__.py", "room/__init__.py", "wire/__init__.py"):
        add(tmp_path, name)
    add(tmp_path, "room/settings.py", "from grokbot.room import door\n")
    add(tmp_path, "room/door.py", "def shut() -> None:\n    pass\n")
    return tmp_path


def run(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HOUSE), str(root)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our script


def counts(root: Path) -> dict[str, int]:
    return {name: number for name, (number, _) in SCRIPT["count"](root).items()}


def many(name: str) -> int:
    return LIMITS[name] + 1


def function(lines: int) -> str:
    return "def long() -> None:\n" + "    pass\n" * (lines - 1)


CIRCLE = (("one", "two"), ("two", "one"))
SPOILS: Mapping[str, Mapping[str, str]] = {
    TOP: {f"m{i}.py": "" for i in range(many(TOP))},
    FOLDER: {f"room/m{i}.py": "" for i in range(many(FOLDER))},
    LONG: {f"r{i}/long.py": "\n" * 301 for i in range(many(LONG))},
    GERUNDS: {f"r{i}/catching_up.py": "" for i in range(many(GERUNDS))},
    CIRCLES: {
        f"r{i}/{one}.py": f"if TYPE_CHECKING:\n    from grokbot.r{i} import {other}\n"
        for i in range(many(CIRCLES))
        for one, other in CIRCLE
    },
    SHARED: {
        f"r{i}/{module}.py": f"class Turns{i}:\n    pass\n" for i in range(many(SHARED)) for module in ("one", "two")
    },
    MEDIAN: {"room/door.py": function(many(MEDIAN))},
    P90: {"room/door.py": function(many(P90))},
    SILENT: {"room/silent.py": "".join(f"def f{i}(a, b, c): pass\n" for i in range(many(SILENT)))},
    LINES: {"room/lines.py": "\n" * many(LINES)},
}
"""For each count, files that bring it over its limit."""


def test_a_house_in_order_passes(tree: Path) -> None:
    done = run(tree)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.partition("  ")[0] for line in done.stdout.splitlines()] == list(LIMITS)


@pytest.mark.parametrize("name", LIMITS)
def test_a_spoiled_house_fails_on_each_count(tree: Path, name: str) -> None:
    for path, text in SPOILS[name].items():
        add(tree, path, text)
    done = run(tree)
    assert done.returncode == 1
    assert any(line.startswith(name) and line.endswith("TOO MANY") for line in done.stdout.splitlines())


def test_generated_code_is_not_counted(tree: Path) -> None:
    before = counts(tree)
    add(tree, "wire/catching_up.py", "def f(a, b, c): pass\n" * 400)
    assert counts(tree) == before


@pytest.mark.parametrize(
    ("code", "silent"),
    [
        ("def f(a, b, c): pass", 1),
        ("def f(a, b): pass", 0),
        ("def _f(a, b, c): pass", 0),
        ("class A:\n    def f(self, a, b, *, c): pass", 1),
        ("class _A:\n    def f(self, a, b, c): pass", 0),
        ("def f():\n    def g(a, b, c): pass", 0),
        ('def f(a, b, c):\n    """Does it.\n\n    Args:\n        a: One.\n    """', 0),
        ("@group.command()\n@click.option()\ndef f(a, b, c): pass", 0),
    ],
)
def test_functions_that_explain_no_parameters_are_counted(tree: Path, code: str, silent: int) -> None:
    add(tree, "room/door.py", f"{code}\n")
    assert counts(tree)[SILENT] == silent


def test_a_circle_is_counted_with_all_its_modules_and_only_with_them(tree: Path) -> None:
    for one, other in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")):
        add(tree, f"ring/{one}.py", f"import grokbot.ring.{other}\n")
    assert counts(tree)[CIRCLES] == 3


def test_what_explains_parameters_makes_nothing_longer_but_the_sum_of_lines(tree: Path) -> None:
    code = 'def f(a):\n    """Does it.\n{}\n    Returns:\n        One.\n    """\n'
    add(tree, "room/door.py", code.format(""))
    before = counts(tree)
    add(
        tree,
        "room/door.py",
        code.format("\n    Args:\n        a: One,\n            or several.\n" + "        b: x\n" * 300),
    )
    assert counts(tree) == before | {LINES: before[LINES] + 304}


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("room/door.py", "hall/door.py", 1),
        ("room/door.py", "sdk/door.py", 0),
        ("room/door.py", "wire/door.py", 0),
    ],
)
def test_classes_of_one_name_are_counted(tree: Path, one: str, other: str, shared: int) -> None:
    for path in (one, other):
        add(tree, path, "class Turns: pass\nclass _Own: pass\n")
    assert counts(tree)[SHARED] == shared
