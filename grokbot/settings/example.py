"""The example deploy/grokbot.toml, made from the settings: what an operator's first file is.

Pure. Not here: the table in the documentation (`docgen.settings_table`), changing a file (`operation.setup`).
"""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

from grokbot.settings.settings import all_settings

if TYPE_CHECKING:
    from grokbot.settings.settings import Setting

HEAD = """\
# Every setting of grokbot with its default. Remove a # to change one. `grokbot setup` asks for the most important ones.
# This file is /etc/grokbot/grokbot.toml or, for one person, ~/.config/grokbot/grokbot.toml; or name it with --config.
# Stronger than this file are, in this order: the command line, GROKBOT_ variables, .env, and credentials.
# Keep the two secrets out of it: they are read from the files discord.token and xai.api_key beside it.
"""


def example() -> str:
    """A TOML file in which every setting stands with its default, commented out."""
    lines = [HEAD]
    section = ""
    for setting in all_settings():
        here, _, name = setting.key.partition(".")
        if here != section:
            section = here
            lines.append(f"[{section}]")
        lines += textwrap.wrap(setting.field.description or "", 118, initial_indent="# ", subsequent_indent="# ")
        lines += [f"#{line}" for line in f"{name} = {_example_value(setting)}".splitlines()]
        lines.append("")
    return "\n".join(lines)


def toml_value(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return "[" + ", ".join(toml_value(part) for part in value) + "]"
    text = str(value)
    if "\n" in text:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        # A backslash at a line's end joins it with the next one: TOML's way to break a long paragraph.
        return '"""\n' + "\n".join(" \\\n".join(textwrap.wrap(line, 110)) for line in escaped.split("\n")) + '"""'
    return json.dumps(text, ensure_ascii=False)  # TOML's basic strings escape as JSON does


def _example_value(setting: Setting) -> str:
    if setting.secret:
        return '"…"'
    default = setting.field.get_default()
    if default is None or setting.field.is_required():
        return toml_value((setting.field.examples or [""])[0])
    return toml_value(default)
