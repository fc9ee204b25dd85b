"""Parses `grokbot service install`, `status`, `update`, `rollback` and `uninstall`.

Imports only click. Not here: what they print and ask (`service_work`), what they do (`operation.service`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from grokbot.terminal.commands.options import JSON

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")

NAME = click.option(
    "--name", default="", metavar="NAME", help="One of several bots on this machine: its unit is grokbot@NAME.service."
)
DRY_RUN = click.option("--dry-run", is_flag=True, help="Only show what would be done, and what would change in files.")
YES = click.option("--yes", is_flag=True, help="Ask nothing.")
SECONDS = click.option(
    "--wait",
    "seconds",
    type=click.FloatRange(min=1),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a bot may take until it is ready.",
)
SOURCE = (
    click.option(
        "--from",
        "source",
        metavar="WHEEL|FOLDER|NAME",
        help="The version: a wheel, a folder with a wheel or with the code, or a package such as grokbot==0.2.0. "
        "Default: the program that you are running.",
    ),
    click.option(
        "--wheels",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        metavar="FOLDER",
        help="Take all packages from this folder, and none from the network.",
    ),
    click.option(
        "--extra",
        "extras",
        multiple=True,
        metavar="NAME",
        help="Install this extra of grokbot too, such as mcp; it stays with updates. Can be repeated.",
    ),
    click.option(
        "--python", metavar="PATH", help="The interpreter for the service. Default: Python 3.11 or newer in /usr/bin."
    ),
)
FILE = click.Path(exists=True, dir_okay=False, allow_dash=True)


def _sourced(function: F) -> F:
    for option in reversed(SOURCE):
        function = option(function)
    return function


@click.group()
def service() -> None:
    """Install, update and remove the bot as a systemd service.

    All but `status` need root. All commands can be repeated: what is done already is left as it is.
    """


@service.command()
@NAME
@_sourced
@click.option("--token-file", type=FILE, metavar="FILE", help="Discord's token; - reads it from standard input.")
@click.option("--key-file", type=FILE, metavar="FILE", help="xAI's key; - reads it from standard input.")
@click.option(
    "--encrypt", is_flag=True, help="Keep token and key encrypted with a key of this machine (systemd-creds)."
)
@click.option(
    "--failure-webhook",
    type=FILE,
    metavar="FILE",
    help="When a bot fails, post a sentence to the Discord webhook whose address is in this file.",
)
@click.option("--no-start", is_flag=True, help="Install everything, and start nothing.")
@SECONDS
@DRY_RUN
@YES
def install(
    token_file: str | None,
    key_file: str | None,
    failure_webhook: str | None,
    encrypt: bool,
    no_start: bool,
    **options: Any,
) -> None:
    """Install the bot as a service and start it.

    The program goes to /opt/grokbot/versions, the units to /etc/systemd/system, the settings to /etc/grokbot. Token and
    key are asked for, unless they are there or given as files. Then it waits until the bot is ready, and says which
    address adds it to a server.
    """
    from grokbot.terminal.commands import service_work as work  # noqa: PLC0415

    files = {"discord.token": token_file, "xai.api_key": key_file}
    work.install(work.ServiceArguments(**options), files, failure_webhook, encrypt=encrypt, start=not no_start)


@service.command()
@click.option("--name", metavar="NAME", help="One of several bots. Default: all of this machine.")
@JSON
def status(name: str | None, as_json: bool) -> None:
    """Show how the service is, and where everything of it is.

    The exit code is 69 if it is not installed, or a bot is not ready.
    """
    from grokbot.terminal.commands import service_work as work  # noqa: PLC0415

    work.status(name, as_json=as_json)


@service.command()
@_sourced
@SECONDS
@DRY_RUN
@YES
def update(**options: Any) -> None:
    """Switch the service to another version.

    Stops all bots of this machine, copies their databases, starts them with the new version and waits until they are
    ready. If one is not ready in time, the old version runs again, and the command says why.
    """
    from grokbot.terminal.commands import service_work as work  # noqa: PLC0415

    work.update(work.ServiceArguments(**options))


@service.command()
@click.argument("version", required=False, help="A kept version, as `grokbot service status` shows it.")
@SECONDS
@DRY_RUN
@YES
def rollback(version: str | None, **options: Any) -> None:
    """Switch the service back to a version that is kept.

    Without VERSION that is the one before the last switch. If it cannot read the database of the newer one, the backup
    of the update takes its place; that is asked for first.
    """
    from grokbot.terminal.commands import service_work as work  # noqa: PLC0415

    work.rollback(work.ServiceArguments(**options), version)


@service.command()
@NAME
@click.option(
    "--purge", is_flag=True, help="Remove the database, the settings and the secrets too. This cannot be undone."
)
@DRY_RUN
@YES
def uninstall(purge: bool, **options: Any) -> None:
    """Remove the service. Data, settings and secrets stay.

    The program goes with the last bot of this machine.
    """
    from grokbot.terminal.commands import service_work as work  # noqa: PLC0415

    work.uninstall(work.ServiceArguments(**options), purge=purge)
