"""The commands as documentation: the table in README.md, made from the commands themselves.

`python -m grokbot.commands_table` in the project's directory writes it; `--check` only tells whether it is current.
Not here: any name or text of a command.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from discord import app_commands

from grokbot.discord_bot.commands import COMMANDS
from grokbot.discord_bot.commands.declaring import text_of, usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.discord_bot.commands.declaring import AnyCommand

BEGIN = "<!-- commands:begin -->"
END = "<!-- commands:end -->"


def table() -> str:
    """A Markdown table with one row per command and menu, ended by a line break."""
    rows = ["| command | what it does | options |", "|---|---|---|"]
    rows += [f"| {_usage(command)} | {_cell(text_of(command))} | {_options(command)} |" for command in COMMANDS]
    return "\n".join(rows) + "\n"


def with_table(text: str) -> str:
    """The text with the table between its markers.

    Raises:
        ValueError: the markers are not there, each once and in order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"the lines {BEGIN} and {END} must stand in it once each, in this order")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}{END}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the table. 0: it is current; 1: with --check, it is not, or its markers are missing."""
    parser = argparse.ArgumentParser(prog="python -m grokbot.commands_table", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 where the table is out of date"
    )
    parser.add_argument("--root", type=Path, default=Path(), help="the project's directory")
    options = parser.parse_args(arguments)
    readme = options.root / "README.md"
    try:
        there = readme.read_text("utf-8")
        wanted = with_table(there)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{readme}: {error}\n")
        return 1
    if there == wanted:
        return 0
    if options.check:
        sys.stderr.write(f"{readme} is out of date: run python -m grokbot.commands_table\n")
        return 1
    readme.write_text(wanted, "utf-8")
    sys.stdout.write(f"{readme} written\n")
    return 0


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
