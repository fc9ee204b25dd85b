"""Deletes a message's text or a whole conversation, and lists what xAI must delete because of it.

Nothing of the text remains in rows or files, nor at xAI in answers that saw it, in branches too. The usage ledger
and the audit log stay.
Not here: deleting at xAI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, false, func, insert, or_, select, true, update

from grokbot.conversation.history import KEPT_FOR
from grokbot.conversation.records import DeletedConversation
from grokbot.conversation.response import Mode, Sender, State, TitleBy
from grokbot.store.conversations import OF_THESE_GONE, dealt_with
from grokbot.store.database import batches, rows_of
from grokbot.store.errors import NotStoredError
from grokbot.store.tables.conversations import (
    attachments,
    background,
    compactions,
    conversations,
    discord_messages,
    guests,
    responses,
    shares,
    stars,
    to_forget,
    unshown,
)
from grokbot.store.tables.rows import conversation_of_row, message_of_row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Delete

    from grokbot.store.database import Database

_CONVERSATION = select(conversations).where(conversations.c.id == bindparam("this"))
_ITS = select(responses.c.id).where(responses.c.conversation_id == bindparam("this"))
_MESSAGES = (
    select(discord_messages)
    .join(responses)
    .where(responses.c.conversation_id == bindparam("this"))
    .order_by(discord_messages.c.message_id)
)

_start = select(responses.c.id).where(responses.c.id.in_(bindparam("from", expanding=True)))
_down = _start.cte("down", recursive=True)
_down = _down.union(select(responses.c.id).join(_down, responses.c.parent_id == _down.c.id))
_DOWN = select(_down.c.id)
_ROOTS_OF_BRANCHES = (
    select(responses.c.id)
    .join(conversations, conversations.c.id == responses.c.conversation_id)
    .where(
        responses.c.parent_id.is_(None),
        conversations.c.branched_from.in_(bindparam("from", expanding=True)),
    )
)

_KEPT = (
    select(responses.c.xai_id)
    .join(conversations, conversations.c.id == responses.c.conversation_id)
    .where(
        responses.c.id.in_(bindparam("among", expanding=True)),
        responses.c.xai_id.is_not(None),
        # xAI may also store one that was interrupted; how long is unknown.
        or_(
            responses.c.stored_until > bindparam("now"),
            and_(
                responses.c.stored_until.is_(None),
                conversations.c.mode == Mode.STATEFUL.value,
                responses.c.created_at > bindparam("oldest"),
            ),
        ),
    )
    .order_by(responses.c.id)
)
_FORGET_IDS = (
    update(responses)
    .where(responses.c.id.in_(bindparam("among", expanding=True)), responses.c.xai_id.is_not(None))
    .values(xai_id=None, stored_until=None)
)
_NOT_COMPACTED = delete(compactions).where(compactions.c.response_id.in_(bindparam("among", expanding=True)))
_NOTED = select(to_forget.c.xai_id)
_NOTED_OF_THESE = _NOTED.where(to_forget.c.xai_id.in_(bindparam("these", expanding=True)))
_NOTE = insert(to_forget)
_FORGOTTEN = delete(to_forget).where(to_forget.c.xai_id.in_(bindparam("these", expanding=True)))

_ERASE = (
    update(responses)
    .where(
        responses.c.id == bindparam("this"),
        responses.c.sender == Sender.HUMAN.value,
        responses.c.erased == false(),
    )
    .values(message="", erased=true())
)
_UNSEE = delete(background).where(background.c.response_id == bindparam("this"))
_UNWORD = update(discord_messages).where(discord_messages.c.response_id == bindparam("this")).values(wording=None)
_IS_HUMANS = select(responses.c.conversation_id).where(
    responses.c.id == bindparam("this"), responses.c.sender == Sender.HUMAN.value
)
_above = select(responses.c.parent_id).where(responses.c.id == bindparam("this")).cte("above", recursive=True)
_above = _above.union_all(select(responses.c.parent_id).join(_above, responses.c.id == _above.c.parent_id))
_ANSWERS_ABOVE = select(func.count()).where(
    responses.c.id.in_(select(_above.c.parent_id)),
    responses.c.sender == Sender.MODEL.value,
    responses.c.state == State.DONE.value,
    responses.c.manual == false(),
)
_UNTITLE = (
    update(conversations)
    .where(conversations.c.id == bindparam("of"), conversations.c.title_by == TitleBy.GROK.value)
    .values(title="", title_by=None)
)
_MODIFIED = update(conversations).where(conversations.c.id == bindparam("this"))
_CUT_BRANCHES = update(conversations).where(conversations.c.branched_from.in_(_ITS)).values(branched_from=None)

# One statement per table, the responses last: a CASCADE would do the same, but row by row.
_DELETIONS: Sequence[Delete] = (
    delete(attachments).where(attachments.c.response_id.in_(_ITS)),
    delete(discord_messages).where(discord_messages.c.response_id.in_(_ITS)),
    delete(compactions).where(compactions.c.response_id.in_(_ITS)),
    delete(unshown).where(unshown.c.response_id.in_(_ITS)),
    delete(background).where(background.c.response_id.in_(_ITS)),
    delete(shares).where(or_(shares.c.conversation_id == bindparam("this"), shares.c.response_id.in_(_ITS))),
    delete(stars).where(stars.c.conversation_id == bindparam("this")),
    delete(guests).where(guests.c.conversation_id == bindparam("this")),
    delete(responses).where(responses.c.conversation_id == bindparam("this")),
    delete(conversations).where(conversations.c.id == bindparam("this")),
)


class Deletion:
    """Deletes a message's text or a whole conversation, and lists what xAI must still delete."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def erase(self, response_id: str, at: datetime, *, titled_within: int = 0) -> tuple[str, ...]:
        """Delete a person's text permanently. xAI no longer continues from answers below it, in branches too.

        Args:
            response_id: A human's response. An erased one stays as it is.
            at: UTC, when.
            titled_within: Grok makes titles from the text up to so many answers: a title that may come
                from this text is deleted too.

        Returns:
            The ids of answers at xAI that saw the text; they are noted in `to_forget` as well.

        Raises:
            NotStoredError: If there is no such human response.
        """

        def erase(connection: Connection) -> tuple[str, ...]:
            (conversation_id,) = connection.execute(_IS_HUMANS, {"this": response_id}).first() or (None,)
            if conversation_id is None:
                raise NotStoredError("no such response of a person")
            connection.execute(_UNWORD, {"this": response_id})
            connection.execute(OF_THESE_GONE, {"among": [response_id]})
            connection.execute(_UNSEE, {"this": response_id})
            if connection.execute(_ERASE, {"this": response_id}).rowcount:
                connection.execute(_MODIFIED, {"this": conversation_id, "modified_at": at})
                if connection.execute(_ANSWERS_ABOVE, {"this": response_id}).scalar_one() < titled_within:
                    connection.execute(_UNTITLE, {"of": conversation_id})
            return forget_at_xai(connection, below(connection, [response_id]), at)

        kept = await self._database.write(erase)
        await self._database.wipe(response=[response_id])
        return kept

    async def forget_below(self, response_id: str, at: datetime) -> tuple[str, ...]:
        """Remove the xAI ids of a response and all below it. Returns and notes them as `erase` does."""

        def forget_below(connection: Connection) -> tuple[str, ...]:
            return forget_at_xai(connection, below(connection, [response_id]), at)

        return await self._database.write(forget_below)

    async def delete(self, conversation_id: str, at: datetime) -> DeletedConversation:
        """Delete a conversation with its responses, stars, shares and messages.

        Branches keep their own responses and lose those above. Usage stays recorded.

        Args:
            conversation_id: The conversation.
            at: UTC, when.

        Raises:
            NotStoredError: If there is no such conversation.
        """

        def delete_conversation(connection: Connection) -> DeletedConversation:
            return take_away(connection, conversation_id, at)

        deleted = await self._database.write(delete_conversation)
        await self._database.wipe(conversation=[conversation_id])
        return deleted

    async def to_forget(self) -> tuple[str, ...]:
        """Ids that xAI must still delete, longest due first."""
        rows = await self._database.rows(_NOTED.order_by(to_forget.c.since, to_forget.c.xai_id))
        return tuple(row["xai_id"] for row in rows)

    async def forgotten(self, xai_ids: Sequence[str]) -> None:
        """Drop ids that xAI has deleted, or that we gave up on."""

        def forgotten(connection: Connection) -> None:
            for some in batches(xai_ids):
                connection.execute(_FORGOTTEN, {"these": some})

        await self._database.write(forgotten)


def take_away(connection: Connection, conversation_id: str, at: datetime) -> DeletedConversation:
    """As `Deletion.delete`, within a transaction; call `Database.wipe` afterwards.

    Args:
        connection: Of the transaction.
        conversation_id: The conversation.
        at: UTC, now.
    """
    this = {"this": conversation_id}
    found = rows_of(connection, _CONVERSATION, this)
    if not found:
        raise NotStoredError("no such conversation")
    messages = rows_of(connection, _MESSAGES, this)
    dealt_with(connection, messages)
    own = [row["id"] for row in rows_of(connection, _ITS, this)]
    xai_ids = forget_at_xai(connection, own + below(connection, own), at)
    for statement in (_CUT_BRANCHES, *_DELETIONS):
        connection.execute(statement, this)
    return DeletedConversation(
        conversation=conversation_of_row(found[0]),
        messages=tuple(map(message_of_row, messages)),
        xai_ids=xai_ids,
    )


def below(connection: Connection, starts: Sequence[str]) -> list[str]:
    """The ids of these responses and of all below them, in nested branches too."""
    seen: dict[str, None] = {}
    while starts:
        below = [row["id"] for some in batches(starts) for row in rows_of(connection, _DOWN, {"from": some})]
        new = [each for each in dict.fromkeys(below) if each not in seen]
        seen |= dict.fromkeys(new)
        branches = [rows_of(connection, _ROOTS_OF_BRANCHES, {"from": some}) for some in batches(new)]
        starts = [row["id"] for rows in branches for row in rows if row["id"] not in seen]
    return list(seen)


def forget_at_xai(connection: Connection, response_ids: Sequence[str], at: datetime) -> tuple[str, ...]:
    """Remove the xAI ids of these responses, and note which ones xAI must delete. Returns those.

    What was made of the paths up to these responses goes, too.

    Args:
        connection: Of the transaction.
        response_ids: The responses.
        at: UTC, now.
    """
    kept: list[str] = []
    for some in batches(response_ids):
        among = {"among": some, "now": at, "oldest": at - KEPT_FOR}
        kept += connection.execute(_KEPT, among).scalars()
        connection.execute(_FORGET_IDS, {"among": some})
        connection.execute(_NOT_COMPACTED, {"among": some})
    for some in batches(kept):
        noted = set(connection.execute(_NOTED_OF_THESE, {"these": some}).scalars())
        due = [{"xai_id": each, "since": at} for each in some if each not in noted]
        if due:
            connection.execute(_NOTE, due)
    return tuple(dict.fromkeys(kept))
