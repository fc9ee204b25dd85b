"""Adds, finds and changes conversations.

Not here: their responses (`responses`), how turns change a conversation (`turns`), lists of conversations (`listing`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, TypedDict, Unpack

from sqlalchemy import bindparam, func, insert, select, update

from grokbot.conversation.response import Author, TitleBy
from grokbot.store.audit import note_audit
from grokbot.store.conversations.attachments import add_attachments
from grokbot.store.conversations.participants import note_guests
from grokbot.store.database import rows_of
from grokbot.store.errors import NotStoredError, RowRefusedError
from grokbot.store.tables.conversations import conversations, discord_messages, responses
from grokbot.store.tables.rows import (
    conversation_of_row,
    options_text,
    row_of_conversation,
    row_of_response,
    storable,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from grokbot.conversation.records import AuditEntry
    from grokbot.conversation.response import Conversation, Mode, Options, Response
    from grokbot.store.database import Database


class Changes(TypedDict, total=False):
    """The fields of a conversation that can be changed; omitted ones keep their value."""

    title: str
    title_by: TitleBy | None
    model: str
    mode: Mode
    locked: bool
    leaf_id: str | None
    modified_at: datetime
    options: Options


EVER = datetime.min.replace(tzinfo=UTC)

_THIS = conversations.c.id == bindparam("this")
_ONE = select(conversations).where(_THIS)
_NEWEST = (
    select(conversations)
    .where(conversations.c.channel_id == bindparam("channel"))
    .order_by(conversations.c.id.desc())
    .limit(1)
)
_SPOKEN_IN = (
    select(responses.c.conversation_id, responses.c.id.label("at"))
    .join(discord_messages)
    .join(conversations, conversations.c.id == responses.c.conversation_id)
    .where(
        discord_messages.c.channel_id == bindparam("channel"),
        discord_messages.c.message_id > bindparam("after"),
        conversations.c.channel_id == bindparam("channel"),  # not those whose thread only began with a message there
        responses.c.author_id == bindparam("person"),
    )
    .order_by(discord_messages.c.message_id.desc())
    .limit(1)
)
_BEGUN_IN = (
    select(conversations.c.id.label("conversation_id"), conversations.c.id.label("at"))
    .where(
        conversations.c.channel_id == bindparam("channel"),
        conversations.c.owner_id == bindparam("person"),
        conversations.c.created_at > bindparam("since", type_=conversations.c.created_at.type),
    )
    .order_by(conversations.c.created_at.desc(), conversations.c.id.desc())
    .limit(1)
)
_NEWEST_IDS = select(
    func.max(responses.c.id).label("response"),
    select(func.max(conversations.c.id)).scalar_subquery().label("conversation"),
)
_ADD = insert(conversations)
_CHANGE = update(conversations).where(_THIS)
_TITLE_BY_GROK = _CHANGE.where(func.coalesce(conversations.c.title_by, "") != TitleBy.PERSON.value)
_LOCK = _CHANGE.where(conversations.c.locked != bindparam("to"))
_ADD_RESPONSES = insert(responses)
_RESPONSE = select(responses).where(responses.c.id == bindparam("this"))
_LEAF_OF_IT = select(responses.c.id).where(
    responses.c.id == bindparam("leaf"), responses.c.conversation_id == bindparam("this")
)
_PEOPLE = (
    select(responses.c.author_id, responses.c.author_name)
    .where(responses.c.conversation_id == bindparam("this"), responses.c.author_id.is_not(None))
    .distinct()
)


class Conversations:
    """Conversations by id, the newest of a channel, and changes to them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, conversation_id: str) -> Conversation | None:
        """The conversation with this id."""
        rows = await self._database.rows(_ONE, {"this": conversation_id})
        return conversation_of_row(rows[0]) if rows else None

    async def newest_id(self) -> str | None:
        """The greatest id of any conversation or response; None if there is none yet."""
        (row,) = await self._database.rows(_NEWEST_IDS)
        return max(filter(None, (row["response"], row["conversation"])), default=None)

    async def newest_in(self, channel_id: int) -> Conversation | None:
        """The newest conversation of a Discord channel or thread."""
        rows = await self._database.rows(_NEWEST, {"channel": channel_id})
        return conversation_of_row(rows[0]) if rows else None

    async def last_of(
        self, channel_id: int, user_id: int, after: int = 0, since: datetime = EVER
    ) -> Conversation | None:
        """The conversation of a channel that a person has spoken in last, or begun since.

        Args:
            channel_id: One where several conversations stand side by side.
            user_id: The person.
            after: Only messages with a greater id count.
            since: Only conversations that began later count, if the person has not spoken in them.
        """
        where = {"channel": channel_id, "person": user_id}
        rows = [
            *await self._database.rows(_SPOKEN_IN, {**where, "after": after}),
            *await self._database.rows(_BEGUN_IN, {**where, "since": since}),
        ]
        last = max(rows, key=lambda row: row["at"], default=None)
        return None if last is None else await self.get(last["conversation_id"])

    async def add(self, conversation: Conversation) -> None:
        """Add a conversation.

        Raises:
            RowRefusedError: If the id is taken, or the response that it branches from does not exist.
        """

        def begin_conversation(connection: Connection) -> None:
            connection.execute(_ADD, row_of_conversation(conversation))
            above = conversation.branched_from
            if above is not None and connection.execute(_RESPONSE, {"this": above}).first() is None:
                raise RowRefusedError("there is nothing to branch from")

        await self._database.write(begin_conversation)

    async def change(self, conversation_id: str, **changes: Unpack[Changes]) -> Conversation:
        """Change the given fields. Returns the changed conversation.

        Raises:
            NotStoredError: If there is no such conversation.
            RowRefusedError: If `leaf_id` is not one of its responses.
        """
        row = {name: each.value if isinstance(each, Enum) else each for name, each in changes.items()}
        if "title" in changes:
            row["title"] = storable(changes["title"])
        if "options" in changes:
            row["options"] = options_text(changes["options"])

        def change_conversation(connection: Connection) -> Conversation:
            leaf_id = changes.get("leaf_id")
            if leaf_id is not None:
                check_leaf(connection, conversation_id, leaf_id)
            if row:
                connection.execute(_CHANGE, {"this": conversation_id, **row})
            rows = rows_of(connection, _ONE, {"this": conversation_id})
            if not rows:
                raise NotStoredError("no such conversation")
            return conversation_of_row(rows[0])

        return await self._database.write(change_conversation)

    async def set_title(self, conversation_id: str, title: str, by: TitleBy) -> bool:
        """Set a conversation's title. A title from Grok never replaces one from a person.

        Args:
            conversation_id: The conversation.
            title: The new title.
            by: Who sets it.

        Returns:
            Whether it now has that title; False if there is no such conversation.
        """
        row = {"this": conversation_id, "title": storable(title), "title_by": by.value}

        def set_title(connection: Connection) -> bool:
            statement = _TITLE_BY_GROK if by is TitleBy.GROK else _CHANGE
            return connection.execute(statement, row).rowcount > 0

        return await self._database.write(set_title)

    async def set_locked(self, conversation_id: str, entry: AuditEntry, *, locked: bool) -> bool:
        """Lock or unlock a conversation. Returns whether that changed anything; if not, nothing is logged.

        Args:
            conversation_id: The conversation.
            entry: The line of the audit log, written with it.
            locked: True to lock it.
        """

        def set_locked(connection: Connection) -> bool:
            changed = connection.execute(_LOCK, {"this": conversation_id, "to": locked, "locked": locked}).rowcount > 0
            if changed:
                note_audit(connection, entry)
            return changed

        return await self._database.write(set_locked)

    async def add_forest(self, conversation: Conversation, brought: Sequence[Response]) -> None:
        """Add a conversation with its responses, every parent before its children.

        Raises:
            RowRefusedError: If an id is taken, a parent is missing, or the leaf is not one of them.
        """

        def import_conversation(connection: Connection) -> None:
            connection.execute(_ADD, row_of_conversation(conversation))
            if brought:
                connection.execute(_ADD_RESPONSES, [row_of_response(response) for response in brought])
                add_attachments(connection, brought)
                note_guests(connection, brought, conversation)
            if conversation.leaf_id is not None:
                check_leaf(connection, conversation.id, conversation.leaf_id)

        await self._database.write(import_conversation)

    async def people(self, conversation_id: str) -> tuple[Author, ...]:
        """The authors in a conversation, once for each name they had. Empty for an unknown id."""
        rows = await self._database.rows(_PEOPLE, {"this": conversation_id})
        return tuple(Author(row["author_id"], row["author_name"]) for row in rows)


def check_leaf(connection: Connection, conversation_id: str, leaf_id: str) -> None:
    """Refuse a leaf from another conversation; no foreign key does (see `tables`).

    Args:
        connection: Of the transaction.
        conversation_id: The conversation.
        leaf_id: The response.
    """
    if connection.execute(_LEAF_OF_IT, {"this": conversation_id, "leaf": leaf_id}).first() is None:
        raise RowRefusedError("the leaf is not a response of the conversation")
