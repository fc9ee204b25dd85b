"""`grokbot status`, `models`, `usage`, `keys`, `pause` and `unpause`.

Not here: layout (`output.tables`, `output.json_documents`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from grokbot.sdk.errors import DeadlineExceededError, UnreachableError
from grokbot.terminal.exits import Exit
from grokbot.terminal.no_daemon import why_nobody_answers
from grokbot.terminal.output import json_documents, tables
from grokbot.terminal.output.formats import in_a_line, local
from grokbot.terminal.short_ids import picked
from grokbot.wire.grokbot import daemon_pb2

if TYPE_CHECKING:
    from grokbot.sdk import Client

STATUS_SECONDS = 10.0
"""After which a daemon that says nothing counts as one that does not answer."""

TOLD_ONCE = "Save it now: it is shown only once, and only its hash is stored."
NO_KEYS = "There are no keys yet. Make one with `grokbot keys make`."


async def status(client: Client, *, as_json: bool) -> None:
    """Print the daemon's status.

    Raises:
        UnreachableError: No daemon answers; says why, as far as that can be seen.
        SystemExit: With 1: something is not well.
    """
    try:
        now = await client.daemon.status(timeout=STATUS_SECONDS)
    except (UnreachableError, DeadlineExceededError) as error:
        raise UnreachableError(error.code, f"{error.text} {why_nobody_answers(client.target)}".rstrip()) from None
    if as_json:
        tables.print_json(json_documents.status(now))
    else:
        tables.console().put(tables.lines(tables.status_lines(now, datetime.now(UTC))))
    if any(part.trouble for part in now.parts):
        raise SystemExit(Exit.FAILED)


async def models(client: Client, *, as_json: bool) -> None:
    """Print the models that may be chosen."""
    found = (await client.daemon.choices()).models
    if as_json:
        tables.print_json([json_documents.model(one) for one in found])
    else:
        console = tables.console()
        console.put(tables.models(found, console.width))


async def usage(client: Client, *, by: str, since: datetime | None, until: datetime | None, as_json: bool) -> None:
    """Print usage.

    Args:
        client: A client of the daemon.
        by: The grouping, as in the command's option.
        since: None: from the beginning.
        until: None: to the end.
        as_json: Print JSON.
    """
    answer = await client.daemon.usage(by=daemon_pb2.GetUsageRequest.By.Value(by.upper()), since=since, until=until)
    if as_json:
        tables.print_json(json_documents.spent(by, answer))
    else:
        console = tables.console()
        console.put(tables.spent(by, answer, console.width))


async def make_key(client: Client, *, owner: int, name: str, everything: bool, as_json: bool) -> None:
    """Create a key and print its secret, alone on standard output, so that a script can store it.

    Args:
        client: A client of the daemon, as its operator.
        owner: The Discord id of the person the key is for.
        name: To distinguish keys.
        everything: Whether it can access everyone's conversations.
        as_json: Print JSON.
    """
    made = await client.daemon.make_key(owner, name, everything=everything)
    if as_json:
        tables.print_json({**json_documents.key(made.key), "secret": made.secret})
    else:
        click.echo(made.secret)
        click.echo(f"Key {made.key.key_id} for {in_a_line(name)}. {TOLD_ONCE}", err=True)


async def list_keys(client: Client, *, as_json: bool) -> None:
    """Print the keys, revoked ones too."""
    keys = await client.daemon.keys()
    if as_json:
        tables.print_json([json_documents.key(one) for one in keys])
    elif not keys:
        click.echo(NO_KEYS, err=True)
    else:
        console = tables.console()
        console.put(tables.keys(keys, datetime.now(UTC), console.width))


async def revoke_key(client: Client, given: str, *, as_json: bool) -> None:
    """Revoke a key: calls with it are refused from now on.

    Args:
        client: A client of the daemon, as its operator.
        given: The key's id, or its beginning or end.
        as_json: Print JSON.
    """
    keys = await client.daemon.keys()
    revoked = await client.daemon.revoke_key(picked(given, [one.key_id for one in keys], "key"))
    if as_json:
        tables.print_json(json_documents.key(revoked))
    else:
        click.echo(f"Revoked {revoked.key_id} of {in_a_line(revoked.name)}.")


async def pause(client: Client, reason: str, *, as_json: bool) -> None:
    """Pause all answers.

    Args:
        client: A client of the daemon, as its operator.
        reason: Shown to people; "": none.
        as_json: Print JSON.
    """
    state = await client.daemon.pause(reason)
    if as_json:
        tables.print_json(json_documents.pause(state))
    else:
        click.echo(f"Paused since {local(json_documents.moment(state, 'since'))}. `grokbot unpause` ends it.")


async def unpause(client: Client, *, as_json: bool) -> None:
    """End the pause; waiting messages are answered too."""
    state = await client.daemon.unpause()
    if as_json:
        tables.print_json(json_documents.pause(state))
    else:
        click.echo("Answering again.")
