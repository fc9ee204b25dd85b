"""Parses `grokbot chat` and `grokbot mcp`, and calls their implementations.

Imports only click and names, so that `grokbot --help` stays fast. Not here: the implementations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grokbot.conversation.models import EFFORTS
from grokbot.terminal.commands.completion import conversations as offered
from grokbot.terminal.commands.completion import models, personas
from grokbot.terminal.commands.options import CONFIG, JSON, reaching
from grokbot.terminal.exits import check_mcp, check_sandbox

if TYPE_CHECKING:
    from pathlib import Path

SANDBOX = click.option("--sandbox", is_flag=True, help="Try it without a key: answers are made up, nothing is saved.")


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
@click.option(
    "--model",
    "-m",
    metavar="NAME",
    default="",
    shell_complete=models,
    help="The model that answers. Default: the daemon's. `grokbot models` lists them.",
)
@click.option(
    "--attach",
    "-a",
    "files",
    type=click.Path(dir_okay=False, allow_dash=True),
    multiple=True,
    metavar="FILE",
    help='A picture, document or text file for the first message; "-" is standard input. Can be repeated.',
)
@click.option("--system", "-s", metavar="TEXT", default="", help="System prompt of a new conversation.")
@click.option(
    "--persona",
    "-p",
    metavar="NAME",
    default="",
    shell_complete=personas,
    help='How Grok speaks, such as fun; "none" for none.',
)
@click.option("--fun", is_flag=True, help="The same as --persona fun.")
@click.option(
    "--temperature",
    "-t",
    type=click.FloatRange(0, 2),
    metavar="NUMBER",
    help="0 for the most likely words, up to 2 for surprising ones.",
)
@click.option(
    "--effort",
    "-e",
    type=click.Choice(EFFORTS),
    help="How long Grok thinks: more costs more.",
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
    files: tuple[str, ...],
    system: str,
    persona: str,
    fun: bool,
    temperature: float | None,
    effort: str | None,
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
            effort=effort or "",
            max_tokens=max_tokens,
            system_prompt=system,
        ),
        form=next(form for asked, form in wanted_forms if asked),
        usage=usage,
        sandbox=sandbox,
        config=config,
        text=" ".join(text),
        files=files,
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
