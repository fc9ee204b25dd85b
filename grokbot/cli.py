"""What a person types: `grokbot run`, `grokbot check`, `grokbot sandbox`; the commands to a running daemon join here.

Parses, calls, prints, and turns errors into exit codes. Not here: what the commands do, and those that talk to a
running daemon (`terminal`).
"""

from __future__ import annotations

import errno
import faulthandler
import gc
import os
import re
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from grokbot.terminal.commands import commands, operator_commands, service_commands, setup_commands, talk_commands
from grokbot.terminal.exits import Exit, check_sandbox
from grokbot.terminal.output import streams
from grokbot.terminal.store import commands as store_commands

if TYPE_CHECKING:
    from grokbot.settings import Settings

CONFIG = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="TOML file with the settings. Default: ~/.config/grokbot/grokbot.toml or else /etc/grokbot/grokbot.toml.",
)

PORT = click.IntRange(0, 65535)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="grokbot", prog_name="grokbot")
def main() -> None:
    """Let people talk to xAI's Grok in Discord threads.

    `grokbot sandbox` shows it without an account. `grokbot setup` asks for what the bot needs, `grokbot run` starts it,
    and `grokbot check` says what is missing. The other commands talk to the running daemon; `grokbot COMMAND --help`
    explains each.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # read as gRPC is loaded; it would note closed connections
    streams.prepare()


@main.command()
@CONFIG
def run(config: Path | None) -> None:
    """Run the daemon until SIGTERM or Ctrl-C.

    SIGHUP has it read its settings again. On a terminal it ends with the terminal instead.
    """
    if not (terminal := _on_a_terminal()):  # it waits for whoever hears it, and does not end what is about to start
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    gc.disable()  # nothing that is loaded here goes away again: to look for it would take a sixth of the start
    settings = _settings(config)
    import asyncio  # noqa: PLC0415 - as long as all of `grokbot --help`, which need not load Discord and gRPC either

    from grokbot import daemon  # noqa: PLC0415
    from grokbot.conversation.errors import ConfigurationError, GrokbotError  # noqa: PLC0415
    from grokbot.discord_bot.bot import DiscordUnreachableError  # noqa: PLC0415
    from grokbot.process import logs  # noqa: PLC0415
    from grokbot.process.sd_notify import Notifier  # noqa: PLC0415
    from grokbot.settings import load  # noqa: PLC0415

    gc.freeze()  # nor does any later collection look at it, so that none holds the loop up for long
    gc.enable()
    logs.configure(settings.daemon.log_level, settings.daemon.log_format)
    logs.log_uncaught()
    faulthandler.enable()  # a watchdog's SIGABRT then shows where every thread is: names and lines, no values
    notifier = Notifier.of(os.environ)
    read_again = None if terminal else partial(load, config)
    try:
        asyncio.run(daemon.run(settings, notifier, at_the_latest=_end_within, read_again=read_again))
    except ConfigurationError as error:
        _fail(str(error), Exit.SETTINGS)
    except (GrokbotError, DiscordUnreachableError) as error:
        _fail(str(error), 1)


@main.command()
@CONFIG
@click.option("--fix", is_flag=True, help="Set the app's install link, and its description and tags if it has none.")
def check(config: Path | None, fix: bool) -> None:
    """Check everything that the daemon needs.

    Prints a table that says how to fix what fails, and the address that adds the bot to a server. The exit code is 1 if
    anything fails.
    """
    import asyncio  # noqa: PLC0415 - see above

    from rich.console import Console  # noqa: PLC0415

    from grokbot.operation.check import Finding, checked, table  # noqa: PLC0415
    from grokbot.settings import SettingsError, load  # noqa: PLC0415

    console = Console()
    try:
        settings = load(config)
    except SettingsError as problem:
        console.print(table([Finding("Configuration", passed=False, text=str(problem))]))
        sys.exit(1)
    found = asyncio.run(checked(settings, fix=fix))
    console.print(table(found))
    for address in filter(None, (finding.address for finding in found)):
        click.echo(address)
    sys.exit(1 if any(finding.passed is False for finding in found) else 0)


@main.command()
@CONFIG
def privacy_policy(config: Path | None) -> None:
    """Print the bot's privacy policy as Markdown.

    It says what the bot does with its settings. The web server has it as a page at web.public_url/privacy. Whoever
    publishes it elsewhere sets privacy.policy_url.
    """
    settings = _settings(config)
    from grokbot.documents.privacy_policy import policy_markdown  # noqa: PLC0415 - see above

    click.echo(policy_markdown(settings), nl=False)


@main.command()
@click.option("--port", type=PORT, default=0, metavar="PORT", help="Port of the page. Default: a free one.")
@click.option("--no-browser", is_flag=True, help="Only print the page's address.")
@click.option("--key", is_flag=True, help="Ask the real Grok. The key is taken from $XAI_API_KEY, or you type it.")
@click.option(
    "--key-file", type=click.Path(dir_okay=False, path_type=Path), help="Ask the real Grok with the key in this file."
)
@click.option("--terminal", is_flag=True, help="Show a short conversation in the terminal instead.")
@click.option("--script", metavar="FILE", help="Play the story in this file, or the one called sky or tour.")
@click.option("--play", is_flag=True, help="Begin the story at once, not when Play is pressed.")
@click.option("--say", multiple=True, metavar="TEXT", help="Say this, in the terminal. Can be repeated.")
@click.option("--serve", is_flag=True, help="Only run the Discord and the Grok, for another program.")
@click.option(
    "--mode", type=click.Choice(["stateless", "stateful"]), default="stateless", help="How requests are sent to Grok."
)
@click.option("--discord-port", type=PORT, default=0, metavar="PORT", help="Port of the Discord. Default: a free one.")
@click.option("--grok-port", type=PORT, default=0, metavar="PORT", help="Port of the Grok. Default: a free one.")
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a picture of the thread here, as PNG or SVG.",
)
@click.option(
    "--theme", type=click.Choice(["dark", "light"]), default="dark", help="Colours of a picture. Default: dark."
)
@click.option(
    "--width", type=click.IntRange(320, 2000), default=880, metavar="PIXELS", help="Width of a picture. Default: 880."
)
def sandbox(  # noqa: PLR0913, PLR0917 - one for each option
    port: int,
    no_browser: bool,
    key: bool,
    key_file: Path | None,
    terminal: bool,
    script: str | None,
    play: bool,
    say: tuple[str, ...],
    serve: bool,
    mode: str,
    discord_port: int,
    grok_port: int,
    picture: Path | None,
    theme: str,
    width: int,
) -> None:
    """Try the bot with a Discord and a Grok on this machine.

    It prints the address of a page that looks like Discord, and opens it in your browser. The bot in it is the real
    one; it needs no network and no account.

    With --terminal, --say or --picture, or with lines from a pipe, it shows a conversation in the terminal instead:
    what --say or the lines say, or a story.
    """
    check_sandbox()
    import asyncio  # noqa: PLC0415 - see above

    from grokbot import sandbox_run  # noqa: PLC0415 - an operator does not have it
    from grokbot.process import logs  # noqa: PLC0415

    logs.configure("warning", "terminal")
    ports = sandbox_run.Ports(discord_port, grok_port)
    in_page = no_browser or port or key or key_file is not None or script is not None
    in_terminal = terminal or say or picture is not None or (not in_page and sandbox_run.lines_are_piped_in())
    if (key or key_file is not None) and (serve or in_terminal):
        raise click.UsageError("--key and --key-file are for the page alone: nothing else here asks the real Grok.")
    try:
        if serve:
            running = sandbox_run.serve(ports)
        elif in_terminal:
            look = sandbox_run.Look(theme, width)
            running = sandbox_run.play(sandbox_run.PlayOptions(ports, mode, say, script, picture, look))
        else:
            found = sandbox_run.find_key(key_file, os.environ) if key or key_file is not None else None
            story = script and sandbox_run.load_story(script)
            options = sandbox_run.PageOptions(port, ports, mode, found, not no_browser, story or None, play)
            running = sandbox_run.show_page(options)
        asyncio.run(running)
    except sandbox_run.NoKeyError as none:
        _fail(str(none), Exit.SETTINGS)
    except sandbox_run.RefusedError as refusal:
        _fail(f"Discord refused that: {refusal}", 1)
    except TimeoutError:
        _fail("An answer did not finish in time.", 1)
    except (OSError, sandbox_run.StoryError, sandbox_run.PictureError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        _fail(_port_taken(error) if taken else str(error), 1)
    except RuntimeError as error:
        if "bind" not in str(error):  # gRPC's only sign of a port that is taken
            raise
        _fail(_port_taken(error), 1)


main.add_command(setup_commands.setup)
main.add_command(talk_commands.chat)
main.add_command(commands.conversations)
main.add_command(talk_commands.mcp)
for _command in (
    operator_commands.status,
    operator_commands.models,
    operator_commands.usage,
    operator_commands.keys,
    operator_commands.pause,
    operator_commands.unpause,
    operator_commands.answers,
    operator_commands.catch_up,
    operator_commands.completion,
    service_commands.service,
    store_commands.store,
):
    main.add_command(_command)


def _port_taken(error: Exception) -> str:
    """Each of asyncio and gRPC writes the address in its own way."""
    port = re.search(r"127\.0\.0\.1\D{1,4}(\d+)", str(error))
    return f"Another program uses port {port[1]}. Choose another one, or none for a free one." if port else str(error)


def _on_a_terminal() -> bool:
    """Whether a terminal controls this process: it sends SIGHUP when it closes. A service has none."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _end_within(seconds: float) -> None:
    """Whatever hangs then is shown by where it hangs; what was not kept yet is what a kill would have lost."""
    faulthandler.dump_traceback_later(seconds, exit=True)


def _settings(config: Path | None) -> Settings:
    from grokbot.settings import SettingsError, load  # noqa: PLC0415 - pydantic takes longer than all of `grokbot status`

    try:
        return load(config)
    except SettingsError as problem:
        _fail(str(problem), Exit.SETTINGS)


def _fail(text: str, code: int) -> NoReturn:
    click.echo(f"grokbot: {text}", err=True)
    sys.exit(code)
