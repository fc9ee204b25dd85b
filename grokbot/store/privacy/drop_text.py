"""Drops the text of stateful conversations, which xAI and the thread store, if the operator wants none here.

Names, ids and numbers stay. Not here: when that is due, reading the text again
(`engine.deletion.reread`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, delete, exists, false, func, literal, or_, select, update

from grokbot.conversation.history import ELSEWHERE
from grokbot.conversation.response import Mode, Sender, State
from grokbot.store.database import rows_of
from grokbot.store.tables.conversations import (
    attachments,
    background,
    compactions,
    conversations,
    discord_messages,
    former_messages,
    responses,
    unshown,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.store.database import Database
    from grokbot.store.tables.rows import Row

_IN_IT = responses.c.conversation_id == bindparam("of")
_UP_TO_IT = responses.c.id <= bindparam("this")
_HAS_WORDS = responses.c.message.not_in(["", ELSEWHERE])
_ENDED = responses.c.state.not_in([State.PENDING.value, State.STREAMING.value])
_SHOWN = responses.c.id.not_in(select(unshown.c.response_id))
_IS_MODELS, _IS_HUMANS = (responses.c.sender == sender.value for sender in (Sender.MODEL, Sender.HUMAN))

_IS_AT_XAI = responses.c.xai_id.is_not(None)
_KEPT_AT_XAI = (
    _IS_MODELS,
    responses.c.state == State.DONE.value,
    _IS_AT_XAI,
    responses.c.stored_until > bindparam("now", type_=responses.c.stored_until.type),
)
_IS_DUE = (
    conversations.c.mode == Mode.STATEFUL.value,
    conversations.c.channel_id.is_not(None),
    *_KEPT_AT_XAI,
    _HAS_WORDS,
    _SHOWN,
)
_OF_BOTH = responses.join(conversations, conversations.c.id == responses.c.conversation_id)
# Dropping the last one also drops all before it.
_DUE = (
    select(func.max(responses.c.id).label("id"), responses.c.conversation_id)
    .select_from(_OF_BOTH)
    .where(*_IS_DUE)
    .group_by(responses.c.conversation_id)
    .order_by(responses.c.conversation_id)
)
_THIS_ONE = (
    select(responses.c.id, responses.c.conversation_id)
    .select_from(_OF_BOTH)
    .where(*_IS_DUE, responses.c.id == bindparam("this"))
)

# A person's text is the first part of their message in the thread; what the bot posted for them is not there.
_STANDS_THERE = or_(
    exists().where(discord_messages.c.response_id == responses.c.id, discord_messages.c.part == 0),
    exists().where(former_messages.c.response_id == responses.c.id),
)
_DROP_OF_PEOPLE = (
    update(responses)
    .where(_IN_IT, _UP_TO_IT, _IS_HUMANS, _ENDED, _HAS_WORDS, responses.c.erased == false(), _STANDS_THERE)
    .values(message=ELSEWHERE)
)
_DROP_DATA = (
    update(attachments)
    .where(
        attachments.c.message_id.is_not(None),  # else there is no message to fetch it from again
        attachments.c.response_id.in_(select(responses.c.id).where(_IN_IT, _UP_TO_IT, _IS_HUMANS, _ENDED)),
    )
    .values(data=None)
)
_DROP_DRAWN = (
    update(attachments)
    .where(attachments.c.response_id.in_(select(responses.c.id).where(_IN_IT, _UP_TO_IT, _IS_MODELS, _ENDED, _SHOWN)))
    .values(data=None)
)
"""What the model made stands in Discord."""
_DROP_BACKGROUND = delete(background).where(
    background.c.response_id.in_(select(responses.c.id).where(_IN_IT, _UP_TO_IT, _IS_HUMANS, _ENDED))
)
_DROP_OF_MODEL = (
    update(responses)
    # A done answer that is not at xAI: a filter hid part of it, so its text is only stored here.
    .where(_IN_IT, _UP_TO_IT, _IS_MODELS, _ENDED, _SHOWN, or_(_IS_AT_XAI, responses.c.state != State.DONE.value))
    .values(
        message=case((_HAS_WORDS, literal(ELSEWHERE)), else_=responses.c.message),
        # A variant's instruction is stored at xAI: whether there was one decides what to continue from.
        instruction=case((responses.c.instruction != "", literal(ELSEWHERE)), else_=""),
        reasoning="",
        encrypted_content="",
        steps="[]",
        queries="[]",
        citations="[]",
    )
)

_DROP_COMPACTIONS = delete(compactions).where(compactions.c.conversation_id == bindparam("of"))


class TextRows:
    """Drops texts that xAI and the thread store as well."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, now: datetime) -> tuple[tuple[str, str], ...]:
        """By conversation, the last answer that both xAI and Discord have: ids of answer and conversation."""
        return tuple((row["id"], row["conversation_id"]) for row in await self._database.rows(_DUE, {"now": now}))

    async def drop(self, answer_id: str, now: datetime) -> bool:
        """Drop the text of an answer that xAI stores, and of all responses before it in its conversation.

        People's texts that Discord does not show stay. Returns whether it was due.
        """

        def drop_words(connection: Connection) -> bool:
            due: list[Row] = list(rows_of(connection, _THIS_ONE, {"this": answer_id, "now": now}))
            for row in due:
                these = {"of": row["conversation_id"], "this": answer_id}
                connection.execute(_DROP_OF_PEOPLE, these)
                connection.execute(_DROP_DATA, these)
                connection.execute(_DROP_DRAWN, these)
                connection.execute(_DROP_BACKGROUND, these)
                connection.execute(_DROP_OF_MODEL, these)
                connection.execute(_DROP_COMPACTIONS, these)
            return bool(due)

        dropped = await self._database.write(drop_words)
        if dropped:
            await self._database.wipe()
        return dropped
