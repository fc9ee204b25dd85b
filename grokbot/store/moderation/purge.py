"""Purges by moderators: a conversation, or everything of a user in their server (`conversation.records.purge`).

Not here: what belongs to a conversation (`privacy.delete`), stopping running answers and deleting at xAI (`engine`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, bindparam, delete, func, or_, select, true, update

from grokbot.conversation.records import PurgePlan
from grokbot.conversation.response import Sender, TitleBy
from grokbot.store.audit import note_audit
from grokbot.store.conversations import OF_THESE_GONE, dealt_with
from grokbot.store.database import batches, rows_of
from grokbot.store.privacy import (
    DROP_OF,
    Whose,
    below,
    forget_at_xai,
    overheard,
    quoting,
    seen_in,
    take_away,
    taken,
    unquote,
)
from grokbot.store.tables.conversations import (
    OPEN,
    conversations,
    discord_messages,
    former_messages,
    guests,
    responses,
    shares,
    unshown,
)
from grokbot.store.tables.rows import message_of_row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Delete, Select

    from grokbot.conversation.records import AuditEntry
    from grokbot.conversation.records.purge import PurgeScope
    from grokbot.conversation.response import MessageRef
    from grokbot.store.database import Database
    from grokbot.store.tables.rows import Row

_THIS_ONE = select(conversations).where(
    conversations.c.id == bindparam("this"), conversations.c.guild_id == bindparam("guild")
)
_WROTE_IN = select(guests.c.conversation_id).where(guests.c.user_id == bindparam("user"))
_OF_USER = (
    select(conversations)
    .where(
        conversations.c.guild_id == bindparam("guild"),
        or_(conversations.c.owner_id == bindparam("user"), conversations.c.id.in_(_WROTE_IN)),
    )
    .order_by(conversations.c.id)
)
_SHAPE = (
    select(
        responses.c.id,
        responses.c.parent_id,
        responses.c.sender,
        responses.c.author_id,
        responses.c.created_at,
    )
    .where(responses.c.conversation_id == bindparam("this"))
    .order_by(responses.c.created_at, responses.c.id)
)
_AMONG: BindParameter[Any] = bindparam("among", expanding=True)
_MESSAGES = select(discord_messages).where(discord_messages.c.response_id.in_(_AMONG))
_SHARES = select(func.count()).select_from(shares).where(shares.c.response_id.in_(_AMONG))
_KEPT = (
    select(func.count())
    .select_from(responses)
    .where(responses.c.id.in_(_AMONG), responses.c.xai_id.is_not(None), responses.c.stored_until > bindparam("now"))
)
_BLANK_HUMANS = (
    update(responses)
    .where(responses.c.id.in_(_AMONG), responses.c.sender == Sender.HUMAN.value)
    .values(message="", erased=true())
)
_BLANK_ANSWERS = (
    update(responses)
    .where(responses.c.id.in_(_AMONG), responses.c.sender == Sender.MODEL.value)
    .values(message="", reasoning="", encrypted_content="", steps="[]", queries="[]", citations="[]", instruction="")
)
_UNTITLE = (
    update(conversations)
    .where(conversations.c.id == bindparam("of"), conversations.c.title_by == TitleBy.GROK.value)
    .values(title="", title_by=None)
)
_MODIFIED = update(conversations).where(conversations.c.id == bindparam("of"))
_GONE: Sequence[Delete] = (
    OF_THESE_GONE,
    delete(discord_messages).where(discord_messages.c.response_id.in_(_AMONG)),
    delete(former_messages).where(former_messages.c.response_id.in_(_AMONG)),
    delete(unshown).where(unshown.c.response_id.in_(_AMONG)),
    # Nothing hangs below a waiting response: its row is deleted.
    delete(responses).where(responses.c.id.in_(_AMONG), responses.c.sender == Sender.HUMAN.value, OPEN),
)
_UNSHARE = delete(shares).where(shares.c.response_id.in_(_AMONG))


@dataclass(frozen=True, slots=True)
class _Found:
    """What to delete from one conversation: all of it, or these responses."""

    conversation_id: str
    whole: bool
    response_ids: Sequence[str]


class PurgedRows:
    """Purges what a moderator selects."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def conversations(self, wanted: PurgeScope) -> tuple[str, ...]:
        """Ids of the conversations from which a purge would now delete something."""

        def concerned(connection: Connection) -> tuple[str, ...]:
            found = [one.conversation_id for one in _find(connection, wanted)]
            whose = _whose(wanted)
            if whose is not None:
                found += (*seen_in(connection, whose), *(row["conversation_id"] for row in quoting(connection, whose)))
            return tuple(dict.fromkeys(found))

        return await self._database.read(concerned)

    async def plan(self, wanted: PurgeScope, now: datetime) -> PurgePlan:
        """What a purge would delete now."""

        def purge_plan(connection: Connection) -> PurgePlan:
            found, whose = _find(connection, wanted), _whose(wanted)
            ids = [each for one in found for each in one.response_ids]
            return PurgePlan(
                conversations=sum(one.whole for one in found),
                responses=len(ids),
                shares=_count(connection, _SHARES, _shared_below(connection, found)),
                stored=_count(connection, _KEPT, below(connection, ids), now=now),
                messages=_messages(connection, ids),
                background=overheard(connection, whose) + len(quoting(connection, whose)) if whose is not None else 0,
            )

        return await self._database.read(purge_plan)

    async def run(
        self, wanted: PurgeScope, at: datetime, entry: Callable[[PurgePlan], AuditEntry]
    ) -> tuple[PurgePlan, tuple[str, ...]]:
        """Purge permanently, in one transaction with the audit log line.

        Args:
            wanted: What to purge.
            at: UTC, now.
            entry: Makes the log line from what was purged.

        Returns:
            What was purged, and the ids of answers at xAI that saw it; those are noted in `to_forget` too.
        """

        def purge(connection: Connection) -> tuple[PurgePlan, tuple[str, ...], Sequence[_Found]]:
            found = _find(connection, wanted)
            ids = [each for one in found for each in one.response_ids]
            messages = _messages(connection, ids)
            shared = _count(connection, _SHARES, _shared_below(connection, found))
            kept: dict[str, None] = {}
            for one in found:
                kept |= dict.fromkeys(_take(connection, one, at))
            whose = _whose(wanted)
            held = (*taken(connection, whose).held, *unquote(connection, whose)) if whose is not None else ()
            kept |= dict.fromkeys(forget_at_xai(connection, below(connection, held), at))
            went = PurgePlan(
                conversations=sum(one.whole for one in found),
                responses=len(ids),
                shares=shared,
                stored=len(kept),
                messages=messages,
                background=len(held),
            )
            note_audit(connection, entry(went))
            return went, tuple(kept), found

        went, xai_ids, found = await self._database.write(purge)
        await self._database.wipe(
            conversation=[one.conversation_id for one in found if one.whole],
            response=[each for one in found if not one.whole for each in one.response_ids],
        )
        return went, xai_ids


def _find(connection: Connection, wanted: PurgeScope) -> Sequence[_Found]:
    if wanted.conversation_id is not None:
        this = {"this": wanted.conversation_id, "guild": wanted.guild_id}
        return [
            _Found(row["id"], True, [each["id"] for each in rows_of(connection, _SHAPE, {"this": row["id"]})])
            for row in rows_of(connection, _THIS_ONE, this)
        ]
    of_user = {"guild": wanted.guild_id, "user": wanted.user_id}
    found = [_of_user(connection, row, wanted) for row in rows_of(connection, _OF_USER, of_user)]
    return [one for one in found if one.whole or one.response_ids]


def _whose(wanted: PurgeScope) -> Whose | None:
    """The background and quotations to purge: all of a person's in the server. A conversation's own go with it."""
    if wanted.user_id is None:
        return None
    return Whose(author_id=wanted.user_id, guild_id=wanted.guild_id, since=wanted.since)


def _of_user(connection: Connection, conversation: Row, wanted: PurgeScope) -> _Found:
    shape = rows_of(connection, _SHAPE, {"this": conversation["id"]})
    nodes = {row["id"]: row for row in shape}
    theirs = {row["id"] for row in shape if _is_theirs(row, wanted)}
    began = conversation["owner_id"] == wanted.user_id and _since(conversation["created_at"], wanted)
    if began and all(row["author_id"] in (None, wanted.user_id) for row in shape):
        return _Found(conversation["id"], True, list(nodes))
    answers = [row["id"] for row in shape if _answers_only(row, nodes, theirs)]
    return _Found(conversation["id"], False, [*sorted(theirs), *answers])


def _is_theirs(row: Row, wanted: PurgeScope) -> bool:
    human = row["sender"] == Sender.HUMAN.value and row["author_id"] == wanted.user_id
    return human and _since(row["created_at"], wanted)


def _since(at: datetime, wanted: PurgeScope) -> bool:
    return wanted.since is None or at >= wanted.since


def _answers_only(row: Row, nodes: Mapping[str, Row], theirs: set[str]) -> bool:
    """Whether an answer answers only these: the messages directly above it are all theirs."""
    if row["sender"] != Sender.MODEL.value:
        return False
    asked, above = [], nodes.get(row["parent_id"])
    while above is not None and above["sender"] == Sender.HUMAN.value:
        asked.append(above["id"])
        above = nodes.get(above["parent_id"])
    return bool(asked) and theirs.issuperset(asked)


def _take(connection: Connection, found: _Found, at: datetime) -> Sequence[str]:
    """Purge one conversation's part. Returns ids of answers at xAI that saw it."""
    if found.whole:
        return take_away(connection, found.conversation_id, at).xai_ids
    all_below = below(connection, found.response_ids)
    kept = forget_at_xai(connection, all_below, at)
    for some in batches(all_below):
        connection.execute(_UNSHARE, {"among": some})
    for some in batches(found.response_ids):
        dealt_with(connection, rows_of(connection, _MESSAGES, {"among": some}))
        connection.execute(DROP_OF, {"these": some})
        for statement in (*_GONE, _BLANK_HUMANS, _BLANK_ANSWERS):
            connection.execute(statement, {"among": some})
    connection.execute(_UNTITLE, {"of": found.conversation_id})
    connection.execute(_MODIFIED, {"of": found.conversation_id, "modified_at": at})
    return kept


def _shared_below(connection: Connection, found: Sequence[_Found]) -> Sequence[str]:
    """The responses whose shares show any of it: a whole conversation's own, else also all below."""
    own = [each for one in found if one.whole for each in one.response_ids]
    partly = [each for one in found if not one.whole for each in one.response_ids]
    return list(dict.fromkeys((*own, *below(connection, partly))))


def _count(connection: Connection, statement: Select[Any], ids: Sequence[str], **more: object) -> int:
    return sum(connection.execute(statement, {"among": some, **more}).scalar_one() for some in batches(ids))


def _messages(connection: Connection, ids: Sequence[str]) -> tuple[MessageRef, ...]:
    rows = [row for some in batches(ids) for row in rows_of(connection, _MESSAGES, {"among": some})]
    return tuple(sorted(map(message_of_row, rows), key=lambda ref: ref.message_id))
