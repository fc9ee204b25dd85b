"""What messages bring besides their words: attachments, listed without their data and loaded for a request; background.

Not here: what deletes them (`privacy`, `moderation.purge`), preparing them (`documents.uploads`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, literal, select, tuple_

from grokbot.conversation.response import Author, Overheard, Sender
from grokbot.store.database import batches, rows_of
from grokbot.store.tables.conversations import attachments, background
from grokbot.store.tables.rows import attachment_of_row, row_of_attachment, storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from grokbot.conversation.parts import AttachedFile
    from grokbot.conversation.response import Response
    from grokbot.store.database import Database

_ADD = insert(attachments)
_KEY = (attachments.c.response_id, attachments.c.number)
_MOST = [column for column in attachments.c if column.name != "data"]
_OF_THESE = select(*_MOST).where(attachments.c.response_id.in_(bindparam("among", expanding=True))).order_by(*_KEY)
_DATA = select(*_KEY, attachments.c.data).where(
    tuple_(*_KEY).in_(bindparam("these", expanding=True)), attachments.c.data.is_not(None)
)
_COPIED = {"response_id": bindparam("to"), "number": bindparam("as_number", type_=attachments.c.number.type)}
_COPY = insert(attachments).from_select(
    [column.name for column in attachments.c],
    select(*(_COPIED.get(column.name, column) for column in attachments.c)).where(
        attachments.c.response_id == bindparam("from"),
        attachments.c.number == bindparam("number", type_=attachments.c.number.type),
        literal(1) == 1,
    ),
)
OF_THESE_GONE = delete(attachments).where(attachments.c.response_id.in_(bindparam("among", expanding=True)))
"""Deletes the attachments of responses."""
OF_WRITER_GONE = delete(attachments).where(
    attachments.c.author_id == bindparam("user", type_=attachments.c.author_id.type)
)
"""Deletes those that came with a person's messages into others' questions."""
_ADD_BACKGROUND = insert(background)
_BACKGROUND_OF = (
    select(background)
    .where(background.c.response_id.in_(bindparam("among", expanding=True)))
    .order_by(background.c.response_id, background.c.message_id)
)
_OF = delete(attachments).where(attachments.c.response_id == bindparam("this"))


class AttachmentRows:
    """The data of attachments."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def loaded(self, wanted: Iterable[AttachedFile]) -> Mapping[tuple[str, int], bytes]:
        """The data of stored attachments by response and number; those that Discord alone has are missing."""
        keys = [(each.response_id, each.number) for each in wanted]
        if not keys:
            return {}

        def load_attachments(connection: Connection) -> Mapping[tuple[str, int], bytes]:
            rows = rows_of(connection, _DATA, {"these": keys})
            return {(row["response_id"], row["number"]): row["data"] for row in rows}

        return await self._database.read(load_attachments)


def add_attachments(connection: Connection, said: Iterable[Response]) -> None:
    """Store the attachments of new responses; one that another response has is copied from there."""
    for response in said:
        for number, attachment in enumerate(response.attachments):
            if attachment.response_id == response.id:  # it waited, and they are stored already
                continue
            if attachment.response_id:
                copy = {"to": response.id, "as_number": number}
                connection.execute(_COPY, {**copy, "from": attachment.response_id, "number": attachment.number})
            else:
                row = row_of_attachment(replace(attachment, response_id=response.id, number=number))
                connection.execute(_ADD, row)


def replace_attachments(connection: Connection, response_id: str, instead: Sequence[AttachedFile]) -> None:
    """Store other attachments of a response that waits for its turn.

    Args:
        connection: Of the transaction.
        response_id: The response.
        instead: What its message has now.
    """
    connection.execute(_OF, {"this": response_id})
    for number, attachment in enumerate(instead):
        connection.execute(_ADD, row_of_attachment(replace(attachment, response_id=response_id, number=number)))


def with_attachments(connection: Connection, found: Sequence[Response]) -> tuple[Response, ...]:
    """The same responses with their attachments, without the data."""
    wanted = [response.id for response in found if not response.erased]
    theirs: dict[str, list[AttachedFile]] = {}
    for some in batches(wanted):
        for row in rows_of(connection, _OF_THESE, {"among": some}):
            theirs.setdefault(row["response_id"], []).append(attachment_of_row(row))
    if not theirs:
        return tuple(found)
    return tuple(
        replace(response, attachments=tuple(theirs[response.id])) if response.id in theirs else response
        for response in found
    )


def add_background(connection: Connection, said: Sequence[Response]) -> None:
    """Write what new responses have as background."""
    rows = [
        {
            "response_id": response.id,
            "message_id": each.message_id,
            "author_id": each.author.id,
            "author_name": storable(each.author.name),
            "at": each.at,
            "text": storable(each.text),
        }
        for response in said
        for each in response.background
    ]
    if rows:
        connection.execute(_ADD_BACKGROUND, rows)


def with_all(connection: Connection, found: Sequence[Response]) -> tuple[Response, ...]:
    """The same responses with their background and their attachments, without the data."""
    return with_attachments(connection, _with_background(connection, found))


def _with_background(connection: Connection, found: Sequence[Response]) -> tuple[Response, ...]:
    """The same responses with their background."""
    people = [response.id for response in found if response.sender is Sender.HUMAN]
    theirs: dict[str, list[Overheard]] = {}
    for some in batches(people):
        for row in rows_of(connection, _BACKGROUND_OF, {"among": some}):
            author = Author(row["author_id"], row["author_name"])
            said = Overheard(row["message_id"], author, row["at"], row["text"])
            theirs.setdefault(row["response_id"], []).append(said)
    if not theirs:
        return tuple(found)
    return tuple(replace(each, background=tuple(theirs.get(each.id, ()))) for each in found)
