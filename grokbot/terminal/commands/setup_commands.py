"""Parses `grokbot setup`.

Imports only click. Not here: the steps (`operation.setup`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grokbot.terminal.exits import CommandFailedError, Exit

if TYPE_CHECKING:
    from grokbot.operation.setup import Wizard

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--config", type=FILE, help="TOML file to write. Default: ~/.config/grokbot's; root's: /etc/grokbot's.")
@click.option("--token-file", type=FILE, help="File with Discord's token.")
@click.option("--key-file", type=FILE, help="File with xAI's key.")
@click.option("--model", metavar="NAME", help="The model.")
@click.option("--dollars-per-day", metavar="DOLLARS", help="What all answers may cost in a day; none: no limit.")
@click.option("--member-dollars-per-day", metavar="DOLLARS", help="The same for each person.")
@click.option("--owner", metavar="ID", help="Your Discord id; none: nobody's.")
@click.option("--yes", is_flag=True, help="Ask nothing: take what is set or suggested, and replace what is there.")
def setup(
    config: Path | None,
    token_file: Path | None,
    key_file: Path | None,
    model: str | None,
    dollars_per_day: str | None,
    member_dollars_per_day: str | None,
    owner: str | None,
    yes: bool,
) -> None:
    """Ask for what the bot needs, try it, and write it.

    It asks for two keys, a model and a budget, and tries each at once. Run it again at any time: Enter keeps what is
    set.

    As root it sets up the machine's service, in /etc/grokbot; else your own bot, in ~/.config/grokbot.
    """
    from grokbot.operation.setup import Dialogue, SetupFailedError, SetupOptions, UnansweredError, Wizard  # noqa: PLC0415
    from grokbot.process import logs  # noqa: PLC0415

    logs.configure("critical", "terminal")  # sentences say what is wrong
    given = SetupOptions(
        config, _read(token_file), _read(key_file), model, dollars_per_day, member_dollars_per_day, owner
    )
    wizard = None
    try:
        wizard = Wizard(Dialogue(os.environ, asks=not yes), given, os.environ, root=os.geteuid() == 0)
        wizard.run()
    except SetupFailedError as failure:
        raise CommandFailedError(f"{failure}{_unwritten(wizard)}", Exit(failure.code)) from None
    except UnansweredError as question:
        text = f"nobody answers: {question}.{_unwritten(wizard)} `grokbot setup --help` names options for scripts."
        raise CommandFailedError(text, Exit.USAGE) from None
    except KeyboardInterrupt:
        click.echo()  # it was pressed behind a question
        raise CommandFailedError(f"ended by Ctrl-C.{_unwritten(wizard)}", Exit.INTERRUPTED) from None


def _unwritten(wizard: Wizard | None) -> str:
    return "" if wizard is not None and wizard.written else " Nothing was written."


def _read(path: Path | None) -> str | None:
    try:
        return None if path is None else path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or "it failed").lower() if isinstance(error, OSError) else "it is no text"
        raise CommandFailedError(f"{path} cannot be read: {reason}.", Exit.USAGE) from None
