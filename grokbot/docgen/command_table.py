"""The commands as documentation: the table in README.md, made from the commands themselves.

`python -m grokbot.docgen.command_table` in the project's directory writes it; `--check` only tells whether it is
current. Not here: any name or text of a command.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from discord import app_commands

from grokbot.discord_bot.commands import COMMANDS
from grokbot.discord_bot.commands.metadata import single, text_of, usage
from grokbot.docgen import generated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from grokbot.discord_bot.commands.metadata import AnyCommand

BEGIN = "<!-- commands:begin -->"
END = "<!-- commands:end -->"


def table() -> str:
    """A Markdown table with one row per command and menu, ended by a line break."""
    rows = ["| command | what it does | options |", "|---|---|---|"]
    rows += [f"| {_usage(command)} | {_cell(text_of(command))} | {_options(command)} |" for command in single(COMMANDS)]
    return "\n".join(rows) + "\n"


def with_table(text: str) -> str:
    """The text with the table between its markers.

    Raises:
        ValueError: the markers are not there, each once and in order.
    """
    return generated.between(BEGIN, END, text, table())


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the table; see `generated.main`."""
    return generated.main("grokbot.docgen.command_table", __doc__.partition("\n")[0], _wanted, arguments)


def _wanted(_root: Path, readme: Path) -> Mapping[Path, str]:
    return {readme: with_table(readme.read_text("utf-8"))}


def _usage(command: AnyCommand) -> str:
    if isinstance(command, app_commands.ContextMenu):
        return f"*{_cell(command.name)}* in a message's menu"
    return f"`{_cell(usage(command))}`"


def _options(command: AnyCommand) -> str:
    if isinstance(command, app_commands.ContextMenu):
        return ""
    return "<br>".join(f"`{p.display_name}`: {_cell(str(p.description))}" for p in command.parameters)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
