"""Finds conversations and responses by shortened ids, or the newest one.

Not here: the form of ids (`short_ids`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.terminal.exits import CommandFailedError, Exit
from grokbot.terminal.short_ids import WHOLE, may_be_an_id, picked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from grokbot.sdk import Client
    from grokbot.wire.grokbot import daemon_pb2

PAGE = 1000
"""The daemon's maximum page size."""


async def every(client: Client, *, search: str = "", starred: bool = False) -> AsyncIterator[daemon_pb2.Entry]:
    """All conversations that the caller can see, most recently changed first.

    Args:
        client: A client of the daemon.
        search: Search text; "": all.
        starred: Only starred ones.
    """
    offset = 0
    while True:
        page = await client.daemon.conversations(search=search, starred=starred, offset=offset, limit=PAGE)
        for entry in page.entries:
            yield entry
        offset += len(page.entries)
        if not page.entries or offset >= page.total:
            return


async def ids(client: Client) -> list[str]:
    """The ids of all conversations."""
    return [entry.conversation.conversation_id async for entry in every(client)]


async def chosen(client: Client, given: Sequence[str]) -> tuple[str, ...]:
    """The full ids of some conversations, without duplicates; needs no lookup if all are full ids.

    Raises:
        CommandFailedError: One is unknown, or ambiguous.
    """
    whole = [one.upper() for one in given if len(one) == WHOLE and may_be_an_id(one)]
    known = [] if len(whole) == len(given) else await ids(client)
    return tuple(dict.fromkeys(one.upper() if one.upper() in whole else picked(one, known) for one in given))


async def newest(client: Client) -> str:
    """The most recently changed conversation.

    Raises:
        CommandFailedError: There is none.
    """
    page = await client.daemon.conversations(limit=1)
    if not page.entries:
        raise CommandFailedError("There is no conversation to continue yet.", Exit.NOT_FOUND)
    return page.entries[0].conversation.conversation_id
