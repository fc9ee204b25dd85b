"""`grokbot conversations delete`: asks once, then deletes permanently.

Not here: finding the conversations (`targets`).
"""

from __future__ import annotations

import signal
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from grokbot.conversation.text import shortened
from grokbot.sdk.errors import NotFoundError
from grokbot.terminal.commands.targets import chosen, every
from grokbot.terminal.exits import CommandFailedError, Exit
from grokbot.terminal.output import tables
from grokbot.terminal.output.formats import in_a_line
from grokbot.terminal.output.json_documents import moment
from grokbot.terminal.output.progress import each

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from grokbot.sdk import Client
    from grokbot.wire.grokbot import daemon_pb2

NAMED = 10
"""Titles shown before the question."""
NOT_ASKED = "Not a terminal, so I can't ask. Pass --yes to delete permanently."
KEPT = "Nothing was deleted."


async def delete(
    client: Client, given: Sequence[str], *, older_than: timedelta | None, yes: bool, as_json: bool
) -> None:
    """Delete conversations permanently, after asking.

    Args:
        client: A client of the daemon.
        given: As the person named them; empty: all that are older, except starred ones.
        older_than: Only those unchanged for this long; None: of any age.
        yes: Do not ask.
        as_json: Print JSON.

    Raises:
        CommandFailedError: None was named, or asking is impossible.
    """
    if not given and older_than is None:
        raise CommandFailedError("Name conversations, or pass --older-than.", Exit.USAGE)
    listed = {entry.conversation.conversation_id: entry async for entry in every(client)}
    found = list(await chosen(client, given)) if given else _old(listed, older_than)
    missing = [one for one in found if one not in listed]
    if missing:
        raise CommandFailedError(f"There is no conversation {missing[0]}.", Exit.NOT_FOUND)
    if given and older_than is not None:
        old = set(_old(listed, older_than))
        found = [one for one in found if one in old]
    if found and not yes:
        _ask([listed[one] for one in found])
    gone = []
    for conversation in each(found, "Deleting"):
        try:
            await client.daemon.delete(conversation)
        except NotFoundError:  # somebody else deleted it first, which is just as good
            continue
        gone.append(conversation)
    if as_json:
        tables.print_json({"deleted": gone})
    else:
        click.echo(f"Deleted {len(gone)} {_conversations(len(gone))}." if gone else KEPT)


def _old(listed: Mapping[str, daemon_pb2.Entry], older_than: timedelta | None) -> list[str]:
    """Conversations unchanged for this long, except starred ones."""
    if older_than is None:
        return []
    before = datetime.now(UTC) - older_than
    old = []
    for conversation, entry in listed.items():
        changed = moment(entry.conversation, "modify_time")
        if changed is not None and changed < before and not entry.conversation.starred:
            old.append(conversation)
    return old


def _ask(entries: Sequence[daemon_pb2.Entry]) -> None:
    if not sys.stdin.isatty():
        raise CommandFailedError(NOT_ASKED, Exit.USAGE)
    for entry in entries[:NAMED]:
        title = in_a_line(entry.conversation.title or entry.first_words) or "(nothing yet)"
        click.echo(f"  {entry.conversation.conversation_id}  {shortened(title, 60)}", err=True)
    if len(entries) > NAMED:
        click.echo(f"  and {len(entries) - NAMED} more", err=True)
    question = f"Delete {len(entries)} {_conversations(len(entries))} permanently, here and at xAI?"
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # asyncio's waits for the loop, blocked here
    try:
        agreed = click.confirm(question, err=True)
    finally:
        signal.signal(signal.SIGINT, before)
    if not agreed:
        click.echo(KEPT, err=True)
        raise SystemExit(Exit.FAILED)


def _conversations(count: int) -> str:
    return "conversation" if count == 1 else "conversations"
