"""Finds the conversations and responses that are meant by shortened ids, or by none.

Not here: what an id may look like (`short_ids`).
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
"""As many as the daemon gives at once."""


async def every(client: Client, *, search: str = "", starred: bool = False) -> AsyncIterator[daemon_pb2.Entry]:
    """All conversations that the caller sees, changed last first.

    Args:
        client: Of the daemon.
        search: "": all.
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
    """The ids of all of them."""
    return [entry.conversation.conversation_id async for entry in every(client)]


async def chosen(client: Client, given: Sequence[str]) -> tuple[str, ...]:
    """The whole ids of some conversations, each once; none is looked for where all are given whole.

    Raises:
        CommandFailedError: One is none, or may mean several.
    """
    whole = [one.upper() for one in given if len(one) == WHOLE and may_be_an_id(one)]
    known = [] if len(whole) == len(given) else await ids(client)
    return tuple(dict.fromkeys(one.upper() if one.upper() in whole else picked(one, known) for one in given))


async def newest(client: Client) -> str:
    """The conversation that was changed last.

    Raises:
        CommandFailedError: There is none.
    """
    page = await client.daemon.conversations(limit=1)
    if not page.entries:
        raise CommandFailedError("There is no conversation to continue yet.", Exit.NOT_FOUND)
    return page.entries[0].conversation.conversation_id
