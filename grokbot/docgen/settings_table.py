"""The table of settings in docs/configuration.md and the example deploy/grokbot.toml, both made from the settings.

`python -m grokbot.docgen.settings_table` in the project's directory writes both; `--check` only reports whether they
are current. Not here: any name, default or sentence of a setting.
"""

from __future__ import annotations

import sys
import types
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Union, get_args, get_origin

from pydantic import SecretStr

from grokbot.docgen import generated
from grokbot.settings import all_settings
from grokbot.settings.example import example, toml_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.settings import Setting

PAGE = "docs/configuration.md"
LONGEST_DEFAULT = 60
"""Characters of a default that fit a cell of the table."""


def table() -> str:
    """A Markdown table with one row per setting, ended by a line break."""
    rows = [
        "| setting | environment variable | values | default | live | meaning |",
        "|---|---|---|---|---|---|",
        *(
            f"| `{setting.key}` | `{setting.variable}` | {_values(setting.field.annotation)}{_bounds(setting)} "
            f"| {_default_cell(setting)} | {'✓' if setting.live else ''} | {_cell(setting.field.description or '')} |"
            for setting in all_settings()
        ),
    ]
    return "\n".join(rows) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check both files; see `generated.main`."""
    return generated.main("grokbot.docgen.settings_table", __doc__.partition("\n")[0], _wanted, arguments)


def _wanted(root: Path) -> Mapping[Path, str]:
    return {
        root / PAGE: generated.page_with(root / PAGE, settings=table()),
        root / "deploy" / "grokbot.toml": example(),
    }


def _values(annotation: object) -> str:
    """A type in words, as an operator would say it."""
    arguments = get_args(annotation)
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in arguments)
    if get_origin(annotation) is tuple:
        return f"list of {_values(arguments[0])}"
    if get_origin(annotation) in (Union, types.UnionType):
        return " or ".join(_values(argument) for argument in arguments if argument is not type(None))
    if hasattr(annotation, "__metadata__"):  # Annotated
        return _values(arguments[0])
    words = {
        bool: "`true` or `false`",
        int: "whole number",
        float: "number",
        str: "text",
        Path: "path",
        date: "day",
        SecretStr: "secret",
    }
    return next(word for known, word in words.items() if annotation is known)


def _bounds(setting: Setting) -> str:
    schema = setting.schema.get("anyOf", [setting.schema])[0]
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None:
        return ""
    return f" from {low:g}" + ("" if high is None else f" to {high:g}")


def _default_cell(setting: Setting) -> str:
    if setting.secret:
        return "required"
    if setting.field.is_required() or setting.field.default is None:
        return "none"
    written = toml_value(setting.field.default)
    return (
        f"`{_cell(written)}`"
        if len(written) <= LONGEST_DEFAULT
        else "see [deploy/grokbot.toml](../deploy/grokbot.toml)"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
