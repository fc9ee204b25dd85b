"""Conversations and what is read of them: one, the newest of a channel, a response, a path, the whole forest.

Not here: how turns change a conversation (`turns`), where its responses stand in Discord (`message_places`).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, TypedDict, Unpack

from sqlalchemy import bindparam, func, insert, literal, or_, select, update

from grokbot.conversation.response import Author, Sender, State, TitleBy
from grokbot.store.conversations.participants import note_guests
from grokbot.store.database import OnDatabase, rows_of
from grokbot.store.errors import NotStoredError, RowRefusedError
from grokbot.store.tables.conversations import conversations, responses
from grokbot.store.tables.rows import (
    conversation_of_row,
    forest_of,
    response_of_row,
    row_of_conversation,
    row_of_response,
    storable,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import CTE, Connection

    from grokbot.conversation.forest import Forest
    from grokbot.conversation.response import Conversation, Mode, Response


class Changes(TypedDict, total=False):
    """What may change of a conversation; what is left out stays as it is."""

    title: str
    title_by: TitleBy | None
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
    .order_by(conversations.c.id.desc())
    .limit(1)
)
_NEWEST_IDS = select(
    func.max(responses.c.id).label("response"),
    select(func.max(conversations.c.id)).scalar_subquery().label("conversation"),
)
_ADD = insert(conversations)
_CHANGE = update(conversations).where(_THIS)
_TITLE_BY_GROK = _CHANGE.where(func.coalesce(conversations.c.title_by, "") != TitleBy.PERSON.value)
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
_FOREST = select(responses).where(
    responses.c.conversation_id == bindparam("this"),
    or_(responses.c.sender == Sender.MODEL.value, responses.c.state == State.DONE.value),
)


def _up_from_leaf() -> CTE:
    """The ids from the leaf to its root, and how far above the leaf each is. A branch's root stands below another's."""
    begins_at = select(conversations.c.branched_from).where(conversations.c.id == responses.c.conversation_id)
    below = func.coalesce(responses.c.parent_id, begins_at.scalar_subquery()).label("below")
    up = select(responses.c.id, below, literal(0).label("above")).where(responses.c.id == bindparam("leaf"))
    chain = up.cte("up", recursive=True)
    return chain.union_all(
        select(responses.c.id, below, chain.c.above + 1).join(chain, responses.c.id == chain.c.below)
    )


_UP = _up_from_leaf()
_PATH = select(responses).join(_UP, responses.c.id == _UP.c.id).order_by(_UP.c.above.desc())


class Conversations(OnDatabase):
    """The part of the Store that is about conversations. Every method raises StoreTrouble as `Database` does."""

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation of this id."""
        rows = await self._database.rows(_ONE, {"this": conversation_id})
        return conversation_of_row(rows[0]) if rows else None

    async def newest_id(self) -> str | None:
        """The greatest id of a conversation or a response; None where there is none yet."""
        (row,) = await self._database.rows(_NEWEST_IDS)
        return max(filter(None, (row["response"], row["conversation"])), default=None)

    async def conversation_in(self, channel_id: int) -> Conversation | None:
        """The newest conversation of a Discord channel or thread."""
        rows = await self._database.rows(_NEWEST, {"channel": channel_id})
        return conversation_of_row(rows[0]) if rows else None

    async def begin_conversation(self, conversation: Conversation) -> None:
        """Keep a new conversation.

        Raises:
            RowRefusedError: If there is one of this id, or what it goes on from is not there (any more).
        """

        def begin_conversation(connection: Connection) -> None:
            connection.execute(_ADD, row_of_conversation(conversation))
            above = conversation.branched_from
            if above is not None and connection.execute(_RESPONSE, {"this": above}).first() is None:
                raise RowRefusedError("there is nothing to branch from")

        await self._database.write(begin_conversation)

    async def change_conversation(self, conversation_id: str, **changes: Unpack[Changes]) -> Conversation:
        """Change what is given, and only that. Returns the conversation as it is then.

        Raises:
            NotStoredError: If there is none of this id.
            RowRefusedError: If `leaf_id` is not one of its responses.
        """
        row = {name: each.value if isinstance(each, Enum) else each for name, each in changes.items()}
        if "title" in changes:
            row["title"] = storable(changes["title"])

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
        """Give a conversation a title. One that a person gave is not replaced by one of Grok's.

        Returns:
            Whether it has that title now; False too where there is no such conversation.
        """
        row = {"this": conversation_id, "title": storable(title), "title_by": by.value}

        def set_title(connection: Connection) -> bool:
            statement = _TITLE_BY_GROK if by is TitleBy.GROK else _CHANGE
            return connection.execute(statement, row).rowcount > 0

        return await self._database.write(set_title)

    async def import_conversation(self, conversation: Conversation, brought: Sequence[Response]) -> None:
        """Keep a conversation that comes with its responses, every parent before its children.

        Raises:
            RowRefusedError: If an id is taken, a parent is missing, or the leaf is not one of them.
        """

        def import_conversation(connection: Connection) -> None:
            connection.execute(_ADD, row_of_conversation(conversation))
            if brought:
                connection.execute(_ADD_RESPONSES, [row_of_response(response) for response in brought])
                note_guests(connection, brought, conversation)
            if conversation.leaf_id is not None:
                check_leaf(connection, conversation.id, conversation.leaf_id)

        await self._database.write(import_conversation)

    async def response(self, response_id: str) -> Response | None:
        """The response of this id, a waiting human's too."""
        rows = await self._database.rows(_RESPONSE, {"this": response_id})
        return response_of_row(rows[0]) if rows else None

    async def path(self, leaf_id: str | None) -> tuple[Response, ...]:
        """Root to leaf; through the conversations that a branch goes on from. Empty for None.

        A branch that nothing was said in yet has no leaf: its path is the one up to `branched_from`.

        Raises:
            NotStoredError: If there is no response of this id.
        """
        if leaf_id is None:
            return ()

        def path(connection: Connection) -> tuple[Response, ...]:  # in the reader's thread: it may be thousands
            return tuple(response_of_row(row) for row in rows_of(connection, _PATH, {"leaf": leaf_id}))

        if not (found := await self._database.read(path)):
            raise NotStoredError("no such response")
        return found

    async def path_as_kept(self, leaf_id: str | None) -> tuple[Response, ...]:
        """As `path`; where words are kept elsewhere (`conversation.words`), without looking for them."""
        return await self.path(leaf_id)

    async def people(self, conversation_id: str) -> tuple[Author, ...]:
        """Who has written in a conversation, once under each name that they had then. Nobody for an unknown id."""
        rows = await self._database.rows(_PEOPLE, {"this": conversation_id})
        return tuple(Author(row["author_id"], row["author_name"]) for row in rows)

    async def forest(self, conversation_id: str) -> Forest:
        """All responses of a conversation but the humans' that still wait for their turn. Empty for an unknown id."""

        def forest(connection: Connection) -> Forest:  # in the reader's thread: it may be thousands
            return forest_of(response_of_row(row) for row in rows_of(connection, _FOREST, {"this": conversation_id}))

        return await self._database.read(forest)


def check_leaf(connection: Connection, conversation_id: str, leaf_id: str) -> None:
    """Refuse a leaf that is not of this conversation; no foreign key does (see `tables`)."""
    if connection.execute(_LEAF_OF_IT, {"this": conversation_id, "leaf": leaf_id}).first() is None:
        raise RowRefusedError("the leaf is not a response of the conversation")
