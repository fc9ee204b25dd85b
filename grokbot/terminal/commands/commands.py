"""Parses `grokbot chat` and `grokbot conversations`, and calls their implementations.

Imports only click, so that `grokbot --help` stays fast. Not here: operator commands (`operator_commands`), the
implementations.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grokbot.terminal.commands.completion import conversations as offered
from grokbot.terminal.commands.options import JSON, SpanOption, ask, reaching
from grokbot.terminal.exits import check_mcp, check_sandbox

if TYPE_CHECKING:
    from datetime import timedelta

ONE = click.argument(
    "id_", metavar="ID", shell_complete=offered, help="The conversation; four or more characters of its id are enough."
)
SEVERAL = click.argument(
    "ids", metavar="ID...", nargs=-1, shell_complete=offered, help="The conversations, by their ids or parts of these."
)
SANDBOX = click.option("--sandbox", is_flag=True, help="Try it without a key: answers are made up, nothing is saved.")
CONFIG = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="TOML file with the settings, for when no daemon runs. Default: as `grokbot run`.",
)
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
    help="Continue a conversation; without ID, the one changed last.",
)
@click.option("--cid", "conversation", metavar="ID", shell_complete=offered, help="Continue this conversation.")
@click.option("--model", "-m", metavar="NAME", default="", help="The model that answers. Default: the daemon's.")
@click.option("--system", "-s", metavar="TEXT", default="", help="System prompt of a new conversation.")
@click.option("--persona", "-p", metavar="NAME", default="", help='How Grok speaks, such as fun; "none" for none.')
@click.option("--fun", is_flag=True, help="The same as --persona fun.")
@click.option(
    "--temperature",
    "-t",
    type=click.FloatRange(0, 2),
    metavar="NUMBER",
    help="0 for the most likely words, up to 2 for surprising ones.",
)
@click.option("--max-tokens", type=click.IntRange(1), metavar="NUMBER", help="How long an answer may get.")
@click.option("--no-stream", "-S", is_flag=True, help="Show an answer when it is complete.")
@click.option("--extract", "-x", "first_code", is_flag=True, help="Print only the first code block of the answer.")
@click.option("--extract-last", "--xl", "last_code", is_flag=True, help="Print only its last code block.")
@click.option("--usage", "-u", is_flag=True, help="Print each answer's tokens and cost on standard error.")
@JSON
@SANDBOX
@CONFIG
@click.argument("text", nargs=-1, help="What you say.")
def chat(  # noqa: PLR0913, PLR0917 - one for each option
    target: str | None,
    key: str | None,
    continued: str | None,
    conversation: str | None,
    model: str,
    system: str,
    persona: str,
    fun: bool,
    temperature: float | None,
    max_tokens: int | None,
    no_stream: bool,
    first_code: bool,
    last_code: bool,
    usage: bool,
    as_json: bool,
    sandbox: bool,
    config: Path | None,
    text: tuple[str, ...],
) -> None:
    """Talk to Grok in this terminal.

    Without TEXT, you type one message after the other until Ctrl-D; /help lists what else you can type there.

    With TEXT, it prints the answer and ends. Standard input is added below TEXT; if TEXT is "-", standard input is all
    that is said. Without TEXT and without a terminal, each line of standard input is one message.

    With --json it prints one document for each answer, with its ids, sources and usage. Code blocks that --extract
    takes out of it have no fences; without a code block the whole answer is printed.

    If no daemon runs on this machine, one is started for as long as this takes, without Discord. It needs only
    xai.api_key.
    """
    from grokbot.sdk.choices import Choices  # noqa: PLC0415 - see above
    from grokbot.terminal.chat import chat as talk  # noqa: PLC0415
    from grokbot.terminal.chat.screen import Form  # noqa: PLC0415

    if sandbox:
        check_sandbox()
    wanted_forms = (
        (as_json, Form.JSON),
        (last_code, Form.LAST_CODE),
        (first_code, Form.FIRST_CODE),
        (no_stream, Form.WHOLE),
        (True, Form.STREAM),
    )
    wanted = talk.ChatOptions(
        target=target or None,
        key=key or None,
        continued=conversation or continued,
        choices=Choices(
            model=model,
            persona=persona or ("fun" if fun else ""),
            temperature=temperature,
            max_tokens=max_tokens,
            system_prompt=system,
        ),
        form=next(form for asked, form in wanted_forms if asked),
        usage=usage,
        sandbox=sandbox,
        config=config,
        text=" ".join(text),
    )
    raise SystemExit(talk.run(wanted))


@click.command()
@reaching
@SANDBOX
@CONFIG
def mcp(target: str | None, key: str | None, sandbox: bool, config: Path | None) -> None:
    """Serve Grok as tools to any MCP client.

    The client starts this command and speaks the Model Context Protocol over standard input and output. Its tools are
    `stateful_chat`, which continues a conversation by an id, and others that ask, list, search, read, name, star and
    share conversations of the daemon.

    If no daemon runs on this machine, one is started for each call, without Discord. It needs only xai.api_key.
    """
    check_mcp()
    if sandbox:
        check_sandbox()
    from grokbot.terminal.mcp import server  # noqa: PLC0415 - it is an extra

    raise SystemExit(server.run(target=target or None, key=key or None, sandbox=sandbox, config=config))


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
@JSON
def list_(target: str | None, key: str | None, search: str, starred: bool, limit: int, as_json: bool) -> None:
    """List conversations, newest first."""
    from grokbot.terminal.commands import conversations as work  # noqa: PLC0415

    ask(target, key, lambda c: work.list_(c, search=search, starred=starred, limit=limit, as_json=as_json))


@conversations.command()
@reaching
@ONE
@click.option("--all", "whole", is_flag=True, help="Show all branches with ids, not only the current path.")
@JSON
def show(target: str | None, key: str | None, id_: str, whole: bool, as_json: bool) -> None:
    """Show a conversation and its messages."""
    from grokbot.terminal.commands import conversations as work  # noqa: PLC0415

    ask(target, key, lambda c: work.show(c, id_, whole=whole, as_json=as_json))


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
def export(
    target: str | None,
    key: str | None,
    ids: tuple[str, ...],
    everything: bool,
    format_: str,
    output: str | None,
    names: bool,
) -> None:
    """Write conversations as Markdown, JSON or HTML."""
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
