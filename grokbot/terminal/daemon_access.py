"""Access to a running daemon: its address, the key, and how its errors end a command.

Not here: the connection itself (`sdk`), a daemon started by the command (`embedded_daemon`).
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import click

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
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

T = TypeVar("T")

OWN = "No daemon is running: this chat uses your xAI key, and is saved in the daemon's database."
PLAYED = "Sandbox mode: answers are made up, conversations are not saved."
READ = "No daemon answers: this is read from its database."
NOT_TEXT = "The input is not UTF-8 text."

_DAEMON = ("grokbot.terminal.embedded_daemon", "grokbot.daemon", "grokbot.sandbox.grok_server")
"""What a daemon of our own consists of; the last is only for made-up answers."""

EXITS = (
    (UnreachableError, Exit.NO_DAEMON),
    (NotFoundError, Exit.NOT_FOUND),
    (NotAllowedError, Exit.REFUSED),
    ((BusyError, LimitReachedError, UnavailableError, StoppedError), Exit.LATER),
)
"""Exit codes for the daemon's errors, the first match counts; all other errors mean failure."""


@dataclass(frozen=True, slots=True)
class Way:
    """A daemon's address and the caller's key."""

    target: str | None
    """None: $GROKBOT_API, or the socket of this machine's daemon."""
    key: str | None
    """None: $GROKBOT_API_KEY, or no key, which on a socket means the operator."""


@asynccontextmanager
async def reached(way: Way) -> AsyncIterator[Client]:
    """A client of the daemon.

    Raises:
        CommandFailedError: The target is invalid.
    """
    try:
        client = Client(way.target, way.key)
    except ValueError as error:
        raise CommandFailedError(str(error), Exit.USAGE) from None
    async with client:
        yield client


@asynccontextmanager
async def reached_or_begun(
    way: Way, *, sandbox: bool, config: Path | None, tell: Callable[[str], object]
) -> AsyncIterator[Client]:
    """A client of the running daemon, or of one started for this program.

    Args:
        way: The running daemon. If its target is named, no other is started.
        sandbox: Start one with made-up answers, whatever runs.
        config: The settings of the one that is started.
        tell: Told in a sentence if one is started.

    Raises:
        UnreachableError: The named daemon does not answer.
        CommandFailedError: None could be started.
    """
    async with AsyncExitStack() as stack:
        if not sandbox:
            client = await stack.enter_async_context(reached(way))
            try:
                await client.daemon.status()
            except UnreachableError:
                if way.target:
                    raise
            else:
                yield client
                return
        tell(PLAYED if sandbox else OWN)
        for module in _DAEMON[: 3 if sandbox else 2]:
            await asyncio.to_thread(import_module, module)  # for half a second, in which a prompt is alive
        from grokbot.terminal import embedded_daemon  # noqa: PLC0415 - only when one is started

        begun = embedded_daemon.played() if sandbox else embedded_daemon.own(config)
        target = await stack.enter_async_context(begun)
        yield await stack.enter_async_context(Client(target, ""))


@asynccontextmanager
async def reached_or_read(way: Way, config: Path | None) -> AsyncIterator[Client]:
    """A client of the running daemon or, if none answers on this machine, of its database, for reading.

    Args:
        way: The running daemon. If its target is named, no database is read.
        config: The settings that tell where the database is.

    Raises:
        UnreachableError: No daemon answers, and there is no database to read.
        CommandFailedError: The database cannot be read.
    """
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(reached(way))
        try:
            await client.daemon.status()
        except UnreachableError:
            if way.target:
                raise
            from grokbot.terminal import embedded_daemon  # noqa: PLC0415 - only when it is needed

            target = await stack.enter_async_context(embedded_daemon.reading(config))
            if target is None:
                raise
            click.echo(READ, err=True)
            client = await stack.enter_async_context(Client(target, ""))
        yield client


def failure(error: ApiError) -> CommandFailedError:
    """The command error for an error of the daemon, or for a missing daemon."""
    return CommandFailedError(str(error), next((code for kind, code in EXITS if isinstance(error, kind)), Exit.FAILED))


def done(work: Coroutine[Any, Any, T]) -> T:
    """Run a command to its end; failures end it with a message and an exit code.

    Raises:
        CommandFailedError: With the daemon's message.
    """
    try:
        return asyncio.run(work)
    except ApiError as error:
        raise failure(error) from None
    except UnicodeError:  # an argument, or standard input
        raise CommandFailedError(NOT_TEXT, Exit.USAGE) from None
    except BrokenPipeError:  # the reader of our output has closed it (`| head`): no error
        silence_output()
        raise SystemExit(Exit.DONE) from None
    except OSError as error:  # mostly a full disk under standard output
        silence_output()
        raise CommandFailedError(f"Reading or writing failed: {error.strerror or error}.") from None
    except KeyboardInterrupt:
        raise SystemExit(Exit.INTERRUPTED) from None


def with_client(access: AbstractAsyncContextManager[Client], work: Callable[[Client], Awaitable[T]]) -> T:
    """Run a command that needs a daemon, or its database."""

    async def reach() -> T:
        async with access as client:
            return await work(client)

    return done(reach())
