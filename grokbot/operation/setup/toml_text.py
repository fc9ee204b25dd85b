"""Sets values in the text of a TOML file and leaves everything else in it as it is: comments, order, blank lines. Pure.

Not here: writing files (`files`).
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from grokbot.settings.example import toml_value

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER = re.compile(r"\s*\[\s*([\w-]+)\s*\]\s*(?:#.*)?")


class TomlTextError(Exception):
    """The file is written in a way that only a person can change; the text says which setting."""


def with_values(text: str, values: Mapping[str, object]) -> str:
    """The text with other values.

    A line that sets the value is changed; else the line that shows its default is, by taking the # off; else a line is
    added to the section. None puts a # before the line.

    Args:
        text: A TOML file's.
        values: By dotted key; None: not set.

    Raises:
        TomlTextError: A value cannot be set so that the file says it and nothing else has changed.
    """
    before = _tree(text)
    for key, value in values.items():
        section, _, name = key.partition(".")
        if before.get(section, {}).get(name) == value:
            continue
        lines = text.splitlines()
        _put(lines, section, name, value)
        text = "\n".join(lines) + "\n"
        after = _tree(text, otherwise=key)
        _set(before, section, name, value)
        if after != before:
            raise TomlTextError(key)
    return text


def _put(lines: list[str], section: str, name: str, value: object) -> None:
    first, last = _span(lines, section)
    there = [n for n in range(first, last) if re.match(rf"\s*{name}\s*=", lines[n])]
    shown = [n for n in range(first, last) if re.match(rf"#{name}\s*=", lines[n])]
    if value is None:
        for n in there:
            lines[n] = f"#{lines[n].lstrip()}"
        return
    line = f"{name} = {toml_value(value)}"
    if there:
        lines[there[0]] = line + _remark(lines[there[0]])
    elif shown:
        lines[shown[0]] = line
    elif first:
        lines.insert(first, line)
    else:
        lines += [*([""] if lines else []), f"[{section}]", line]


def _span(lines: list[str], section: str) -> tuple[int, int]:
    """From the first line below a section's header to the next header; both 0 if there is none."""
    first = 0
    for n, line in enumerate(lines):
        if first and re.match(r"\s*\[", line):
            return first, n
        found = HEADER.fullmatch(line)
        if found and found[1] == section:
            first = n + 1
    return (first, len(lines)) if first else (0, 0)


def _remark(line: str) -> str:
    """The remark behind a value that has no # itself."""
    found = re.search(r"(\s+#[^\"']*)$", line)
    return found[1] if found else ""


def _set(tree: dict[str, Any], section: str, name: str, value: object) -> None:
    table = tree.setdefault(section, {})
    if value is None:
        table.pop(name, None)
    else:
        table[name] = value


def _tree(text: str, otherwise: str = "") -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise TomlTextError(otherwise) from None
