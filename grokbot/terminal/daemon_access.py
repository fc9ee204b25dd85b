"""The way to a running daemon: which one, with which key, and how its errors end a command.

Not here: the connection itself (`sdk`), a daemon of the command's own (`embedded_daemon`).
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from grokbot.sdk import Client
from grokbot.sdk.errors import (
    ApiError,
    BusyError,
    LimitReachedError,
    NotAllowedError,
    NotFoundError,
    StoppedError,
    UnavailableError,
    UnreachableError,
)
from grokbot.terminal.exits import CommandFailedError, Exit
from grokbot.terminal.output.streams import silence_output

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

T = TypeVar("T")

NOT_TEXT = "The input is not UTF-8 text."

EXITS = (
    (UnreachableError, Exit.NO_DAEMON),
    (NotFoundError, Exit.NOT_FOUND),
    (NotAllowedError, Exit.REFUSED),
    ((BusyError, LimitReachedError, UnavailableError, StoppedError), Exit.LATER),
)
"""How a command ends with each of the daemon's errors, the first that fits; with all others it has failed."""


@dataclass(frozen=True, slots=True)
class Way:
    """Which daemon, and as whom."""

    target: str | None
    """None: $GROKBOT_API, or the socket of this machine's daemon."""
    key: str | None
    """None: $GROKBOT_API_KEY, or none, which a socket takes as the operator's."""


@asynccontextmanager
async def reached(way: Way) -> AsyncIterator[Client]:
    """A client of that daemon.

    Raises:
        CommandFailedError: The target cannot be understood.
    """
    try:
        client = Client(way.target, way.key)
    except ValueError as error:
        raise CommandFailedError(str(error), Exit.USAGE) from None
    async with client:
        yield client


def failure(error: ApiError) -> CommandFailedError:
    """How an error of the daemon, or that there is none, ends a command."""
    return CommandFailedError(str(error), next((code for kind, code in EXITS if isinstance(error, kind)), Exit.FAILED))


def done(work: Coroutine[Any, Any, T]) -> T:
    """Runs a command to its end; what can go wrong on its way ends it with a sentence and an exit code.

    Raises:
        CommandFailedError: With what the daemon said.
    """
    try:
        return asyncio.run(work)
    except ApiError as error:
        raise failure(error) from None
    except UnicodeError:  # an argument, or what standard input has
        raise CommandFailedError(NOT_TEXT, Exit.USAGE) from None
    except BrokenPipeError:  # whoever read our output has had enough (`| head`): that is no fault
        silence_output()
        raise SystemExit(Exit.DONE) from None
    except OSError as error:  # above all a full disk under standard output
        silence_output()
        raise CommandFailedError(f"Reading or writing failed: {error.strerror or error}.") from None
    except KeyboardInterrupt:
        raise SystemExit(Exit.INTERRUPTED) from None


def with_client(way: Way, work: Callable[[Client], Awaitable[T]]) -> T:
    """Runs what needs a daemon."""

    async def reach() -> T:
        async with reached(way) as client:
            return await work(client)

    return done(reach())
