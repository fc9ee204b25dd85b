"""Conversations and what is read of them: one, the newest of a channel, a response, a path, the whole forest.

Not here: how turns change a conversation (`turns`), where its responses stand in Discord (`messages`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, Unpack

from sqlalchemy import bindparam, insert, literal, or_, select, update

from grokbot.conversation.response import Sender, State
from grokbot.store.database import OnDatabase, rows_of
from grokbot.store.errors import NotStored, RowRefused
from grokbot.store.rows import conversation_of_row, forest_of, response_of_row, row_of_conversation, storable
from grokbot.store.tables import conversations, responses

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import CTE, Connection

    from grokbot.conversation.forest import Forest
    from grokbot.conversation.response import Conversation, Mode, Response


class Changes(TypedDict, total=False):
    """What may change of a conversation; what is left out stays as it is."""

    title: str
    title_by: str | None
    model: str
    mode: Mode
    locked: bool
    leaf_id: str | None
    modified_at: datetime


_THIS = conversations.c.id == bindparam("this")
_ONE = select(conversations).where(_THIS)
_NEWEST = (
    select(conversations)
    .where(conversations.c.channel_id == bindparam("channel"))
    .order_by(conversations.c.created_at.desc(), conversations.c.id.desc())
    .limit(1)
)
_ADD = insert(conversations)
_CHANGE = update(conversations).where(_THIS)
_RESPONSE = select(responses).where(responses.c.id == bindparam("this"))
_LEAF_OF_IT = select(responses.c.id).where(
    responses.c.id == bindparam("leaf"), responses.c.conversation_id == bindparam("this")
)
_FOREST = select(responses).where(
    responses.c.conversation_id == bindparam("this"),
    or_(responses.c.sender == Sender.MODEL.value, responses.c.state == State.DONE.value),
)


def _up_from_leaf() -> CTE:
    """The ids from the leaf to its root, and how far above the leaf each is."""
    leaf = select(responses.c.id, responses.c.parent_id, literal(0).label("above"))
    up = leaf.where(responses.c.id == bindparam("leaf")).cte("up", recursive=True)
    parents = select(responses.c.id, responses.c.parent_id, up.c.above + 1)
    return up.union_all(parents.join(up, responses.c.id == up.c.parent_id))


_UP = _up_from_leaf()
_PATH = select(responses).join(_UP, responses.c.id == _UP.c.id).order_by(_UP.c.above.desc())


class Conversations(OnDatabase):
    """The part of the Store that is about conversations. Every method raises StoreTrouble as `Database` does."""

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation of this id."""
        rows = await self._database.rows(_ONE, {"this": conversation_id})
        return conversation_of_row(rows[0]) if rows else None

    async def conversation_in(self, channel_id: int) -> Conversation | None:
        """The newest conversation of a Discord channel or thread."""
        rows = await self._database.rows(_NEWEST, {"channel": channel_id})
        return conversation_of_row(rows[0]) if rows else None

    async def begin_conversation(self, conversation: Conversation) -> None:
        """Keep a new conversation.

        Raises:
            RowRefused: If there is one of this id.
        """

        def begin_conversation(connection: Connection) -> None:
            connection.execute(_ADD, row_of_conversation(conversation))

        await self._database.write(begin_conversation)

    async def change_conversation(self, conversation_id: str, **changes: Unpack[Changes]) -> Conversation:
        """Change what is given, and only that. Returns the conversation as it is then.

        Raises:
            NotStored: If there is none of this id.
            RowRefused: If `leaf_id` is not one of its responses.
        """
        row = dict(changes)
        if "title" in changes:
            row["title"] = storable(changes["title"])
        if "mode" in changes:
            row["mode"] = changes["mode"].value

        def change_conversation(connection: Connection) -> Conversation:
            leaf_id = changes.get("leaf_id")
            if leaf_id is not None:
                check_leaf(connection, conversation_id, leaf_id)
            if row:
                connection.execute(_CHANGE, {"this": conversation_id, **row})
            rows = rows_of(connection, _ONE, {"this": conversation_id})
            if not rows:
                raise NotStored("no such conversation")
            return conversation_of_row(rows[0])

        return await self._database.write(change_conversation)

    async def response(self, response_id: str) -> Response | None:
        """The response of this id, a waiting human's too."""
        rows = await self._database.rows(_RESPONSE, {"this": response_id})
        return response_of_row(rows[0]) if rows else None

    async def path(self, leaf_id: str | None) -> tuple[Response, ...]:
        """Root to leaf. Empty for None.

        Raises:
            NotStored: If there is no response of this id.
        """
        if leaf_id is None:
            return ()
        rows = await self._database.rows(_PATH, {"leaf": leaf_id})
        if not rows:
            raise NotStored("no such response")
        return tuple(response_of_row(row) for row in rows)

    async def forest(self, conversation_id: str) -> Forest:
        """All responses of a conversation but the humans' that still wait for their turn. Empty for an unknown id."""
        rows = await self._database.rows(_FOREST, {"this": conversation_id})
        return forest_of(response_of_row(row) for row in rows)


def check_leaf(connection: Connection, conversation_id: str, leaf_id: str) -> None:
    """Refuse a leaf that is not of this conversation; no foreign key does (see `tables`)."""
    if connection.execute(_LEAF_OF_IT, {"this": conversation_id, "leaf": leaf_id}).first() is None:
        raise RowRefused("the leaf is not a response of the conversation")
