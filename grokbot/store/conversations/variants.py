"""Variants of an answer, switching between them, and the conversations that branch off.

Not here: what is redrawn when the path changes (`engine`), beginning another variant (`turns`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, insert, or_, select, update

from grokbot.conversation.response import Sender, State
from grokbot.store.conversations.conversations import check_leaf
from grokbot.store.database import batches, rows_of
from grokbot.store.errors import NotStoredError
from grokbot.store.tables.conversations import conversations, responses, unshown
from grokbot.store.tables.rows import conversation_of_row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.conversation.response import Conversation
    from grokbot.store.database import Database
    from grokbot.store.tables.rows import Row

BLANK = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The characters that `str.strip` removes, so that `Response.answered` and ANSWERED agree."""

_MODELS = responses.c.sender == Sender.MODEL.value
_OPEN = responses.c.state.in_([State.PENDING.value, State.STREAMING.value])
_SAYS_SOMETHING = func.ltrim(responses.c.message, BLANK) != ""

ANSWERED = and_(_MODELS, ~_OPEN, _SAYS_SOMETHING)
"""`Response.answered`, in SQL."""

SHOWABLE = and_(_MODELS, or_(_OPEN, _SAYS_SOMETHING))
"""An answer that counts as a variant: it has text, or may still get some."""

_this = responses.alias("this")
_VARIANTS = (
    select(responses.c.id, _this.c.sender)
    .select_from(_this)
    .outerjoin(
        responses,
        and_(
            responses.c.conversation_id == _this.c.conversation_id,
            or_(
                responses.c.parent_id == _this.c.parent_id,
                and_(responses.c.parent_id.is_(None), _this.c.parent_id.is_(None)),
            ),
            or_(SHOWABLE, responses.c.id == _this.c.id),
        ),
    )
    .where(_this.c.id == bindparam("this"))
    .order_by(responses.c.id)
)

_MOVE_LEAF = update(conversations).where(conversations.c.id == bindparam("this"))
_SHOW_AGAIN = insert(unshown).from_select(
    ["response_id"],
    select(responses.c.id)
    .join(conversations, conversations.c.id == responses.c.conversation_id)
    .where(
        responses.c.id.in_(bindparam("again", expanding=True)),
        _MODELS,
        conversations.c.channel_id.is_not(None),  # conversations outside Discord are not displayed there
        responses.c.id.not_in(select(unshown.c.response_id)),
    ),
)
_BRANCHES = (
    select(conversations)
    .where(conversations.c.branched_from.in_(bindparam("from", expanding=True)))
    .order_by(conversations.c.id)
)


class VariantRows:
    """Variants of answers, and the branches of a conversation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, response_id: str) -> tuple[str, ...]:
        """The answers under one parent that may be shown: those with text, and open ones; oldest first.

        The given answer is always included, even without text. Empty for a human's response.

        Raises:
            NotStoredError: If there is no such response.
        """
        rows = await self._database.rows(_VARIANTS, {"this": response_id})
        if not rows:
            raise NotStoredError("no such response")
        return tuple(row["id"] for row in rows if row["sender"] == Sender.MODEL.value and row["id"] is not None)

    async def select(
        self, conversation_id: str, leaf_id: str | None, reshow: Sequence[str], modified_at: datetime
    ) -> None:
        """Move the leaf, and note which answers Discord must redraw.

        Args:
            conversation_id: The conversation.
            leaf_id: One of its responses; None: its beginning.
            reshow: Answers to redraw: `Messages.unshown` lists them until `Messages.shown_whole`. Unknown ids are
                ignored.
            modified_at: UTC.

        Raises:
            NotStoredError: If there is no such conversation.
            RowRefusedError: If the leaf is not one of its responses.
        """
        row = {"this": conversation_id, "leaf_id": leaf_id, "modified_at": modified_at}

        def select_leaf(connection: Connection) -> None:
            if not connection.execute(_MOVE_LEAF, row).rowcount:
                raise NotStoredError("no such conversation")
            if leaf_id is not None:
                check_leaf(connection, conversation_id, leaf_id)
            show_again(connection, reshow)

        await self._database.write(select_leaf)

    async def branches(self, response_ids: Sequence[str]) -> tuple[Conversation, ...]:
        """The conversations that branch from one of these responses, oldest first."""

        def branches_of(connection: Connection) -> list[Row]:
            return [row for some in batches(response_ids) for row in rows_of(connection, _BRANCHES, {"from": some})]

        found = await self._database.read(branches_of)
        return tuple(sorted(map(conversation_of_row, found), key=lambda conversation: conversation.id))


def show_again(connection: Connection, response_ids: Sequence[str]) -> None:
    """Note, within a transaction, that Discord must redraw these answers."""
    for some in batches(response_ids):
        connection.execute(_SHOW_AGAIN, {"again": some})
