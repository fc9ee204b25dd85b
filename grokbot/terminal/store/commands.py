"""Parses `grokbot store backup`, `restore`, `verify`, `vacuum` and `stats`.

Imports only click. Not here: what they print and ask (`work`), what they do (`store.maintenance`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")

CONFIG = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="TOML file with the settings that say where the database is. Default: as `grokbot run`, or the service's.",
)
NAME = click.option(
    "--name", default="", metavar="NAME", help="One of several bots on this machine: its unit is grokbot@NAME.service."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for programs.")
FILE = click.Path(path_type=Path)


def _placed(command: F) -> F:
    return CONFIG(NAME(command))


@click.group()
def store() -> None:
    """Back up, restore, check and measure the database.

    On a machine with the service, run these as root.
    """


@store.command()
@_placed
@click.argument("file", type=FILE, help="The file to make, or a folder for it.")
def backup(config: Path | None, name: str, file: Path) -> None:
    """Copy the database while the bot runs, and check the copy.

    The file appears once it is complete; an earlier backup of that name is replaced. In a folder it is named by its
    time.
    """
    from grokbot.terminal.store import work  # noqa: PLC0415

    work.backup(config, name, file)


@store.command()
@_placed
@click.argument("file", type=FILE, help="The backup.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
def restore(config: Path | None, name: str, file: Path, yes: bool) -> None:
    """Put a backup in the database's place; the bot is stopped.

    It says from when the backup is and what would be lost, and asks. The present database is kept beside it.
    """
    from grokbot.terminal.store import work  # noqa: PLC0415

    work.restore(config, name, file, yes=yes)


@store.command()
@_placed
@click.argument("file", type=FILE, required=False, help="A backup, in place of the database.")
@click.option("--discord", is_flag=True, help="Also look whether Discord shows the newest messages. It only reads.")
@JSON
def verify(config: Path | None, name: str, file: Path | None, discord: bool, as_json: bool) -> None:
    """Check the database, or a backup, from its pages to its rows.

    Each fault is a sentence that says what to do. The exit code is 1 if there is any.
    """
    from grokbot.terminal.store import work  # noqa: PLC0415

    work.verify(config, name, file, discord=discord, as_json=as_json)


@store.command()
@_placed
def vacuum(config: Path | None, name: str) -> None:
    """Make the file as small as it can be; the bot is stopped.

    A running bot gives back room by itself, and rewrites the file after deletions.
    """
    from grokbot.terminal.store import work  # noqa: PLC0415

    work.vacuum(config, name)


@store.command()
@_placed
@JSON
def stats(config: Path | None, name: str, as_json: bool) -> None:
    """Show how large the database is, what of, and how fast it grows."""
    from grokbot.terminal.store import work  # noqa: PLC0415

    work.stats(config, name, as_json=as_json)
