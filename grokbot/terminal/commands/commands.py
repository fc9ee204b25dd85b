"""What is typed: `grokbot chat` and `grokbot conversations`. Parses, and calls what does it.

Loads nothing but click: `grokbot --help` stays fast. Not here: an operator's commands (`operator_commands`), what any
of them does.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grokbot.terminal.commands.completion import conversations as offered
from grokbot.terminal.commands.options import JSON, SpanOption, ask, reaching

if TYPE_CHECKING:
    from datetime import timedelta

ONE = click.argument("id_", metavar="ID", shell_complete=offered)
FILE = click.Path(dir_okay=False, path_type=Path, allow_dash=True)


@click.command()
@reaching
@click.option(
    "--continue",
    "-c",
    "continued",
    is_flag=False,
    flag_value="",
    metavar="[ID]",
    shell_complete=offered,
    help="Continue a conversation; without an id, the newest.",
)
@click.option("--model", "-m", metavar="NAME", default="", help="Which of xAI's models answers. Default: the daemon's.")
@click.option("--fun", is_flag=True, help="Grok in fun mode.")
@click.option("--sandbox", is_flag=True, help="Sandbox: answers are made up here, and nothing is saved.")
@click.option(
    "--config", type=click.Path(dir_okay=False, path_type=Path), help="Settings file, used when no daemon runs."
)
@click.argument("text", nargs=-1)
def chat(
    target: str | None,
    key: str | None,
    continued: str | None,
    model: str,
    fun: bool,
    sandbox: bool,
    config: Path | None,
    text: tuple[str, ...],
) -> None:
    """Talk to Grok here.

    With TEXT, says it, prints the answer and ends; what comes on standard input is said below it, and TEXT "-" is
    standard input alone. Without, asks for lines until Ctrl-D; where standard input is no terminal, each of its lines
    is said. /help there tells the rest.

    Where no daemon runs on this machine, one of its own is started for as long as this takes; it needs xai.api_key.
    """
    from grokbot.terminal.chat import chat as talk  # noqa: PLC0415 - see above

    wanted = talk.ChatOptions(
        target=target or None,
        key=key or None,
        continued=continued,
        model=model,
        fun=fun,
        sandbox=sandbox,
        config=config,
        text=" ".join(text),
    )
    raise SystemExit(talk.run(wanted))


@click.group()
def conversations() -> None:
    """List, read, name, share, export, import and delete conversations.

    An ID may be shortened to at least 4 characters of its beginning or its end.
    """


@conversations.command(name="list")
@reaching
@click.option("--search", "-s", default="", metavar="WORDS", help="Only those with these words in the title or text.")
@click.option("--starred", is_flag=True, help="Only starred ones.")
@click.option("--limit", "-n", type=click.IntRange(1), default=20, show_default=True, help="Show at most this many.")
@JSON
def list_(target: str | None, key: str | None, search: str, starred: bool, limit: int, as_json: bool) -> None:
    """List conversations, newest first."""
    from grokbot.terminal.commands import conversations as work  # noqa: PLC0415

    ask(target, key, lambda c: work.list_(c, search=search, starred=starred, limit=limit, as_json=as_json))


@conversations.command()
@reaching
@ONE
@click.option("--all", "whole", is_flag=True, help="All branches, with ids, not only the path shown.")
@JSON
def show(target: str | None, key: str | None, id_: str, whole: bool, as_json: bool) -> None:
    """Show a conversation and its messages."""
    from grokbot.terminal.commands import conversations as work  # noqa: PLC0415

    ask(target, key, lambda c: work.show(c, id_, whole=whole, as_json=as_json))


@conversations.command()
@reaching
@ONE
@click.argument("text", nargs=-1)
@JSON
def title(target: str | None, key: str | None, id_: str, text: tuple[str, ...], as_json: bool) -> None:
    """Name a conversation; without TEXT, Grok chooses a name."""
    from grokbot.terminal.commands import conversations as work  # noqa: PLC0415

    ask(target, key, lambda c: work.title(c, id_, " ".join(text), as_json=as_json))


@conversations.command()
@reaching
@ONE
@JSON
def star(target: str | None, key: str | None, id_: str, as_json: bool) -> None:
    """Star a conversation, for yourself."""
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
@click.argument("response", required=False)
@JSON
def share(target: str | None, key: str | None, id_: str, response: str | None, as_json: bool) -> None:
    """Share a page that others can read, up to RESPONSE or the last answer, and print its address."""
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
@click.argument("ids", metavar="ID...", nargs=-1, shell_complete=offered)
@click.option("--all", "everything", is_flag=True, help="All that you can see.")
@click.option(
    "--format", "-f", "format_", type=click.Choice(["markdown", "json", "html"]), default="markdown", show_default=True
)
@click.option(
    "--output", "-o", type=click.Path(allow_dash=True), help="A file, or a folder/. Optional for one conversation."
)
@click.option("--names", is_flag=True, help="People's names, instead of Person 1, Person 2 and so on.")
def export(
    target: str | None,
    key: str | None,
    ids: tuple[str, ...],
    everything: bool,
    format_: str,
    output: str | None,
    names: bool,
) -> None:
    """Write conversations as files: Markdown to read, JSON to import again, HTML to pass on."""
    from grokbot.terminal.commands import export_import as work  # noqa: PLC0415

    path = Path(output) if output and output != "-" else None
    folder = bool(output) and str(output).endswith("/")
    ask(
        target,
        key,
        lambda c: work.export(c, ids, format_=format_, output=path, everything=everything, names=names, folder=folder),
    )


@conversations.command(name="import")
@reaching
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
@JSON
def import_(target: str | None, key: str | None, files: tuple[Path, ...], as_json: bool) -> None:
    """Make conversations of JSON files that an export wrote, here or anywhere else; "-" reads standard input."""
    from grokbot.terminal.commands import export_import as work  # noqa: PLC0415

    ask(target, key, lambda c: work.import_(c, files, as_json=as_json))


@conversations.command()
@reaching
@click.argument("ids", metavar="ID...", nargs=-1, shell_complete=offered)
@click.option(
    "--older-than",
    type=SpanOption(),
    metavar="SPAN",
    help="All without messages for this long, such as 90d; starred ones stay.",
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@JSON
def delete(
    target: str | None, key: str | None, ids: tuple[str, ...], older_than: timedelta | None, yes: bool, as_json: bool
) -> None:
    """Delete conversations for good, here and at xAI. Asks before; what stands in Discord stays there."""
    from grokbot.terminal.commands import delete as work  # noqa: PLC0415

    ask(target, key, lambda c: work.delete(c, ids, older_than=older_than, yes=yes, as_json=as_json))
