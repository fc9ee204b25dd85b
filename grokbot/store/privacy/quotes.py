"""Removes a person's words from other people's messages: replies to them, questions about them, what they said before.

Not here: how quotations are marked (`conversation.text.quotations`), the person's own text (`erase_in_conversation`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, or_, select, update

from grokbot.conversation.records import Erased
from grokbot.conversation.text import without_quote
from grokbot.store.conversations import OF_WRITER_GONE
from grokbot.store.database import rows_of
from grokbot.store.privacy.background import Whose, taken
from grokbot.store.privacy.delete import below
from grokbot.store.privacy.erase_in_conversation import LONG_ENOUGH, take_titles, take_traces
from grokbot.store.tables.conversations import attachments, background, conversations, responses

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.store.tables.rows import Row

_QUOTING = (
    select(responses.c.id, responses.c.message)
    .where(responses.c.quoted_id == bindparam("user", type_=responses.c.quoted_id.type))
    .order_by(responses.c.id)
)
_USER = bindparam("user", type_=responses.c.quoted_id.type)
_OVERHEARD = select(background.c.response_id).where(background.c.author_id == _USER)
QUOTED_IN = (
    select(responses.c.conversation_id)
    .where(or_(responses.c.quoted_id == _USER, responses.c.id.in_(_OVERHEARD)))
    .distinct()
)
"""Conversations in which somebody quotes the person, or whose background has words of theirs."""
_UNQUOTE = (
    update(responses).where(responses.c.id == bindparam("this")).values(message=bindparam("left"), quoted_id=None)
)


def quoting(connection: Connection, whose: Whose) -> Sequence[Row]:
    """The responses in which others quote a person, within a server and since a time: ids, conversations, texts."""
    wanted = [responses.c.quoted_id == whose.author_id]
    if whose.guild_id is not None:
        wanted.append(conversations.c.guild_id == whose.guild_id)
    if whose.since is not None:
        wanted.append(responses.c.created_at >= whose.since)
    columns = (responses.c.id, responses.c.conversation_id, responses.c.message)
    joined = responses.join(conversations, conversations.c.id == responses.c.conversation_id)
    return rows_of(connection, select(*columns).select_from(joined).where(*wanted).order_by(responses.c.id))


def unquote(connection: Connection, whose: Whose) -> Sequence[str]:
    """Remove those quotations with the files that came with them, within a transaction. Returns whose they were."""
    found = quoting(connection, whose)
    for row in found:
        connection.execute(_UNQUOTE, {"this": row["id"], "left": without_quote(row["message"])[0]})
        theirs = (attachments.c.response_id == row["id"], attachments.c.author_id == whose.author_id)
        connection.execute(delete(attachments).where(*theirs))
    return [row["id"] for row in found]


def take_quotes(connection: Connection, user_id: int, at: datetime) -> Erased | None:
    """Remove the quotations, within a transaction; the others' own words stay. None if nobody quotes the person.

    Args:
        connection: Of the transaction.
        user_id: The person who is quoted.
        at: UTC, now.
    """
    connection.execute(OF_WRITER_GONE, {"user": user_id})
    quoting = rows_of(connection, _QUOTING, {"user": user_id})
    unheard = taken(connection, Whose(author_id=user_id))
    if not (quoting or unheard.held):
        return None
    texts = {text.strip() for text in unheard.texts}
    for row in quoting:
        left, quoted = without_quote(row["message"])
        connection.execute(_UNQUOTE, {"this": row["id"], "left": left})
        texts.add(quoted.strip())
    saw = below(connection, [*(row["id"] for row in quoting), *unheard.held])
    long_enough = tuple(sorted((text for text in texts if len(text) >= LONG_ENOUGH), key=len, reverse=True))
    xai_ids = take_traces(connection, saw, long_enough, at)
    return Erased(
        whole=False,
        responses=0,
        messages=(),
        xai_ids=xai_ids,
        untitled=tuple(take_titles(connection, saw)),
        texts=long_enough,
        unnamed=None,
    )
