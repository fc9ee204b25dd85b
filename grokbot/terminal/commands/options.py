"""Options shared by several commands, and parsing of their values.

Imports only click, so that `grokbot --help` stays fast. Not here: the commands (`commands`, `operator_commands`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from grokbot.conversation.errors import UserError
from grokbot.conversation.text import duration_of, moment_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.sdk import Client

F = TypeVar("F", bound="Callable[..., Any]")

TARGET = click.option(
    "--target",
    envvar="GROKBOT_API",
    metavar="ADDRESS",
    help="Where the daemon is: unix:/PATH or HOST:PORT. Default: $GROKBOT_API, or on this machine.",
)
KEY = click.option(
    "--key",
    envvar="GROKBOT_API_KEY",
    metavar="KEY",
    help="Your API key. This machine's daemon needs none. $GROKBOT_API_KEY is safer: others can see a command line.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for programs.")


CONFIG = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="TOML file with the settings, for when no daemon runs. Default: as `grokbot run`.",
)

LONGEST_ID = 19
"""Digits of the largest id that the API can represent."""


class SpanOption(click.ParamType[timedelta]):
    """A duration: 90d."""

    name = "SPAN"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Raises click's usage error if it is invalid."""
        if isinstance(value, timedelta):
            return value
        try:
            return duration_of(str(value))
        except UserError as error:
            self.fail(str(error), param, ctx)


class MomentOption(click.ParamType[datetime]):
    """A point in time: 2026-11-23, yesterday, 7d."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Raises click's usage error if it is invalid."""
        if isinstance(value, datetime):
            return value
        try:
            return moment_of(str(value), datetime.now(UTC).astimezone())
        except UserError as error:
            self.fail(str(error), param, ctx)


class DiscordIdOption(click.ParamType[int]):
    """A person's Discord id."""

    name = "ID"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Raises click's usage error if it is invalid."""
        text = str(value)
        if not text.isdecimal() or len(text) > LONGEST_ID or not 0 < int(text) < 2**63:
            self.fail(f"{text!r} is no Discord id: a long number.", param, ctx)
        return int(text)


def reaching(command: F) -> F:
    """Add --target and --key, the options of every command that calls a daemon."""
    return TARGET(KEY(command))


def ask(target: str | None, key: str | None, work: Callable[[Client], Any]) -> None:
    """Run a command that needs a daemon, and import what it needs.

    Args:
        target: The daemon; None: from the environment.
        key: The API key; None: from the environment.
        work: The command, as a coroutine function of the client.
    """
    from grokbot.terminal.daemon_access import Way, reached, with_client  # noqa: PLC0415 - see above

    with_client(reached(Way(target or None, key or None)), work)


def read(target: str | None, key: str | None, config: Path | None, work: Callable[[Client], Any]) -> None:
    """Run a command that only reads, from the daemon or, if none runs on this machine, from its database.

    Args:
        target: The daemon; None: from the environment.
        key: The API key; None: from the environment.
        config: The settings that tell where the database is; None: as `grokbot run`.
        work: The command, as a coroutine function of the client.
    """
    from grokbot.terminal.daemon_access import Way, reached_or_read, with_client  # noqa: PLC0415 - see above

    with_client(reached_or_read(Way(target or None, key or None), config), work)
