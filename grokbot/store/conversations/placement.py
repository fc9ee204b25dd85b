"""Placement: which response each Discord message shows, changing that, and what a message showed before.

Not here: deciding what goes where (`display.placement`), beginning and ending turns (`turns`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, or_, select, update

from grokbot.conversation.response import Sender, State
from grokbot.display import Node, Standing
from grokbot.store.conversations.conversations import check_leaf
from grokbot.store.conversations.variants import ANSWERED, show_again
from grokbot.store.database import batches, rows_of
from grokbot.store.errors import NotStoredError
from grokbot.store.tables.conversations import conversations, discord_messages, former_messages, responses, unshown
from grokbot.store.tables.rows import message_of_row, row_of_response

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.conversation.response import Response
    from grokbot.display import Rearranged
    from grokbot.store.database import Database

_OF_IT = responses.c.conversation_id == bindparam("of")
_NODES = select(
    responses.c.id,
    responses.c.parent_id,
    responses.c.sender,
    responses.c.state,
    ANSWERED.label("answered"),
).where(_OF_IT, or_(responses.c.sender == Sender.MODEL.value, responses.c.state == State.DONE.value))
_REFS = select(discord_messages).join(responses).where(_OF_IT).order_by(discord_messages.c.message_id)
_FORMER = select(former_messages).join(responses).where(_OF_IT)
_UNSHOWN = select(unshown.c.response_id).join(responses).where(_OF_IT)
_ADD = insert(responses)

_MOVE = (
    update(discord_messages)
    .where(discord_messages.c.message_id == bindparam("this"))
    .values(response_id=bindparam("shows"), part=bindparam("as_part"))
)
_FORGET_FORMER = delete(former_messages).where(former_messages.c.response_id.in_(bindparam("some", expanding=True)))
_ADD_FORMER = insert(former_messages)
_MOVE_LEAF = update(conversations).where(conversations.c.id == bindparam("this"))

_SHOWN = select(discord_messages.c.response_id).where(discord_messages.c.message_id == bindparam("held_by"))
_VERSIONS = (
    select(responses.c.id)
    .where(
        responses.c.sender == Sender.HUMAN.value,
        or_(
            responses.c.id.in_(_SHOWN),
            responses.c.id.in_(
                select(former_messages.c.response_id).where(former_messages.c.message_id == bindparam("held_by"))
            ),
        ),
    )
    .order_by(responses.c.id)
)


class Placement:
    """Which Discord message shows which response."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, conversation_id: str) -> Standing:
        """A snapshot of a conversation's nodes and the messages that show them. Empty for an unknown id."""
        of = {"of": conversation_id}

        def standing(connection: Connection) -> Standing:
            nodes = [
                Node(
                    row["id"],
                    row["parent_id"],
                    Sender(row["sender"]),
                    answered=bool(row["answered"]),
                    open=not State(row["state"]).ended,
                )
                for row in rows_of(connection, _NODES, of)
            ]
            refs = tuple(message_of_row(row) for row in rows_of(connection, _REFS, of))
            former = {row["response_id"]: row["message_id"] for row in rows_of(connection, _FORMER, of)}
            not_shown = frozenset(row["response_id"] for row in rows_of(connection, _UNSHOWN, of))
            return Standing({node.id: node for node in nodes}, refs, former, not_shown)

        return await self._database.read(standing)

    async def change(self, conversation_id: str, change: Rearranged, modified_at: datetime) -> None:
        """Change which responses the messages show, and the leaf if it moves too, in one transaction.

        Args:
            conversation_id: The conversation.
            change: What moves.
            modified_at: UTC, when.

        Raises:
            NotStoredError: If there is no such conversation.
            RowRefusedError: If the leaf is not one of its responses.
        """

        def rearrange(connection: Connection) -> None:
            arrange(connection, conversation_id, change, modified_at)

        await self._database.write(rearrange)

    async def add_by_hand(self, answer: Response, change: Rearranged, modified_at: datetime) -> None:
        """Add an answer that a person wrote, and make the changes that follow from it. It costs nothing.

        Args:
            answer: The answer, done.
            change: What moves as a result.
            modified_at: UTC, when.

        Raises:
            RowRefusedError: If its parent or conversation is missing, or the id is taken.
        """

        def add_by_hand(connection: Connection) -> None:
            connection.execute(_ADD, row_of_response(answer))
            arrange(connection, answer.conversation_id, change, modified_at)

        await self._database.write(add_by_hand)

    async def versions(self, message_id: int) -> tuple[str, ...]:
        """The human responses that a message holds, or held before an edit; oldest first."""
        return tuple(row["id"] for row in await self._database.rows(_VERSIONS, {"held_by": message_id}))


def arrange(connection: Connection, conversation_id: str, change: Rearranged, modified_at: datetime) -> None:
    """Move messages and the leaf, within a transaction. The responses must exist already.

    Args:
        connection: Of the transaction.
        conversation_id: The conversation.
        change: What moves.
        modified_at: UTC, when.

    Raises:
        NotStoredError: If the leaf moves and there is no such conversation.
        RowRefusedError: If the leaf is not one of its responses.
    """
    if change.moves_leaf:
        _move_leaf(connection, conversation_id, change.leaf_id, modified_at)
    if change.moved:  # a message deleted meanwhile is skipped
        rows = [{"this": ref.message_id, "shows": ref.response_id, "as_part": ref.part} for ref in change.moved]
        connection.execute(_MOVE, rows)
    for some in batches([response_id for response_id, _ in change.former]):
        connection.execute(_FORGET_FORMER, {"some": some})
    if change.former:
        connection.execute(_ADD_FORMER, [{"response_id": i, "message_id": m} for i, m in change.former])
    show_again(connection, change.again)


def _move_leaf(connection: Connection, conversation_id: str, leaf_id: str | None, modified_at: datetime) -> None:
    row = {"this": conversation_id, "leaf_id": leaf_id, "modified_at": modified_at}
    if not connection.execute(_MOVE_LEAF, row).rowcount:
        raise NotStoredError("no such conversation")
    if leaf_id is not None:
        check_leaf(connection, conversation_id, leaf_id)
