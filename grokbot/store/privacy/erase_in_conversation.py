"""Erases one person from one conversation, within a transaction: their text, the answers to it, traces of both.

Not here: when that happens, and their data outside conversations (`erase_person`).
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, false, func, select, update

from grokbot.conversation.history import ELSEWHERE
from grokbot.conversation.records import NOBODY, Erased
from grokbot.conversation.response import Sender, State, TitleBy
from grokbot.store.conversations import OF_THESE_GONE
from grokbot.store.database import batches, rows_of
from grokbot.store.privacy.delete import below, forget_at_xai, take_away
from grokbot.store.tables.conversations import OPEN, background, conversations, discord_messages, guests, responses
from grokbot.store.tables.rows import conversation_of_row, message_of_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from grokbot.conversation.response import Conversation, MessageRef
    from grokbot.store.tables.rows import Row

LONG_ENOUGH = 12
"""Shortest message, in characters, to look for in answers to others: a shorter one would match by chance."""

LONG_ENOUGH_NAME = 3
"""Shortest name, in characters, to look for in titles."""

LEFT_OUT = "[…]"
"""Replaces text that an answer to somebody else repeated."""

_USER = bindparam("user", type_=conversations.c.owner_id.type)
_THIS = bindparam("this", type_=conversations.c.id.type)
_HUMANS, _MODELS = (responses.c.sender == sender.value for sender in (Sender.HUMAN, Sender.MODEL))
_ENDED = responses.c.state.not_in([State.PENDING.value, State.STREAMING.value])
_OF_IT = responses.c.conversation_id == _THIS
_AMONG = responses.c.id.in_(bindparam("among", expanding=True))

_CONVERSATION = select(conversations).where(conversations.c.id == _THIS)
_OTHERS = (
    select(responses.c.id)
    .where(_OF_IT, _HUMANS, responses.c.author_id != _USER, responses.c.author_id > 0, responses.c.erased == false())
    .limit(1)
)
WAITING = and_(_OF_IT, _HUMANS, OPEN, responses.c.author_id == _USER)
_NODES = select(
    responses.c.id, responses.c.parent_id, responses.c.sender, responses.c.author_id, responses.c.manual
).where(_OF_IT)
_SAID = (
    select(responses.c.message, responses.c.author_name)
    .where(_OF_IT, _HUMANS, responses.c.author_id == _USER)
    .order_by(responses.c.id)
)
_WHERE_THEY_STAND = select(discord_messages).where(
    discord_messages.c.response_id.in_(bindparam("among", expanding=True))
)

_UNSEEN = {"reasoning": "", "encrypted_content": "", "steps": "[]"}
_ERASE_SAID = update(responses).where(_AMONG, _HUMANS).values(message="", erased=True, author_id=None, author_name=None)
_UNSEE = delete(background).where(background.c.response_id.in_(bindparam("among", expanding=True)))
_ERASE_ANSWERS = (
    update(responses)
    .where(_AMONG, _MODELS, _ENDED)
    .values(message="", queries="[]", citations="[]", instruction="", erased=True, **_UNSEEN)
)
_CLEAR = update(responses).where(_AMONG, _MODELS, _ENDED).values(_UNSEEN)
_OTHER_ANSWERS = select(responses.c.id, responses.c.message, responses.c.queries).where(_AMONG, _MODELS, _ENDED)
_REPEATS = update(responses).where(responses.c.id == _THIS)
_INSTRUCTED = select(responses.c.id).where(_OF_IT, responses.c.instruction != "")
_UNINSTRUCT = update(responses).where(_AMONG).values(instruction="")

_CONVERSATIONS_OF = (
    select(conversations.c.id)
    .join(responses, responses.c.conversation_id == conversations.c.id)
    .where(_AMONG, conversations.c.title_by == TitleBy.GROK.value)
    .distinct()
)
_CHANGE = update(conversations).where(conversations.c.id == _THIS)
_NO_GUEST = delete(guests).where(guests.c.user_id == _USER, guests.c.conversation_id == _THIS)


def take_person(
    connection: Connection, user_id: int, conversation_id: str, at: datetime, system_prompt: str
) -> Erased | None:
    """See `Erasure.take_person`.

    Args:
        connection: Of the transaction.
        user_id: The person.
        conversation_id: The conversation.
        at: UTC, now.
        system_prompt: Replaces one that they gave.
    """
    of = {"user": user_id, "this": conversation_id}
    found = rows_of(connection, _CONVERSATION, of)
    if not found:
        return None
    (conversation,) = found
    if conversation["owner_id"] == user_id and connection.execute(_OTHERS, of).first() is None:
        return _taken_whole(connection, of, conversation_id, at)
    connection.execute(delete(responses).where(WAITING), of)
    nodes = {row["id"]: row for row in rows_of(connection, _NODES, of)}
    said = [i for i, node in nodes.items() if node["sender"] == Sender.HUMAN.value and node["author_id"] == user_id]
    owns = conversation["owner_id"] == user_id
    answers = [i for i, node in nodes.items() if _is_to(user_id, node, nodes, owns=owns)]
    texts, names = _texts_and_names(connection, of)
    saw = below(connection, [*said, *answers])
    messages = _messages(connection, [*said, *answers])
    for some in batches([*said, *answers]):
        connection.execute(_ERASE_SAID, {"among": some})
        connection.execute(OF_THESE_GONE, {"among": some})
        connection.execute(_UNSEE, {"among": some})
        connection.execute(_ERASE_ANSWERS, {"among": some})
    xai_ids = list(take_traces(connection, saw, texts, at))
    if owns:
        xai_ids += _uninstructed(connection, of, at)
        connection.execute(_CHANGE, {**of, **_nobodys(conversation, system_prompt)})
    connection.execute(_NO_GUEST, of)
    return Erased(
        whole=False,
        responses=len(said) + len(answers),
        messages=messages,
        xai_ids=tuple(dict.fromkeys(xai_ids)),
        untitled=tuple(_untitled(connection, conversation, user_id, saw, (*texts, *names))),
        texts=texts,
        unnamed=_unnamed(conversation_of_row(rows_of(connection, _CONVERSATION, of)[0])) if owns else None,
    )


def _unnamed(conversation: Conversation) -> Conversation | None:
    """The conversation if its thread is named after its first words and must be renamed; None if it has a title."""
    return conversation if conversation.channel_id is not None and not conversation.title else None


def _taken_whole(connection: Connection, of: dict[str, object], conversation_id: str, at: datetime) -> Erased:
    count = connection.execute(select(func.count()).select_from(responses).where(_OF_IT), of).scalar_one()
    own = connection.execute(select(responses.c.id).where(_OF_IT), of).scalars().all()
    texts, _ = _texts_and_names(connection, of)
    # Other people's branches continue from here, and may have reasoned about it.
    own_ids = set(own)
    others = [each for each in below(connection, own) if each not in own_ids]
    xai_ids = take_traces(connection, others, texts, at)
    untitled = list(take_titles(connection, others))
    deleted = take_away(connection, conversation_id, at)
    return Erased(
        whole=True,
        responses=count,
        messages=deleted.messages,
        xai_ids=tuple(dict.fromkeys((*xai_ids, *deleted.xai_ids))),
        untitled=tuple(untitled),
        texts=texts,
        unnamed=_unnamed(replace(deleted.conversation, title="", title_by=None)),
    )


def _is_to(user_id: int, node: Row, nodes: dict[str, Row], *, owns: bool) -> bool:
    """Whether a node answers only this person, or is an answer the owner wrote by hand to nobody."""
    if node["sender"] != Sender.MODEL.value:
        return False
    askers = set()
    above = nodes.get(node["parent_id"])
    while above is not None and above["sender"] == Sender.HUMAN.value:
        askers.add(above["author_id"])
        above = nodes.get(above["parent_id"])
    return askers == {user_id} or (owns and node["manual"] and not askers)


def _texts_and_names(connection: Connection, of: dict[str, object]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A person's texts that are long enough to look for, longest first, and their names."""
    rows = [row for row in connection.execute(_SAID, of) if row.message != ELSEWHERE]
    texts = {message.strip() for message, _ in rows if len(message.strip()) >= LONG_ENOUGH}
    names = {name for _, name in rows if name and len(name) >= LONG_ENOUGH_NAME}
    return tuple(sorted(texts, key=len, reverse=True)), tuple(names)


def _messages(connection: Connection, response_ids: Sequence[str]) -> tuple[MessageRef, ...]:
    rows = [row for some in batches(response_ids) for row in rows_of(connection, _WHERE_THEY_STAND, {"among": some})]
    return tuple(message_of_row(row) for row in sorted(rows, key=lambda row: row["message_id"]))


def take_traces(
    connection: Connection, response_ids: Sequence[str], texts: Sequence[str], at: datetime
) -> tuple[str, ...]:
    """Remove these answers' reasoning, and what they repeat of the texts. See `Erasure.take_traces`.

    Args:
        connection: Of the transaction.
        response_ids: The answers.
        texts: What to remove.
        at: UTC, now.
    """
    xai_ids = forget_at_xai(connection, response_ids, at)
    for some in batches(response_ids):
        connection.execute(_CLEAR, {"among": some})
        for row in rows_of(connection, _OTHER_ANSWERS, {"among": some}) if texts else ():
            changed = _without(row, texts)
            if changed:
                connection.execute(_REPEATS, {"this": row["id"], **changed})
    return xai_ids


def _without(row: Row, texts: Sequence[str]) -> dict[str, str]:
    """The columns of an answer that repeat one of these texts, with it removed."""
    message = row["message"]
    for text in texts:
        message = message.replace(text, LEFT_OUT)
    changed = {"message": message} if message != row["message"] else {}
    if any(text in query for _, query in json.loads(row["queries"]) for text in texts):
        changed["queries"] = "[]"
    return changed


def _uninstructed(connection: Connection, of: dict[str, object], at: datetime) -> list[str]:
    """Drop instructions of variants. Who wrote them is unknown: most often the owner."""
    instructed = connection.execute(_INSTRUCTED, of).scalars().all()
    xai_ids = list(forget_at_xai(connection, below(connection, instructed), at)) if instructed else []
    for some in batches(instructed):
        connection.execute(_UNINSTRUCT, {"among": some})
    return xai_ids


def _nobodys(conversation: Row, system_prompt: str) -> dict[str, object]:
    options = {**json.loads(conversation["options"]), "system_prompt": system_prompt}
    return {"owner_id": NOBODY, "options": json.dumps(options, ensure_ascii=False, separators=(",", ":"))}


def _untitled(
    connection: Connection, conversation: Row, user_id: int, saw: Sequence[str], words: Sequence[str]
) -> Iterator[str]:
    """Remove titles made from erased text: Grok's, the owner's own, and those containing such words."""
    title, by_person = conversation["title"], conversation["title_by"] == TitleBy.PERSON.value
    theirs = conversation["owner_id"] == user_id or any(word in title for word in words)
    if by_person and theirs:
        connection.execute(_CHANGE, {"this": conversation["id"], "title": "", "title_by": None})
        yield conversation["id"]
    yield from take_titles(connection, saw)


def take_titles(connection: Connection, response_ids: Sequence[str]) -> Iterator[str]:
    """Remove Grok's titles from the conversations of these responses."""
    for some in batches(response_ids):
        for conversation_id in connection.execute(_CONVERSATIONS_OF, {"among": some}).scalars().all():
            connection.execute(_CHANGE, {"this": conversation_id, "title": "", "title_by": None})
            yield conversation_id
