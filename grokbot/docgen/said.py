"""What the program says when something is wrong, found in its code: events of the log, and sentences of errors. PURE.

Not here: what they mean (meanings.toml), the page (`messages`).
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PASSED_OVER = ("sandbox", "sandbox_run", "wire", "docgen")
"""Rooms whose errors no operator and nobody in Discord meets."""
LEVELS = {"warning": "warning", "error": "error", "exception": "error", "critical": "critical"}
"""The level of each method of a logger that has one from warning on."""


INTERNAL = frozenset({
    "AssertionError", "ClientConnectionError", "DownloadError", "GrokError", "KeyError", "LookupError",
    "NotStoredError", "RowRefusedError", "RuntimeError", "TypeError", "UnreadableError", "ValueError",
})  # fmt: skip
"""Errors whose texts nobody outside the code reads: others are made of them."""
OF_A_SETTING = "SettingValueError"
"""Stands for a ValueError in a setting's validator: a clause that follows the setting's name."""
RULES = "grokbot/policy/"
LEAST = 8
"""Letters that a sentence has."""


@dataclass(frozen=True, slots=True, order=True)
class ErrorText:
    """A sentence, and the class of the error that it is the text of."""

    error: str
    text: str


class Code:
    """The modules of the program, parsed where they hold what is looked for.

    Args:
        root: The project's directory.
    """

    def __init__(self, root: Path) -> None:
        files = sorted((root / "grokbot").rglob("*.py"))
        inside = [each for each in files if each.relative_to(root / "grokbot").parts[0] not in PASSED_OVER]
        self._sources = {each.relative_to(root).as_posix(): each.read_text("utf-8") for each in inside}
        self._parsed: dict[str, _Module] = {}

    def events(self) -> Mapping[str, str]:
        """The events of the log from warning on, by name, each with its highest level."""
        found: dict[str, str] = {}
        order = list(dict.fromkeys(LEVELS.values()))
        for module in self._with("log."):
            for call, function in module.calls:
                if not _is_log(call):
                    continue
                level = LEVELS[call.func.attr]  # type: ignore[attr-defined] # `_is_log` looked
                for text in _texts_of_event(call, function, module):
                    name = text.partition(" ")[0]
                    found[name] = max(level, found.get(name, level), key=order.index)
        return dict(sorted(found.items()))

    def sentences(self) -> Mapping[ErrorText, None]:
        """The texts of errors: literals, and constants that a module gives to an error's class."""
        found: dict[ErrorText, None] = {}
        for module in self._with("Error("):
            for call, within in module.calls:
                name = _name(call.func)
                if name == "ValueError" and module.path.startswith("grokbot/settings/"):
                    name = OF_A_SETTING
                if not name.endswith("Error") or name in INTERNAL:
                    continue
                for text in self._texts(call, module, within):
                    found[ErrorText(name, text)] = None
        return dict.fromkeys(sorted(found))

    def refusals(self) -> Mapping[str, None]:
        """The whole sentences of the rules: rooms that only decide, and say why not."""
        calls = (
            call for module in self._with("Sentence(") if module.path.startswith(RULES) for call, _ in module.calls
        )
        texts = (_literal(call.args[0]) for call in calls if _name(call.func) in ("Sentence", "Plural"))
        return dict.fromkeys(sorted(text for text in texts if text and _is_sentence(text) and ". " in f"{text} "))

    def texts_in(self, path: str) -> Mapping[str, None]:
        """All constants of a module that are sentences."""
        return dict.fromkeys(filter(_is_sentence, self._module(path).constants.values()))

    def _with(self, word: str) -> Iterator[_Module]:
        yield from (self._module(path) for path, source in self._sources.items() if word in source)

    def _module(self, path: str) -> _Module:
        if path not in self._parsed:
            self._parsed[path] = _Module(path, self._sources[path])
        return self._parsed[path]

    def _constant(self, module: _Module, name: str) -> str:
        """What a name of a module stands for, here or where it is imported from; "" if that is no text."""
        if name in module.constants:
            return module.constants[name]
        room = module.imported.get(name)
        if room is None or not name.isupper():
            return ""
        line = re.compile(rf"^{name} = ", re.MULTILINE)
        there = (path for path, source in self._sources.items() if path.startswith(room) and line.search(source))
        return next((self._module(path).constants.get(name, "") for path in there), "")

    def _texts(self, call: ast.Call, module: _Module, within: ast.AST) -> Iterator[str]:
        for argument in call.args:
            text = _literal(argument)
            if text is not None:
                if _is_sentence(text):
                    yield text
                continue
            for node in ast.walk(argument):
                if isinstance(node, ast.Name):
                    yield from filter(_is_sentence, (self._constant(module, node.id), *_assigned(within, node.id)))
                elif isinstance(node, ast.Call) and _name(node.func) == "Sentence" and (text := _literal(node.args[0])):
                    yield text


class _Module:
    """One module."""

    def __init__(self, path: str, source: str) -> None:
        self.path = path
        tree = ast.parse(source)
        self.calls = list(_calls(tree))
        self.constants = dict(_constants(tree))
        imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
        self.imported = {each.name: (node.module or "").replace(".", "/") for node in imports for each in node.names}
        """Where names come from, as the beginning of a path."""


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value
            if isinstance(value, ast.Call) and _name(value.func) in ("Sentence", "Plural") and value.args:
                value = value.args[0]
            if (text := _literal(value)) is not None:
                yield node.targets[0].id, text


def _assigned(within: ast.AST, name: str) -> Iterator[str]:
    """The texts that a function gives to a name of its own."""
    for node in ast.walk(within) if isinstance(within, _FUNCTION) else ():
        if isinstance(node, ast.Assign) and _name(node.targets[0]) == name and (text := _literal(node.value)):
            yield text


_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, ast.AST]]:
    """Every call with the function in which it is made, or the module."""

    def inside(node: ast.AST, function: ast.AST) -> Iterator[tuple[ast.Call, ast.AST]]:
        for child in ast.iter_child_nodes(node):
            inner = child if isinstance(child, _FUNCTION) else function
            if isinstance(child, ast.Call):
                yield child, inner
            yield from inside(child, inner)

    return inside(tree, tree)


def _is_log(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in LEVELS and _name(call.func.value) == "log"


def _texts_of_event(call: ast.Call, function: ast.AST, module: _Module) -> Iterator[str]:
    """The event's text; if the function gets it as an argument, the texts with which it is called."""
    text = _literal(call.args[0])
    if text is not None:
        yield text
        return
    given: defaultdict[str, list[str]] = defaultdict(list)
    for other, _ in module.calls:
        if other.args and (passed := _literal(other.args[0])):
            given[_name(other.func)].append(passed)
    yield from given[getattr(function, "name", "")]


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _literal(node: ast.expr) -> str | None:
    """A literal text; what an f-string fills in is an ellipsis, as it is for `format`."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr():
            parts = (str(each.value) if isinstance(each, ast.Constant) else "…" for each in node.values)
            return "".join(parts)
        case _:
            return None


def _is_sentence(text: str) -> bool:
    said = re.sub(r"\{[^{}]*\}", "", text)
    return " " in text and sum(map(str.isalpha, said)) >= LEAST
