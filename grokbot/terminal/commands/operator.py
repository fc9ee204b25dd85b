"""`grokbot status`, `models`, `usage`, `keys`, `pause`, `unpause`, `answers` and `catch-up`.

Not here: layout (`output.tables`, `output.daemon_lines`, `output.json_documents`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from grokbot.sdk.errors import DeadlineExceededError, UnreachableError, unreachable
from grokbot.terminal.exits import CommandFailedError, Exit
from grokbot.terminal.no_daemon import why_nobody_answers
from grokbot.terminal.output import daemon_lines, json_documents, tables
from grokbot.terminal.output.formats import in_a_line, local
from grokbot.terminal.short_ids import WHOLE, picked
from grokbot.wire.grokbot import daemon_pb2

if TYPE_CHECKING:
    from grokbot.sdk import Client

STATUS_SECONDS = 10.0
"""After which a daemon that says nothing counts as one that does not answer."""

TOLD_ONCE = "Save it now: it is shown only once, and only its hash is stored."
NONE_STUCK = "No answer is stuck."
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
        if not (why := why_nobody_answers(client.target)):
            raise
        raise UnreachableError(error.code, f"{unreachable(client.target)} {why}") from None
    if as_json:
        tables.print_json(json_documents.status(now))
    else:
        tables.console().put(tables.lines(daemon_lines.status_lines(now, datetime.now(UTC))))
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


ABANDONED = {
    "waiting": "Dropped the question; who asked is told so.",
    "silent": "Stopped the answer; it keeps the text that it has.",
    "unended": "Ended the answer with the text that it has.",
    "unsaved": "The database has taken the answer's end now.",
    "unshown": "The answer is not shown any more; its text stays in the conversation.",
}


async def list_stuck(client: Client, *, as_json: bool) -> None:
    """Print the stuck answers."""
    stuck = await client.daemon.stuck_answers()
    if as_json:
        tables.print_json([json_documents.stuck(one) for one in stuck])
    elif not stuck:
        click.echo(NONE_STUCK, err=True)
    else:
        console = tables.console()
        console.put(tables.stuck(stuck, datetime.now(UTC), console.width))


async def show_again(client: Client, given: str, *, as_json: bool) -> None:
    """Show an answer again.

    Args:
        client: A client of the daemon, as its operator.
        given: The answer's id, or the beginning or end of a stuck one's.
        as_json: Print JSON.
    """
    response_id = await _stuck_id(client, given)
    result = await client.daemon.show_again(response_id)
    if as_json:
        tables.print_json({"response_id": response_id, "shown": result.shown, "why": result.why or None})
    elif result.shown:
        click.echo("It stands in Discord.")
    if not result.shown:
        raise CommandFailedError(f"It is not shown yet: {result.why}.", Exit.FAILED)


async def abandon(client: Client, given: str, *, as_json: bool) -> None:
    """Give an answer up.

    Args:
        client: A client of the daemon, as its operator.
        given: The answer's id, or the beginning or end of a stuck one's.
        as_json: Print JSON.
    """
    response_id = await _stuck_id(client, given)
    kind = await client.daemon.abandon(response_id)
    if as_json:
        tables.print_json({"response_id": response_id, "was": kind})
    else:
        click.echo(ABANDONED.get(kind, "Given up."))


async def catch_up(client: Client, channel: int | None, since: datetime | None, *, as_json: bool) -> None:
    """Answer messages that were missed.

    Args:
        client: A client of the daemon, as its operator.
        channel: Only there; None: everywhere.
        since: None: of the last day.
        as_json: Print JSON.
    """
    found = await client.daemon.catch_up(channel or 0, since)
    if as_json:
        tables.print_json(json_documents.caught_up(found))
        return
    read, new = _count(found.places, "place"), _count(found.messages, "unanswered message")
    click.echo(f"Read {read}: {new}, {found.answered} of them answered now.")
    if found.not_allowed:
        click.echo(f"The bot may not read {_count(found.not_allowed, 'place')}.", err=True)
    if found.unread:
        raise CommandFailedError(f"Could not read {_count(found.unread, 'place')}: see the log.", Exit.FAILED)


async def _stuck_id(client: Client, given: str) -> str:
    if len(given.strip()) == WHOLE:
        return given.strip().upper()
    return picked(given, [one.response_id for one in await client.daemon.stuck_answers()], "stuck answer")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
