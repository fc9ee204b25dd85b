"""What was said in Discord before a person's message, which the model sees with it: rows written and read with turns.

Not here: when somebody's rows go (`privacy.background`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, bindparam, insert, select

from grokbot.conversation.response import Author, Overheard, Sender
from grokbot.store.tables.rows import storable
from grokbot.store.tables.types import Moment, metadata

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from grokbot.conversation.response import Response

background = Table(
    "background",
    metadata,
    Column("response_id", Text, ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("author_id", BigInteger, nullable=False),
    Column("author_name", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_background_message_id", "message_id"),
    Index("ix_background_author_id", "author_id"),
)

AT_ONCE = 500
"""Responses in one statement."""

_ADD = insert(background)
_OF = (
    select(background)
    .where(background.c.response_id.in_(bindparam("these", expanding=True)))
    .order_by(background.c.response_id, background.c.message_id)
)


def add_background(connection: Connection, responses: Sequence[Response]) -> None:
    """Write what new responses have as background."""
    rows = [
        {
            "response_id": response.id,
            "message_id": said.message_id,
            "author_id": said.author.id,
            "author_name": storable(said.author.name),
            "at": said.at,
            "text": storable(said.text),
        }
        for response in responses
        for said in response.background
    ]
    if rows:
        connection.execute(_ADD, rows)


def with_background(connection: Connection, responses: Sequence[Response]) -> tuple[Response, ...]:
    """The same responses with their background."""
    people = [response.id for response in responses if response.sender is Sender.HUMAN]
    found: dict[str, list[Overheard]] = {}
    for start in range(0, len(people), AT_ONCE):
        for row in connection.execute(_OF, {"these": people[start : start + AT_ONCE]}).mappings():
            author = Author(row["author_id"], row["author_name"])
            found.setdefault(row["response_id"], []).append(
                Overheard(row["message_id"], author, row["at"], row["text"])
            )
    if not found:
        return tuple(responses)
    return tuple(replace(each, background=tuple(found.get(each.id, ()))) for each in responses)
