"""Exit codes, and the one kind of error that ends a command: a sentence on standard error.

Not here: which of the daemon's errors becomes which (`daemon_access`).
"""

from __future__ import annotations

from enum import IntEnum
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class Exit(IntEnum):
    """How a command ends; those above 60 are sysexits.h's."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    NO_DAEMON = 69
    LATER = 75
    REFUSED = 77
    SETTINGS = 78
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
"""As docs and man page tell them."""


class CommandFailedError(click.ClickException):
    """Ends the command with a sentence and an exit code."""

    def __init__(self, text: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(text)
        self.exit_code = code  # type: ignore[misc] # click itself reads it from the instance

    def show(self, file: IO[Any] | None = None) -> None:
        """One line, as every other command of this program tells what is wrong."""
        click.echo(f"grokbot: {' '.join(self.message.split())}", file=file, err=file is None)


def check_sandbox() -> None:
    """An operator's machine does not have it.

    Raises:
        CommandFailedError: It is not installed; says how to get it.
    """
    if find_spec("grokbot.sandbox_run") is None:
        text = "the sandbox is not installed: install grokbot[sandbox], or ./grokbot/sandbox in a clone of grokbot"
        raise CommandFailedError(text, Exit.USAGE)
