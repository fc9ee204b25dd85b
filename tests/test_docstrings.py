"""The modules that docstrings name exist, so that whoever looks for a line finds its room."""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grokbot.settings import all_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[1]
HERE = re.compile(r"\b(?:Not here|Here):\s(.*?)(?:\.\s|\.?\Z|\n\n)", re.DOTALL)
"""The sentences that say what belongs in a module, and where the rest is."""
NAME = re.compile(r"`([a-z]\w*(?:\.[A-Za-z]\w*)*)(?<!\.py)`")
FILE = re.compile(r"(?<![\w/.-])((?:\w+/)*\w+)\.py\b")


PURE = re.compile(r"\bpure[.:]", re.IGNORECASE)
"""How a module says that it does no I/O and reads no clock."""

SETTINGS = {setting.key for setting in all_settings()}


@dataclass(frozen=True)
class Module:
    """A module by its path without the ending; a package by its folder."""

    docstring: str
    defines: frozenset[str]
    explained: str = ""
    """The docstrings of all that stands in it, of constants and fields too."""


@cache
def modules() -> dict[str, Module]:
    """Every module that is written by hand, such as `grokbot/store/store`."""
    found = {}
    for path in (*(ROOT / "grokbot").rglob("*.py"), *(ROOT / "tests").rglob("*.py")):
        name = path.relative_to(ROOT).with_suffix("")
        if name.parts[:2] != ("grokbot", "wire"):
            tree = ast.parse(path.read_text("utf-8"))
            defined = {getattr(node, "name", getattr(node, "id", "")) for node in ast.walk(tree)}
            key = name.parent if name.name == "__init__" else name
            found[key.as_posix()] = Module(ast.get_docstring(tree) or "", frozenset(defined), explained(tree))
    return found


def explained(tree: ast.Module) -> str:
    """All strings that stand by themselves."""
    lone = (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))
    return "\n\n".join(one.value for one in lone if isinstance(one, ast.Constant) and isinstance(one.value, str))


def meant(name: str, within: str, known: Mapping[str, Module]) -> Sequence[str]:
    """The modules that a name can mean: beside the one that says it, anywhere in its room, or a way from grokbot/."""
    room = within.partition("/")[2].partition("/")[0]
    rooms = (f"grokbot/{room}/", f"tests/{room}/")
    tail = name.replace(".", "/")
    whole = [path for path in (tail, f"grokbot/{tail}") if path in known]
    return whole + [path for path in known if path.endswith(f"/{tail}") and path.startswith(rooms)]


def is_there(name: str, within: str, known: Mapping[str, Module]) -> bool:
    """Whether a name is a module, or something that a module defines."""
    above, _, last = name.rpartition(".")
    return bool(meant(name, within, known)) or any(last in known[path].defines for path in meant(above, within, known))


def missing(within: str, docstring: str, known: Mapping[str, Module]) -> list[str]:
    """What a module's docstring names and is not there.

    In its sentences of what is here and what is not, each name in backticks is a module, or a part of one. Elsewhere
    `stale` has the rules.
    """
    in_sentences = {name for sentence in HERE.findall(docstring) for name in NAME.findall(sentence)}
    gone = {name for name in in_sentences if not is_there(name, within, known)}
    return sorted(gone | set(stale(within, docstring, known)))


def stale(within: str, text: str, known: Mapping[str, Module]) -> list[str]:
    """What any docstring names and is not there: a dotted name is a module if it begins with one, a file is one."""
    dotted = {name for name in NAME.findall(text) if "." in name and meant(name.partition(".")[0], within, known)}
    dotted -= SETTINGS
    files = {name.replace("/", ".") for name in FILE.findall(text)} - {"discord"}
    return sorted(name for name in dotted | files if not is_there(name, within, known))


def test_every_module_that_a_docstring_names_exists() -> None:
    known = modules()
    found = {
        name: missing(name, module.docstring, known) + stale(name, module.explained, known)
        for name, module in known.items()
    }
    assert {name: gone for name, gone in found.items() if gone} == {}


@pytest.mark.parametrize(
    ("docstring", "gone"),
    [
        ("Keeps turns. Not here: rows (`store.rows`), `lanes`.", ["lanes", "store.rows"]),
        ("Keeps turns. Not here: rows (`store.tables.rows`), `settings`, `turns`.", []),
        ("Keeps turns, with `no_module`. Here: `engine.turns.nothing`.", ["engine.turns.nothing"]),
        ("Reads `store.store.Store` and `store.nothing`, `x.y`, settings_old.py.", ["settings_old", "store.nothing"]),
        (
            "See conversation/forest.py, discord.py and sources.py. Not here:\n`policy.budgets`, `lanes`.",
            ["lanes", "sources"],
        ),
    ],
)
def test_a_name_that_is_gone_is_found(docstring: str, gone: list[str]) -> None:
    assert missing("grokbot/engine/turns/turns", docstring, modules()) == gone


def test_what_calls_itself_pure_is_held_to_it() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (held,) = (each["source_modules"] for each in contracts if each["name"].startswith("pure rooms"))
    ours = {name.replace("/", "."): module for name, module in modules().items() if name.startswith("grokbot/")}
    says_so = [name for name, module in ours.items() if PURE.search(module.docstring)]
    assert [name for name in says_so if not any(f"{name}.".startswith(f"{one}.") for one in held)] == []
