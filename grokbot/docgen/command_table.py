"""The table of commands in docs/commands.md, made from the commands themselves.

`python -m grokbot.docgen.command_table` in the project's directory writes it; `--check` only reports whether it is
current. Not here: any name or text of a command.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from discord import app_commands

from grokbot.discord_bot.commands import COMMANDS
from grokbot.discord_bot.commands.metadata import description_of, single, usage
from grokbot.docgen import generated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from grokbot.discord_bot.commands.metadata import AnyCommand

PAGE = "docs/commands.md"


def table() -> str:
    """A Markdown table with one row per command and menu, ended by a line break."""
    rows = ["| command | what it does | options |", "|---|---|---|"]
    rows += [
        f"| {_usage(command)} | {_cell(description_of(command))} | {_options(command)} |"
        for command in single(COMMANDS)
    ]
    return "\n".join(rows) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the table; see `generated.main`."""
    return generated.main("grokbot.docgen.command_table", __doc__.partition("\n")[0], _wanted, arguments)


def _wanted(root: Path) -> Mapping[Path, str]:
    return {root / PAGE: generated.page_with(root / PAGE, commands=table())}


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
