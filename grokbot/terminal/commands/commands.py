"""Parses `grokbot conversations`, and calls its implementations.

Imports only click, so that `grokbot --help` stays fast. Not here: `grokbot chat` (`talk_commands`), operator commands
(`operator_commands`), the implementations.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grokbot.terminal.commands.completion import conversations as offered
from grokbot.terminal.commands.options import CONFIG, JSON, SpanOption, ask, reaching, read

if TYPE_CHECKING:
    from datetime import timedelta

ONE = click.argument(
    "id_", metavar="ID", shell_complete=offered, help="The conversation; four or more characters of its id are enough."
)
SEVERAL = click.argument(
    "ids", metavar="ID...", nargs=-1, shell_complete=offered, help="The conversations, by their ids or parts of these."
)
FILE = click.Path(dir_okay=False, path_type=Path, allow_dash=True)


@click.group()
def conversations() -> None:
    """List, read, name, share, export and delete conversations.

    You can shorten an ID to four or more characters of its beginning or its end.
    """


@conversations.command(name="list")
@reaching
@click.option("--search", "-s", default="", metavar="WORDS", help="Only those with these words in title or text.")
@click.option("--starred", is_flag=True, help="Only starred ones.")
@click.option(
    "--limit", "-n", type=click.IntRange(1), metavar="NUMBER", default=20, show_default=True, help="How many at most."
)
@CONFIG
@JSON
def list_(
    target: str | None, key: str | None, search: str, starred: bool, limit: int, config: Path | None, as_json: bool
) -> None:
    """List conversations, newest first.

    If no daemon runs on this machine, its database is read; the same with `show` and `export`.
    """
    from grokbot.terminal.commands import conversations as work  # noqa: PLC0415

    read(target, key, config, lambda c: work.list_(c, search=search, starred=starred, limit=limit, as_json=as_json))


@conversations.command()
@reaching
@ONE
@click.option("--all", "whole", is_flag=True, help="Show all branches with ids, not only the current path.")
@CONFIG
@JSON
def show(target: str | None, key: str | None, id_: str, whole: bool, config: Path | None, as_json: bool) -> None:
    """Show a conversation and its messages."""
    from grokbot.terminal.commands import conversations as work  # noqa: PLC0415

    read(target, key, config, lambda c: work.show(c, id_, whole=whole, as_json=as_json))


@conversations.command()
@reaching
@ONE
@click.argument("text", nargs=-1, help="The new name.")
@JSON
def title(target: str | None, key: str | None, id_: str, text: tuple[str, ...], as_json: bool) -> None:
    """Name a conversation; without TEXT, Grok names it."""
    from grokbot.terminal.commands import conversations as work  # noqa: PLC0415

    ask(target, key, lambda c: work.title(c, id_, " ".join(text), as_json=as_json))


@conversations.command()
@reaching
@ONE
@JSON
def star(target: str | None, key: str | None, id_: str, as_json: bool) -> None:
    """Star a conversation. The star is yours alone."""
    from grokbot.terminal.commands import conversations as work  # noqa: PLC0415

    ask(target, key, lambda c: work.star(c, id_, starred=True, as_json=as_json))


@conversations.command()
@reaching
@ONE
@JSON
def unstar(target: str | None, key: str | None, id_: str, as_json: bool) -> None:
    """Remove your star from a conversation."""
    from grokbot.terminal.commands import conversations as work  # noqa: PLC0415

    ask(target, key, lambda c: work.star(c, id_, starred=False, as_json=as_json))


@conversations.command()
@reaching
@ONE
@click.argument("response", required=False, help="The id of the last response that the page shows.")
@JSON
def share(target: str | None, key: str | None, id_: str, response: str | None, as_json: bool) -> None:
    """Open a page that others can read, and print its address.

    It ends with RESPONSE, or else with the last answer.
    """
    from grokbot.terminal.commands import conversations as work  # noqa: PLC0415

    ask(target, key, lambda c: work.share(c, id_, response, as_json=as_json))


@conversations.command()
@reaching
@ONE
@JSON
def unshare(target: str | None, key: str | None, id_: str, as_json: bool) -> None:
    """Close all share pages of a conversation."""
    from grokbot.terminal.commands import conversations as work  # noqa: PLC0415

    ask(target, key, lambda c: work.unshare(c, id_, as_json=as_json))


@conversations.command()
@reaching
@SEVERAL
@click.option("--all", "everything", is_flag=True, help="Export all that you can see.")
@click.option(
    "--format",
    "-f",
    "format_",
    type=click.Choice(["markdown", "json", "html"]),
    metavar="FORMAT",
    default="markdown",
    show_default=True,
    help="markdown is to read, json to import again, html to pass on.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(allow_dash=True),
    help="A file, or a folder/ for several. Default for one conversation: standard output.",
)
@click.option("--names", is_flag=True, help="Write people's names instead of Person 1, Person 2.")
@CONFIG
def export(
    target: str | None,
    key: str | None,
    ids: tuple[str, ...],
    everything: bool,
    format_: str,
    output: str | None,
    names: bool,
    config: Path | None,
) -> None:
    """Write conversations as Markdown, JSON or HTML."""
    from grokbot.terminal.commands import export_import as work  # noqa: PLC0415

    path = Path(output) if output and output != "-" else None
    folder = bool(output) and str(output).endswith("/")
    read(
        target,
        key,
        config,
        lambda c: work.export(c, ids, format_=format_, output=path, everything=everything, names=names, folder=folder),
    )


@conversations.command(name="import")
@reaching
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE, help='JSON files; "-": standard input.')
@JSON
def import_(target: str | None, key: str | None, files: tuple[Path, ...], as_json: bool) -> None:
    """Read conversations from the JSON files of exports.

    The exports may come from another grokbot.
    """
    from grokbot.terminal.commands import export_import as work  # noqa: PLC0415

    ask(target, key, lambda c: work.import_(c, files, as_json=as_json))


@conversations.command()
@reaching
@SEVERAL
@click.option(
    "--older-than",
    type=SpanOption(),
    metavar="SPAN",
    help="All that are older, such as 90d, and not starred. What counts is when something was said last.",
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask first.")
@JSON
def delete(
    target: str | None, key: str | None, ids: tuple[str, ...], older_than: timedelta | None, yes: bool, as_json: bool
) -> None:
    """Delete conversations permanently, here and at xAI.

    It asks first. Messages in Discord stay there.
    """
    from grokbot.terminal.commands import delete as work  # noqa: PLC0415

    ask(target, key, lambda c: work.delete(c, ids, older_than=older_than, yes=yes, as_json=as_json))
