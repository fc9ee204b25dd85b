"""Notes who has written in other people's conversations, as they write, so that lists need no search.

Not here: lists (`listing`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Text, bindparam, exists, insert, select

from grokbot.store.tables.conversations import conversations, guests

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from grokbot.conversation.response import Conversation, Response

_USER, _THIS = bindparam("user", type_=BigInteger()), bindparam("this", type_=Text())
_NOTE = insert(guests).from_select(
    ["user_id", "conversation_id"],
    select(_USER, conversations.c.id).where(
        conversations.c.id == _THIS,
        conversations.c.owner_id != _USER,
        ~exists().where(guests.c.user_id == _USER, guests.c.conversation_id == _THIS),
    ),
)


def note_guests(connection: Connection, said: Iterable[Response], begun: Conversation | None = None) -> None:
    """Note who wrote these responses, within a transaction.

    Args:
        connection: Of the transaction.
        said: The responses.
        begun: Their conversation, if it begins with them.
    """
    wrote = {(response.author.id, response.conversation_id) for response in said if response.author}
    for user_id, conversation_id in sorted(wrote):
        owns = begun is not None and begun.owner_id == user_id
        if user_id > 0 and not owns:  # imported people have no Discord account
            connection.execute(_NOTE, {"user": user_id, "this": conversation_id})
