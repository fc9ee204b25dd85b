"""Exit codes, and the one kind of error that ends a command: a message on standard error.

Not here: exit codes of the daemon's errors (`daemon_access`).
"""

from __future__ import annotations

from enum import IntEnum
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class Exit(IntEnum):
    """Exit codes; those above 60 are from sysexits.h."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    NO_DAEMON = 69
    LATER = 75
    REFUSED = 77
    SETTINGS = 78  # the unit file does not restart after it
    INTERRUPTED = 130


MEANINGS: Mapping[Exit, str] = {
    Exit.DONE: "done",
    Exit.FAILED: "failed",
    Exit.USAGE: "wrong usage",
    Exit.NOT_FOUND: "no such conversation, response or key, or a shortened id that fits several",
    Exit.NO_DAEMON: "no daemon answers",
    Exit.LATER: "try again later: an answer is being written, a limit is reached, or the daemon restarts",
    Exit.REFUSED: "not allowed, or the key is wrong",
    Exit.SETTINGS: "a setting is wrong or missing",
    Exit.INTERRUPTED: "Ctrl-C",
}
"""For docs and man page."""


class CommandFailedError(click.ClickException):
    """Ends the command with a message and an exit code."""

    def __init__(self, text: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(text)
        self.exit_code = code  # type: ignore[misc] # click reads it from the instance

    def show(self, file: IO[Any] | None = None) -> None:
        """Print one line, like all errors of this program."""
        click.echo(f"grokbot: {' '.join(self.message.split())}", file=file, err=file is None)


def check_mcp() -> None:
    """Check that what `grokbot mcp` needs is installed, which a daemon does not need.

    Raises:
        CommandFailedError: It is not installed; says how to install it.
    """
    if find_spec("mcp") is None:
        raise CommandFailedError("the MCP server needs the package mcp: install grokbot[mcp]", Exit.USAGE)


def check_sandbox() -> None:
    """Check that the sandbox is installed, which it is not on an operator's machine.

    Raises:
        CommandFailedError: It is not installed; says how to install it.
    """
    if find_spec("grokbot.sandbox_run") is None:
        text = "the sandbox is not installed: install grokbot[sandbox], or ./grokbot/sandbox in a clone of grokbot"
        raise CommandFailedError(text, Exit.USAGE)
