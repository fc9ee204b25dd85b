"""Exit codes, and the one kind of error that ends a command: a sentence on standard error.

Not here: which of the daemon's errors becomes which (`daemon_access`).
"""

from __future__ import annotations

from enum import IntEnum
from typing import IO, Any

import click


class Exit(IntEnum):
    """How a command ends; those above 60 are sysexits.h's."""

    DONE = 0
    FAILED = 1
    """It did not work, and none of the others says why."""
    USAGE = 2
    """What was typed cannot be understood (click's)."""
    NOT_FOUND = 3
    """There is no such conversation, response or key, or it is not the caller's to see."""
    NO_DAEMON = 69
    """No daemon answers."""
    LATER = 75
    """It may work when it is tried again: an answer is being written there, a limit is reached, the daemon restarts."""
    REFUSED = 77
    """The key is wrong, or the caller may not do this."""
    SETTINGS = 78
    """A setting is wrong or missing."""
    INTERRUPTED = 130
    """Ctrl-C."""


class CommandFailedError(click.ClickException):
    """Ends the command with a sentence and an exit code."""

    def __init__(self, text: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(text)
        self.exit_code = code  # type: ignore[misc] # click itself reads it from the instance

    def show(self, file: IO[Any] | None = None) -> None:
        """One line, as every other command of this program tells what is wrong."""
        click.echo(f"grokbot: {' '.join(self.message.split())}", file=file, err=file is None)
