"""Up to where a channel's messages were dealt with, once nothing else that is kept tells it.

So what was deleted is not heard again after a restart, as if it were new, where it still stands in Discord. Not here:
what is missed (`discord_bot.catching_up`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from grokbot.store.tables import watermarks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from grokbot.store.rows import Row

AT = select(watermarks.c.message_id).where(watermarks.c.channel_id == bindparam("there"))
_ADD = insert(watermarks)
_RAISE = update(watermarks).where(
    watermarks.c.channel_id == bindparam("there"), watermarks.c.message_id < bindparam("newest")
)


def dealt_with(connection: Connection, messages: Iterable[Row]) -> None:
    """Notes, within a transaction, that these messages were; rows of `discord_messages` that are about to go."""
    newest: dict[int, int] = {}
    for row in messages:
        newest[row["channel_id"]] = max(row["message_id"], newest.get(row["channel_id"], 0))
    for channel_id, message_id in newest.items():
        if connection.execute(AT, {"there": channel_id}).first() is None:
            connection.execute(_ADD, {"channel_id": channel_id, "message_id": message_id})
        else:
            connection.execute(_RAISE, {"there": channel_id, "newest": message_id, "message_id": message_id})
