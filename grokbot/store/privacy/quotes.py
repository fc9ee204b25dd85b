"""Removes a person's words from other people's messages: replies to them, questions about them, what they said before.

Not here: how quotations are marked (`conversation.text.quotations`), the person's own text (`erase_in_conversation`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select, update

from grokbot.conversation.records import Erased
from grokbot.conversation.text import without_quote
from grokbot.store.conversations import OF_WRITER_GONE
from grokbot.store.database import rows_of
from grokbot.store.privacy.background import Whose, taken
from grokbot.store.privacy.delete import below
from grokbot.store.privacy.erase_in_conversation import LONG_ENOUGH, take_titles, take_traces
from grokbot.store.tables.background import background
from grokbot.store.tables.conversations import responses

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

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
